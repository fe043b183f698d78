package comment

import "strings"

// Listed takes apart the comments that describe several names at once:
//
//	NAME_A    what it is,
//	          in more than one line
//	NAME_B:   what that is
//
// known tells which names are worth it. What follows an entry belongs to it
// as long as it is indented.
func (f *File) Listed(known func(string) bool) map[string]string {
	out := map[string]string{}
	for i := range f.comments {
		for name, text := range Entries(f.comments[i].text) {
			if known(name) && out[name] == "" {
				out[name] = text
			}
		}
	}
	return out
}

// Entries takes the list in one cleaned comment apart. It also knows the
// form "@name: text".
func Entries(text string) map[string]string {
	out := map[string]string{}
	cur := ""
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		if name, rest, ok := entry(l); ok {
			cur = name
			out[cur] = rest
			continue
		}
		body := strings.TrimSpace(l)
		if cur == "" || body == "" || body == l {
			cur = ""
			continue
		}
		out[cur] = strings.TrimSpace(out[cur] + " " + body)
	}
	for name, t := range out {
		if t == "" {
			delete(out, name)
		}
	}
	return out
}

// entry parses a line that starts an entry: a name, then a colon, a dash or
// the gap of a table. One blank alone is prose that happens to start with a
// name.
func entry(l string) (name, text string, ok bool) {
	l = strings.TrimRight(l, " \t\n")
	s, at := strings.CutPrefix(l, "@")
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z') {
		n++
	}
	name, rest := s[:n], s[n:]
	if n == 0 || !at && (n == 1 || name != strings.ToUpper(name)) {
		return "", "", false
	}
	switch {
	case rest == "":
		return name, "", strings.Contains(name, "_")
	case strings.HasPrefix(rest, ":"), strings.HasPrefix(rest, " - "), strings.HasPrefix(rest, " : "), strings.HasPrefix(rest, "\t"), strings.HasPrefix(rest, "  "):
		return name, strings.TrimSpace(strings.TrimLeft(rest, " \t:-")), true
	}
	return "", "", false
}
