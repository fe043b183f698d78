package kernels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// repo makes a repository whose fetch script is the given shell text, and
// works in it.
func repo(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, script)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	return dir
}

// image is a bzImage around an ELF file.
func image(t *testing.T, elf []byte) []byte {
	t.Helper()
	var payload bytes.Buffer
	w, err := zstd.NewWriter(&payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(elf); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	payload.Write([]byte{0, 0, 0, 0}) // the size
	b := make([]byte, 2*512, 2*512+payload.Len())
	b[setupSects] = 1
	copy(b[bootMagic:], "HdrS")
	binary.LittleEndian.PutUint32(b[payloadLength:], uint32(payload.Len()))
	return append(b, payload.Bytes()...)
}

func TestResolveSeries(t *testing.T) {
	elf := append([]byte("\x7fELF"), bytes.Repeat([]byte("kernel"), 1000)...)
	dir := repo(t, `case $3 in linux-image*) exit 3;; esac
d=$PWD/.cache/debian/linux-binary-cloud-amd64-$4
mkdir -p $d/boot && cp $PWD/image $d/boot/vmlinuz-$4 && touch $d/version && echo $d
`)
	if err := os.WriteFile(filepath.Join(dir, "image"), image(t, elf), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"first", "from the cache", "damaged", "checksum lost"} {
		k, err := Resolve(t.Context(), "9.9", "amd64")
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got, err := os.ReadFile(k.Image)
		if err != nil || !bytes.Equal(got, elf) {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
		switch what {
		case "first": // no network from here on
			err = os.WriteFile(filepath.Join(dir, script), []byte("#!/bin/sh\necho no network >&2\nexit 1\n"), 0o755)
		case "from the cache":
			err = os.WriteFile(k.Image, []byte("damage"), 0o644)
		case "damaged":
			err = os.Remove(k.Image + ".sha256")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for name, c := range map[string]struct{ script, spec, arch, want string }{
		"gone":            {"exit 3", "9.9", "amd64", "has no 9.9 kernel for amd64 now"},
		"no apt":          {"echo apt-get is missing >&2; exit 1", "9.9", "amd64", "apt-get is missing"},
		"nothing inside":  {"mkdir -p d; echo $PWD/d", "9.9", "amd64", "no kernel image in"},
		"corrupt image":   {"mkdir -p d/boot; { head -c 497 /dev/zero; printf '\\001'; } > d/boot/vmlinuz-9; echo $PWD/d", "9.9", "amd64", ""},
		"unknown arch":    {"exit 3", "9.9", "wasm", "no Debian kernel is known for GOARCH wasm"},
		"uml elsewhere":   {"exit 3", "uml", "arm64", "amd64 only"},
		"no such name":    {"exit 3", "nonsense", "amd64", `no kernel "nonsense"`},
		"series of three": {"exit 3", "9.9.9", "amd64", `no kernel "9.9.9"`},
	} {
		t.Run(name, func(t *testing.T) {
			repo(t, c.script)
			k, err := Resolve(t.Context(), c.spec, c.arch)
			if c.want == "" {
				if err != nil || !strings.HasSuffix(k.Image, "vmlinuz-9") {
					t.Errorf("an image of unknown form is booted as it is: %q, %v", k.Image, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			var gone *GoneError
			if errors.As(err, &gone) != (name == "gone") {
				t.Errorf("taken for gone: %v", err)
			}
		})
	}
}

func TestCachedNewest(t *testing.T) {
	dir := repo(t, "exit 1")
	for _, s := range []string{"6.9", "6.19", "6.2"} {
		if err := os.MkdirAll(filepath.Join(dir, ".cache/debian/linux-image-cloud-amd64-"+s), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ".cache/debian/linux-image-cloud-amd64-"+s+"/version"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := cached(dir, "linux-image-%-cloud-amd64", "newest"); filepath.Base(got) != "linux-image-cloud-amd64-6.19" {
		t.Errorf("newest is %s", got)
	}
	if got := cached(dir, "linux-image-%-cloud-amd64", "6.3"); got != "" {
		t.Errorf("6.3 is %s", got)
	}
}
