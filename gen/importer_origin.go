package gen

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
)

// kernelVersion is the version of the kernel that a tree belongs to.
func kernelVersion(src *source.Source, given string) (string, error) {
	if given != "" {
		if !manifest.ValidKernel(given) {
			return "", fmt.Errorf("%q is no kernel version, want one like 7.3.4", given)
		}
		return given, nil
	}
	version, err := versionOf(src)
	if err != nil {
		return "", fmt.Errorf("cannot tell the kernel version (%w): give it", err)
	}
	if !manifest.ValidKernel(version) {
		return "", fmt.Errorf("the tree gives %q as its kernel version, which is none: give it", version)
	}
	return version, nil
}

func versionOf(src *source.Source) (string, error) {
	if src.Kind() == source.Kernel {
		return makefileVersion(filepath.Join(src.Dir(), "Makefile"))
	}
	u, err := cfront.Parse(src, first(), []string{"linux/version.h"}, cfront.Options{})
	if err != nil {
		return "", err
	}
	v := map[string]uint64{}
	for _, m := range u.Macros {
		if m.Kind == model.IntMacro {
			v[m.Name] = m.Value.Bits
		}
	}
	code, ok := v["LINUX_VERSION_CODE"]
	if !ok {
		return "", errors.New("linux/version.h has no LINUX_VERSION_CODE")
	}
	sub, ok := v["LINUX_VERSION_SUBLEVEL"] // the code holds it up to 255 only
	if !ok {
		sub = code & 0xff
	}
	return version(fmt.Sprint(code>>16), fmt.Sprint(code>>8&0xff), fmt.Sprint(sub), ""), nil
}

// version leaves a sublevel of 0 out, as the kernel's own name does.
func version(major, minor, sub, extra string) string {
	v := major + "." + minor
	if sub != "0" && sub != "" {
		v += "." + sub
	}
	if strings.HasPrefix(extra, "-rc") {
		v += extra
	}
	return v
}

// makefileVersion reads the variables at the top of the kernel's Makefile.
func makefileVersion(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	v := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if name = strings.TrimSpace(name); ok && v[name] == "" {
			v[name] = strings.TrimSpace(value)
		}
	}
	if v["VERSION"] == "" || v["PATCHLEVEL"] == "" {
		return "", fmt.Errorf("%s sets no VERSION and PATCHLEVEL", file)
	}
	return version(v["VERSION"], v["PATCHLEVEL"], v["SUBLEVEL"], v["EXTRAVERSION"]), nil
}

// headersPackage is what distributions of the Debian kind call the package
// with the kernel's headers.
const headersPackage = "linux-libc-dev"

// packageVersion is name and version of the package that a tree was unpacked
// from, "" if that cannot be told.
func packageVersion(src *source.Source, given string) (string, error) {
	if given != "" {
		m := manifest.Manifest{Kernel: "1.0", Headers: []manifest.Header{{Name: "x.h", SHA256: strings.Repeat("0", 64)}}}
		m.Package, m.Version, _ = strings.Cut(given, " ")
		if _, err := manifest.Parse("package", m.Format()); err != nil {
			return "", fmt.Errorf("%q is no package, want name and version", given)
		}
		return given, nil
	}
	if src.Kind() != source.Package {
		return "", nil
	}
	log := "share/doc/" + headersPackage + "/changelog.Debian.gz"
	for _, usr := range []string{"usr", ".", ".."} {
		v, err := changelogVersion(filepath.Join(src.Dir(), usr, log))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return headersPackage + " " + v, nil
	}
	return "", nil
}

var changelogHead = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]* \(([^) ]+)\)`)

// changelogVersion is the version in the first line of a Debian changelog.
func changelogVersion(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	line, err := bufio.NewReader(z).ReadString('\n')
	m := changelogHead.FindStringSubmatch(line)
	if err != nil || m == nil {
		return "", fmt.Errorf("%s: its first line names no version: %q", file, line)
	}
	return m[1], nil
}

var spdx = regexp.MustCompile(`SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]*[A-Za-z0-9.+)])`)

// license is the SPDX expression at the top of a header, "" if it has none.
func license(text []byte) string {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	if m := spdx.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	return ""
}
