// Package kernel is how a test says which kernel feature it needs. A probe
// decides whether the running kernel has it, never a version number; the
// version that a feature came with only audits the answer: a kernel that
// should have the feature and does not fails the test.
package kernel

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Feature is something that a kernel has or lacks.
type Feature struct {
	Name   string       // as a reader of a skip understands it
	Since  Version      // first kernel with it
	Config string       // option without which it is absent, e.g. "CONFIG_IO_URING_BPF"; "" if always built in
	Probe  func() error // nil if the feature is there, else why not; must leave no trace
}

// Need skips the test where the running kernel lacks the feature, naming
// both. It fails the test where the kernel is as new as Since, unless its
// configuration says that Config is off.
func Need(t testing.TB, f Feature) {
	t.Helper()
	err := f.Probe()
	if err == nil {
		return
	}
	release := Release()
	skip, why := f.lacking(release, config())
	if !skip {
		t.Fatalf("kernel %s should have %s, which came with %s, but: %v", release, f.Name, f.Since, err)
	}
	t.Skipf("kernel %s lacks %s (%s): %v", release, f.Name, why, err)
}

// lacking tells whether a kernel may lack the feature, and on what ground.
func (f Feature) lacking(release, config string) (bool, string) {
	if v, err := Parse(release); err != nil || v.Less(f.Since) {
		return err == nil, "it came with " + f.Since.String()
	}
	if f.Config != "" && config != "" && !enabled(config, f.Config) {
		return true, f.Config + " is off"
	}
	return false, ""
}

// enabled tells whether an option is y or m in the text of a configuration.
func enabled(config, option string) bool {
	for l := range strings.Lines(config) {
		name, value, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && name == option {
			return value == "y" || value == "m"
		}
	}
	return false
}

// Release is the running kernel's release, as uname -r prints it.
func Release() string {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return ""
	}
	return field(u.Release[:])
}

func field[T int8 | uint8](f []T) string {
	var b strings.Builder
	for _, c := range f {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

// config is the running kernel's configuration, "" if it cannot be had. Guests
// of tests/vm have it as /boot/config.
func config() string {
	for _, name := range []string{"/proc/config.gz", "/boot/config-" + Release(), "/boot/config"} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if r, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
			if text, err = io.ReadAll(r); err != nil {
				continue
			}
		}
		return string(text)
	}
	return ""
}

// Version is a kernel series.
type Version struct{ Major, Minor int }

// Less orders versions.
func (v Version) Less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// String is "7.3".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Parse reads the version at the start of a release such as
// "7.3.4+deb13-cloud-amd64".
func Parse(release string) (v Version, err error) {
	if n, _ := fmt.Sscanf(release, "%d.%d", &v.Major, &v.Minor); n != 2 {
		return v, fmt.Errorf("no kernel version in %q", release)
	}
	return v, nil
}
