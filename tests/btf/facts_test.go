package btf

import (
	"fmt"
	"strconv"
	"strings"
)

// A claim is what one side says: records with their members, and constants.
type claim struct {
	records map[string]*record
	consts  map[string][]int64 // BTF has one name in several enums
	macros  map[string]bool    // those of consts that are macros, not enumerators
}

type record struct {
	size    int64
	members []*member // by path, as in "socket.family"
}

// A member's place is in bits, so that bit-fields need no case of their own.
type member struct {
	path      string
	off, bits int64
	typ       string // spelling, "" if not known
}

func (r *record) member(path string) *member {
	for _, m := range r.members {
		if m.path == path {
			return m
		}
	}
	return nil
}

func (m *member) end() int64 { return m.off + m.bits }

func (m *member) String() string {
	return fmt.Sprintf("%s at bit %d, %d bits", m.path, m.off, m.bits)
}

// parse reads a snapshot: one fact a line.
func parse(text string) (*claim, error) {
	c := &claim{records: map[string]*record{}, consts: map[string][]int64{}, macros: map[string]bool{}}
	for n, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if err := c.add(f); err != nil {
			return nil, fmt.Errorf("facts line %d %q: %w", n+1, line, err)
		}
	}
	return c, nil
}

func (c *claim) add(f []string) error {
	if len(f) < 3 {
		return fmt.Errorf("too few columns")
	}
	switch f[0] {
	case "rec":
		size, err := strconv.ParseInt(f[2], 10, 64)
		c.record(f[1]).size = size
		return err
	case "fld":
		return c.addMember(f)
	case "cst":
		v, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil {
			var u uint64
			u, err = strconv.ParseUint(f[2], 10, 64)
			v = int64(u)
		}
		c.consts[f[1]] = append(c.consts[f[1]], v)
		return err
	}
	return fmt.Errorf("unknown kind %q", f[0])
}

// addMacros notes the macros of a header in canonical form.
func (c *claim) addMacros(header string) {
	for line := range strings.Lines(header) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "#define" {
			c.macros[f[1]] = true
		}
	}
}

// addMember reads "fld record.path byte size type" and, for a bit-field,
// "fld record.path byte.bit :width type".
func (c *claim) addMember(f []string) error {
	name, path, ok := strings.Cut(f[1], ".")
	if !ok || len(f) < 5 {
		return fmt.Errorf("not a member")
	}
	first, bit, isBit := strings.Cut(f[2], ".")
	off, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(strings.TrimPrefix(f[3], ":"), 10, 64)
	if err != nil {
		return err
	}
	m := &member{path: path, off: off * 8, bits: size * 8, typ: strings.Join(f[4:], " ")}
	if isBit {
		b, err := strconv.ParseInt(bit, 10, 64)
		if err != nil {
			return err
		}
		m.off, m.bits = off*8+b, size
	}
	r := c.record(name)
	r.members = append(r.members, m)
	return nil
}

func (c *claim) record(name string) *record {
	if c.records[name] == nil {
		c.records[name] = &record{size: -1}
	}
	return c.records[name]
}
