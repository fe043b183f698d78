// Package manifest reads and writes MANIFEST, which says where a set of
// canonical headers comes from:
//
//	kernel 7.3.4
//	package linux-libc-dev 7.3.4-1~bpo13+1
//	header linux/io_uring.h SHA256-OF-THE-ORIGINAL
//
// A line is a keyword and its values, one space apart; "#" starts a comment
// line. The package line is absent when the headers came from no package.
package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Manifest says where headers come from.
type Manifest struct {
	Kernel  string // version of the kernel, "7.3.4"
	Package string // name of the package, "" if there was none
	Version string // version of the package
	Headers []Header
}

// Header is one header and its original.
type Header struct {
	Name   string // include name
	SHA256 string // of the original's bytes, lower-case hex
}

// Header finds a header by its include name.
func (m *Manifest) Header(name string) (Header, bool) {
	for _, h := range m.Headers {
		if h.Name == name {
			return h, true
		}
	}
	return Header{}, false
}

const heading = `# Where the headers in uapi come from, with the checksum of each original.
# Written by "uringgen headers import"; do not edit.
`

// Format is the text of a manifest. Parse reads it back.
func (m *Manifest) Format() []byte {
	var b strings.Builder
	b.WriteString(heading)
	fmt.Fprintf(&b, "kernel %s\n", m.Kernel)
	if m.Package != "" {
		fmt.Fprintf(&b, "package %s %s\n", m.Package, m.Version)
	}
	for _, h := range m.Headers {
		fmt.Fprintf(&b, "header %s %s\n", h.Name, h.SHA256)
	}
	return []byte(b.String())
}

// Parse reads a manifest; file is what errors say. It is strict: a line that
// is unknown, twice there or malformed is an error, and so are a missing
// kernel and headers out of order.
func Parse(file string, text []byte) (*Manifest, error) {
	m := &Manifest{}
	n := 0
	for l := range strings.Lines(string(text)) {
		n++
		l = strings.TrimSuffix(l, "\n")
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if err := m.line(strings.Split(l, " ")); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if m.Kernel == "" {
		return nil, fmt.Errorf("%s:%d: no kernel line; write the file anew with uringgen headers import", file, max(n, 1))
	}
	if len(m.Headers) == 0 {
		return nil, fmt.Errorf("%s:%d: no header line; write the file anew with uringgen headers import", file, n)
	}
	return m, nil
}

var (
	kernelForm  = regexp.MustCompile(`^[1-9][0-9]*\.[0-9]+(\.[0-9]+)?(-rc[0-9]+)?$`)
	packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]*$`)
	versionForm = regexp.MustCompile(`^[0-9][A-Za-z0-9.+~:-]*$`)
	sha256Form  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ValidKernel tells whether a version has the form that a manifest takes.
func ValidKernel(version string) bool { return kernelForm.MatchString(version) }

func (m *Manifest) line(f []string) error {
	switch {
	case f[0] == "kernel" && len(f) == 2:
		if m.Kernel != "" {
			return errors.New("second kernel line")
		}
		if !kernelForm.MatchString(f[1]) {
			return fmt.Errorf("%q is no kernel version, want one like 7.3.4", f[1])
		}
		m.Kernel = f[1]
	case f[0] == "package" && len(f) == 3:
		if m.Package != "" {
			return errors.New("second package line")
		}
		if !packageForm.MatchString(f[1]) || !versionForm.MatchString(f[2]) {
			return fmt.Errorf("%q %q are no package name and version", f[1], f[2])
		}
		m.Package, m.Version = f[1], f[2]
	case f[0] == "header" && len(f) == 3:
		return m.header(f[1], f[2])
	default:
		return fmt.Errorf("malformed line %q, want kernel VERSION, package NAME VERSION or header NAME SHA256", strings.Join(f, " "))
	}
	return nil
}

func (m *Manifest) header(name, sum string) error {
	if !fs.ValidPath(name) || !strings.HasSuffix(name, ".h") {
		return fmt.Errorf("%q is no include name, want one like linux/types.h", name)
	}
	if !sha256Form.MatchString(sum) {
		return fmt.Errorf("checksum of %s is %q, want 64 lower-case hexadecimal digits", name, sum)
	}
	if n := len(m.Headers); n > 0 && m.Headers[n-1].Name >= name {
		return fmt.Errorf("%s after %s: headers must be sorted, each once", name, m.Headers[n-1].Name)
	}
	m.Headers = append(m.Headers, Header{name, sum})
	return nil
}
