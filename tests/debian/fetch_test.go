// Package debian tests the scripts that fetch headers from Debian, against an
// archive that is made up.
package debian

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// archive is a repository with the script in it, and a folder of commands that
// stand for apt: they know the versions in its file "versions", a line
// SUITE VERSION each, and fail for the suites in "broken".
type archive struct {
	t    *testing.T
	root string
}

const aptGet = `#!/bin/sh
# The file of sources that the options name says which suite is meant.
for a; do
	case $a in
	Dir::Etc::sourcelist=*) list=${a#*=} ;;
	indextargets) echo http://mirror.invalid/debian/; exit ;;
	update) action=update ;;
	*=[0-9]*) [ "${action:-}" != download ] || want=${a#*=} ;;
	download) action=download ;;
	esac
done
echo "$action" >>"$FAKE/calls"
lists=$(dirname "$(dirname "$list")")/lists
if [ "$action" = download ]; then
	mkdir -p pkg/DEBIAN pkg/usr/include/linux
	printf 'Package: some-dev\nVersion: %s\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n' "$want" >pkg/DEBIAN/control
	echo "// $want" >pkg/usr/include/linux/x.h
	dpkg-deb -b pkg some-dev.deb >/dev/null && rm -r pkg
	exit
fi
suite=$(awk '{ print $(NF - 1) }' "$list")
grep -qx "$suite" "$FAKE/broken" && { echo "E: $suite: File has unexpected size. Mirror sync in progress?"; exit 100; }
printf 'Suite: %s\nCodename: %s\n' "$suite" "code-$suite" >"$lists/m_dists_${suite}_InRelease"
`

const aptCache = `#!/bin/sh
for a; do
	case $a in Dir::Etc::sourcelist=*) list=${a#*=} ;; esac
done
while read -r suite version; do
	grep -q " code-$suite main" "$list" && echo " some-dev | $version | http://mirror.invalid/debian $suite/main"
done <"$FAKE/versions"
exit 0
`

func newArchive(t *testing.T, versions, broken string) *archive {
	t.Helper()
	t.Parallel()
	need.Command(t, "dpkg-deb", "dpkg")
	need.Command(t, "apt-get", "apt")
	a := &archive{t, t.TempDir()}
	script, err := os.ReadFile("fetch.sh")
	if err != nil {
		t.Fatal(err)
	}
	a.put("tests/debian/fetch.sh", string(script))
	a.put("bin/apt-get", aptGet)
	a.put("bin/apt-cache", aptCache)
	a.put("bin/sleep", "#!/bin/sh\n")
	a.put("versions", versions)
	a.put("broken", broken)
	return a
}

func (a *archive) put(name, text string) {
	path := filepath.Join(a.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		a.t.Fatal(err)
	}
}

