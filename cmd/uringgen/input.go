package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

// input is what the flags say about headers and rules.
type input struct {
	headers  string
	tables   string
	pkg      string
	comments bool
}

// addHeaders adds the flags that choose headers and the rules for them.
func (in *input) addHeaders(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&in.headers, "headers", "", "read headers from `dir` instead of the built-in ones: an unpacked\n"+
		"linux-libc-dev, a usr/include, a kernel source tree, or what\n\"uringgen headers import\" wrote")
	f.StringVar(&in.tables, "tables", "", "read the rules from the .tbl files in `dir` instead of the built-in ones;\n"+
		"for headers other than io_uring's")
	completeDirs(cmd, "headers", "tables")
}

// addPackage adds the flags that shape the generated package.
func (in *input) addPackage(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&in.pkg, "package", "", "`name` of the Go package (default \"uapi\")")
	f.BoolVar(&in.comments, "comments", false, "carry the comments of the headers over into the Go code;\n"+
		"the built-in headers have none, see --headers")
}

// config is what the generator is to work on.
func (in *input) config() (gen.Config, error) {
	cfg := gen.Config{Package: in.pkg, Comments: in.comments}
	if in.pkg != "" && (!token.IsIdentifier(in.pkg) || in.pkg == "_") {
		return cfg, cli.Usagef("--package %q: want the name of a Go package", in.pkg)
	}
	if in.tables != "" {
		if err := wantDir("--tables", in.tables); err != nil {
			return cfg, err
		}
		cfg.Tables = os.DirFS(in.tables)
	}
	if in.tables == "" || in.headers == "" {
		// What is known of io_uring's past and of its constants on other
		// architectures; other headers under other rules have no use for it.
		cfg.Snapshots, cfg.Arch = headers.Snapshots, headers.Arch
	}
	if in.headers == "" {
		cfg.Headers, cfg.Manifest = headers.FS, headers.Manifest
		return cfg, nil
	}
	if err := wantDir("--headers", in.headers); err != nil {
		return cfg, err
	}
	cfg.Dir = in.headers
	var err error
	cfg.Manifest, err = readManifest(in.headers)
	return cfg, err
}

// generate generates. The built-in rules fit the built-in headers: those of an
// older kernel lack what rows speak of, which needs more than the list of rows.
func (in *input) generate() (*gen.Output, error) {
	cfg, err := in.config()
	if err != nil {
		return nil, err
	}
	out, err := gen.Generate(cfg)
	var row *gen.TableError
	if errors.As(err, &row) && in.headers != "" && in.tables == "" {
		return nil, fmt.Errorf("%w\nthe built-in tables are for Linux %s, and every row of them must apply; for older headers give --tables with a copy of %s that lacks these rows",
			err, headersKernel(), builtinTables)
	}
	return out, err
}

// tablesPlace is where the tables are that in chooses.
func (in *input) tablesPlace() string { return cmp.Or(in.tables, builtinTables) }

// builtinTables is where the built-in tables are in the source.
const builtinTables = "gen/tables/io_uring"

// readManifest reads the MANIFEST that "headers import" leaves with its
// headers; other header trees have none.
func readManifest(dir string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, "MANIFEST"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func wantDir(flag, dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %s is not a directory", flag, dir)
	}
	return nil
}
