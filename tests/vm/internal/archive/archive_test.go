package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cavaliergopher/cpio"

	"github.com/uringgen/uringgen/tests/vm/internal/archive"
)

func build(t *testing.T, host string) []byte {
	t.Helper()
	var b bytes.Buffer
	a := archive.New(&b)
	a.Bytes("/init", 0o755, []byte("program"))
	a.Tree(host, "/data/in")
	a.Dir("/data/in/deep") // there already
	a.Bytes("init", 0o644, []byte("a second one"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBuilder(t *testing.T) {
	host := t.TempDir()
	if err := os.MkdirAll(filepath.Join(host, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(host, "deep", "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("deep/file", filepath.Join(host, "link")); err != nil {
		t.Fatal(err)
	}
	raw := build(t, host)
	if !bytes.Equal(raw, build(t, host)) {
		t.Error("the same content gives other bytes")
	}
	var got []string
	r := cpio.NewReader(bytes.NewReader(raw))
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %v %s", h.Name, h.FileInfo().Mode(), text))
	}
	want := `init -rwxr-xr-x program
data drwxr-xr-x 
data/in drwxr-xr-x 
data/in/deep drwxr-xr-x 
data/in/deep/file -rw------- text
data/in/link -rw------- text`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

func TestMissing(t *testing.T) {
	a := archive.New(io.Discard)
	a.Tree(filepath.Join(t.TempDir(), "none"), "/none")
	if err := a.Close(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