// run runs the script and returns what it says and its exit code.
func (a *archive) run(args ...string) (stdout, stderr string, code int) {
	a.t.Helper()
	cmd := exec.Command(filepath.Join(a.root, "tests/debian/fetch.sh"), args...)
	cmd.Env = append(os.Environ(), "FAKE="+a.root, "PATH="+filepath.Join(a.root, "bin")+":"+os.Getenv("PATH"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		a.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (a *archive) read(name string) string {
	text, err := os.ReadFile(filepath.Join(a.root, name))
	if err != nil {
		a.t.Error(err)
	}
	return string(text)
}

const versions = `oldoldstable 5.10.223-1
oldstable 6.1.176-1
stable 6.12.9-1
stable 6.12.117-1
stable-backports 7.3.4-1~bpo13+1
unstable 7.2.13-1
unstable 7.2.2-1
`

func TestFetch(t *testing.T) {
	for _, c := range []struct{ series, dir, version string }{
		{"newest", "7.3", "7.3.4-1~bpo13+1"},
		{"7.2", "7.2", "7.2.13-1"},
		{"6.12", "6.12", "6.12.117-1"},
		{"6.1", "6.1", "6.1.176-1"},
	} {
		t.Run(c.series, func(t *testing.T) {
			a := newArchive(t, versions, "")
			out, errs, code := a.run("some-dev", c.series)
			dir := ".cache/debian/some-dev-" + c.dir
			if code != 0 || out != filepath.Join(a.root, dir)+"\n" {
				t.Fatalf("exit %d, %q, %s", code, out, errs)
			}
			if v := a.read(dir + "/version"); v != c.version+"\n" {
				t.Errorf("version %q, want %s", v, c.version)
			}
			if h := a.read(dir + "/usr/include/linux/x.h"); h != "// "+c.version+"\n" {
				t.Errorf("unpacked %q", h)
			}
		})
	}
}

// What is cached needs no archive; -u asks it, and goes on without.
func TestFetchOffline(t *testing.T) {
	a := newArchive(t, versions, "")
	if _, errs, code := a.run("some-dev", "newest"); code != 0 {
		t.Fatal(errs)
	}
	all := "oldoldstable\noldstable\noldstable-backports\nstable\nstable-backports\nunstable\n"
	a.put("broken", all+strings.ReplaceAll("\n"+strings.TrimSpace(all), "\n", "\ncode-"))
	a.put("calls", "")
	for _, series := range []string{"7.3", "newest"} {
		if out, errs, code := a.run("some-dev", series); code != 0 || errs != "" || !strings.HasSuffix(out, "/some-dev-7.3\n") {
			t.Errorf("%s: exit %d, %q, %s", series, code, out, errs)
		}
	}
	if calls := a.read("calls"); strings.Contains(calls, "update") || strings.Contains(calls, "download") {
		t.Errorf("the archive was asked: %s", calls)
	}
	out, errs, code := a.run("-u", "some-dev", "newest")
	if code != 0 || !strings.HasSuffix(out, "/some-dev-7.3\n") || !strings.Contains(errs, "NOTE: cannot update stable-backports; going on with its index of ") {
		t.Errorf("exit %d, %q, %s", code, out, errs)
	}
}

// A mirror that fails for one suite serves the others.
func TestFetchMirrorInTheMiddleOfASync(t *testing.T) {
	a := newArchive(t, versions, "code-stable\n")
	out, errs, code := a.run("some-dev", "newest")
	if code != 0 || !strings.HasSuffix(out, "/some-dev-7.3\n") {
		t.Errorf("exit %d, %q", code, out)
	}
	if !strings.Contains(errs, "NOTE: cannot update code-stable, and no index of it is cached; going on without it") || !strings.Contains(errs, "Mirror sync in progress?") {
		t.Errorf("said only %s", errs)
	}
	if n := strings.Count(a.read("calls"), "update"); n != 14 { // 6 roles, 6 suites, 2 more tries for one
		t.Errorf("%d updates, want 14", n)
	}
}

func TestFetchUpdates(t *testing.T) {
	a := newArchive(t, versions, "")
	if _, errs, code := a.run("some-dev", "7.3"); code != 0 {
		t.Fatal(errs)
	}
	a.put("versions", versions+"stable-backports 7.3.5-1~bpo13+1\n")
	if _, _, code := a.run("some-dev", "7.3"); code != 0 || a.read(".cache/debian/some-dev-7.3/version") != "7.3.4-1~bpo13+1\n" {
		t.Error("a cached series is not good enough without -u")
	}
	if _, _, code := a.run("-u", "some-dev", "7.3"); code != 0 || a.read(".cache/debian/some-dev-7.3/version") != "7.3.5-1~bpo13+1\n" {
		t.Error("-u does not take the newer version")
	}
}

func TestFetchFails(t *testing.T) {
	for name, c := range map[string]struct {
		broken string
		args   []string
		code   int
		want   string
	}{
		"gone":         {"", []string{"some-dev", "6.17"}, 3, "NOTE: the Debian archive has no some-dev 6.17 now (it has: 5.10.223-1 6.1.176-1"},
		"not a prefix": {"", []string{"some-dev", "7"}, 0, ""},
		"part of one":  {"", []string{"some-dev", "6.11"}, 3, "has no some-dev 6.11 now"},
		"no argument":  {"", nil, 2, "usage:"},
		"one argument": {"", []string{"some-dev"}, 2, "usage:"},
		"empty":        {"", []string{"some-dev", ""}, 2, "usage:"},
		"no archive":   {"oldoldstable\noldstable\noldstable-backports\nstable\nstable-backports\nunstable\n", []string{"some-dev", "7.3"}, 1, "no index of any suite"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t, versions, c.broken)
			out, errs, code := a.run(c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, want %d; %q %s", code, c.code, out, errs)
			}
			_, err := os.Stat(filepath.Join(a.root, ".cache/debian/"+strings.Join(c.args, "-")+".gone"))
			if gone := err == nil; gone != (code == 3) {
				t.Errorf("exit %d, marked as gone: %v", code, gone)
			}
			if left, _ := filepath.Glob(filepath.Join(a.root, ".cache/debian/unpack.*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
