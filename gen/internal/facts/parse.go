package facts

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads what Text wrote. It is strict, because a snapshot that was
// edited by hand proves nothing: every line must be well-formed and come
// after the one before it. file is what errors say.
func Parse(file, text string) ([]Fact, error) {
	var out []Fact
	n := 0
	for l := range strings.Lines(text) {
		n++
		line, ended := strings.CutSuffix(l, "\n")
		f, err := parseLine(line)
		switch {
		case err != nil:
		case !ended:
			err = errors.New("the last line has no end; is the file cut short?")
		case len(out) > 0 && order(out[len(out)-1], f) == 0:
			err = fmt.Errorf("%s %s is stated twice", f.Kind, f.Name)
		case len(out) > 0 && order(out[len(out)-1], f) > 0:
			err = fmt.Errorf("%s %s is out of order; write the snapshot anew instead of editing it", f.Kind, f.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func parseLine(line string) (Fact, error) {
	kind, rest, _ := strings.Cut(line, " ")
	name, rest, _ := strings.Cut(rest, " ")
	f := Fact{kind, name, rest}
	var check func(string) bool
	var want string
	switch kind {
	case Const:
		check, want = goodConst, "cst NAME VALUE"
	case Field:
		check, want = goodField, "fld RECORD.MEMBER OFFSET SIZE TYPE"
	case Record:
		check, want = goodRecord, "rec NAME SIZE ALIGN"
	default:
		return f, fmt.Errorf("unknown kind of fact %q, want cst, fld or rec", kind)
	}
	if !goodName(kind, name) || !check(rest) {
		return f, fmt.Errorf("malformed fact %q, want %s", line, want)
	}
	return f, nil
}

// goodName wants C identifiers, one for a constant or record, at least two
// for a field.
func goodName(kind, name string) bool {
	parts := strings.Split(name, ".")
	if (len(parts) > 1) != (kind == Field) {
		return false
	}
	for _, p := range parts {
		if p == "" || p[0] >= '0' && p[0] <= '9' || strings.ContainsFunc(p, notIdent) {
			return false
		}
	}
	return true
}

func notIdent(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// goodConst wants a decimal number of 64 bits in its shortest form.
func goodConst(s string) bool {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return num(n) == s
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && strconv.FormatUint(n, 10) == s
}

func goodRecord(s string) bool {
	size, align, ok := strings.Cut(s, " ")
	return ok && natural(size) && natural(align) && align != "0"
}

func goodField(s string) bool {
	f := strings.SplitN(s, " ", 3)
	if len(f) != 3 || f[2] == "" || strings.TrimSpace(f[2]) != f[2] {
		return false
	}
	byt, bit, isBits := strings.Cut(f[0], ".")
	size, hasWidth := strings.CutPrefix(f[1], ":")
	if isBits != hasWidth || isBits && !(len(bit) == 1 && bit >= "0" && bit <= "7") {
		return false
	}
	return natural(byt) && natural(size)
}

// natural wants a decimal number from 0 in its shortest form.
func natural(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 0 && num(n) == s
}
