package author_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

// pinned is the headers and tables of this repository.
func pinned() gen.Config {
	return gen.Config{Headers: headers.FS, Manifest: headers.Manifest, Snapshots: headers.Snapshots, Arch: headers.Arch}
}

// written is a folder with the headers for authors.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range generated(t, pinned()).Files {
		put(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	return dir
}

func generated(t *testing.T, cfg gen.Config) *gen.Output {
	t.Helper()
	out, err := read(t, cfg).Header()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, cfg gen.Config) *gen.Author {
	t.Helper()
	a, err := gen.NewAuthor(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// overlay is a tree of files with the text of some changed.
func overlay(t *testing.T, tree fs.FS, change func(name, text string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, path)
		out[path] = &fstest.MapFile{Data: []byte(change(path, string(data)))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var shippedTables = os.DirFS("../../tables/io_uring")

// with is the configuration with these rows in filters.tbl.
func with(t *testing.T, rows string) gen.Config {
	return withTable(t, "filters.tbl", "# one line\nop | payload | kernel | note\n"+rows)
}

func withTable(t *testing.T, table, rows string) gen.Config {
	cfg := pinned()
	cfg.Tables = overlay(t, shippedTables, func(name, text string) string {
		if name == table {
			return rows
		}
		return text
	})
	return cfg
}

func TestWrongRows(t *testing.T) {
	for _, tt := range []struct{ rows, want string }{
		{"IORING_OP_SOKCET | socket | 7.0 | -\n", "filters.tbl:3: no operation IORING_OP_SOKCET in the headers"},
		{"IORING_OP_SOCKET | sokcet | 7.0 | -\n", "filters.tbl:3: struct io_uring_bpf_ctx has no member sokcet that is a struct"},
		{"IORING_OP_SOCKET | opcode | 7.0 | -\n", "filters.tbl:3: struct io_uring_bpf_ctx has no member opcode that is a struct"},
		{"IORING_OP_SOCKET | socket.family | 7.0 | -\n", "filters.tbl:3: struct io_uring_bpf_ctx has no member socket.family"},
		{"\nIORING_OP_SOCKET | socket | 7.0 | -\nIORING_OP_SOCKET | open | 7.0 | -\n", "filters.tbl:5: IORING_OP_SOCKET has a row already"},
		{"IORING_OP_SOCKET | socket\n", "filters.tbl:3: "},
		{"IORING_OP_SOCKET | - | 7.0 | -\n", "filters.tbl:3: "},
		{"IORING_OP_SOCKET | socket | - | -\n", "filters.tbl:3: "},
		{"IORING_OP_SOCKET | socket | seven | -\n", "filters.tbl:3: "},
		{"IORING_OP_LAST | socket | 7.0 | -\n", "filters.tbl:3: no operation IORING_OP_LAST"},
	} {
		_, err := gen.NewAuthor(with(t, tt.rows))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %q", tt.rows, err, tt.want)
		}
	}
}

// A member of the context whose requests no row names is a decision to make.
func TestUnclaimedPayload(t *testing.T) {
	out := generated(t, with(t, "IORING_OP_SOCKET | socket | 7.0 | -\nIORING_OP_OPENAT | open | 7.0 | -\n"))
	want := gen.Finding{Symbol: "io_uring_bpf_ctx.connect", Place: place(t, "} connect;"), Missing: "which operations show their arguments there? filters.tbl has no row"}
	if len(out.Findings) != 1 || out.Findings[0] != want {
		t.Errorf("findings %+v, want %+v", out.Findings, want)
	}
}

// place is where a declarator stands in the pinned header.
func place(t *testing.T, line string) string {
	t.Helper()
	const name = "linux/io_uring/bpf_filter.h"
	data, err := fs.ReadFile(headers.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		if col := strings.Index(text, line); col >= 0 {
			col += strings.LastIndex(line, " ") + 1
			return name + ":" + itoa(n) + ":" + itoa(col+1)
		}
	}
	t.Fatalf("%s has no line %q", name, line)
	return ""
}

// A newer header with a member more.
func TestNewPayload(t *testing.T) {
	cfg := pinned()
	cfg.Headers = overlay(t, headers.FS, func(name, text string) string {
		if name != "linux/io_uring/bpf_filter.h" {
			return text
		}
		const old = "\t\t} connect;\n"
		if strings.Count(text, old) != 1 {
			t.Fatalf("%s has changed: no line %q", name, old)
		}
		return strings.Replace(text, old, old+"\t\tstruct {\n\t\t\t__u64 address;\n\t\t} bind;\n", 1)
	})
	cfg.Manifest = nil // its checksums are of the original
	out := generated(t, cfg)
	if len(out.Findings) != 1 || out.Findings[0].Symbol != "io_uring_bpf_ctx.bind" || !strings.HasPrefix(out.Findings[0].Place, "linux/io_uring/bpf_filter.h:") {
		t.Errorf("findings %+v, want one of bind", out.Findings)
	}
}

func TestPinnedIsDecided(t *testing.T) {
	if f := generated(t, pinned()).Findings; len(f) != 0 {
		t.Errorf("findings %+v", f)
	}
}

func TestHeadersWithoutFilters(t *testing.T) {
	cfg := pinned()
	cfg.Headers = overlay(t, headers.FS, func(name, text string) string {
		return strings.ReplaceAll(text, "struct io_uring_bpf_ctx {", "struct io_uring_bpf_context {")
	})
	cfg.Manifest = nil
	if _, err := gen.NewAuthor(cfg); err == nil || !strings.Contains(err.Error(), "io_uring_bpf_ctx") {
		t.Errorf("error %v, want one that names the record", err)
	}
	cfg = pinned()
	cfg.Tables = fstest.MapFS{}
	if _, err := gen.NewAuthor(cfg); err == nil {
		t.Error("no error without tables")
	}
}
