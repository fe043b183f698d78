package gen

import (
	"embed"
	"errors"
	"io/fs"

	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
)

//go:embed tables/io_uring/*.tbl
var builtinTables embed.FS

// open is the tree of headers that cfg names.
func (cfg Config) open() (*source.Source, error) {
	switch {
	case cfg.Dir != "" && cfg.Headers != nil:
		return nil, errors.New("gen.Config: Headers and Dir are both set, want one")
	case cfg.Dir != "":
		return source.Open(cfg.Dir)
	case cfg.Headers != nil:
		return source.FromFS(cfg.Headers), nil
	}
	return nil, errors.New("gen.Config: neither Headers nor Dir is set")
}

// tables is where the rules are.
func (cfg Config) tables() (fs.FS, error) {
	if cfg.Tables != nil {
		return cfg.Tables, nil
	}
	return fs.Sub(builtinTables, "tables/io_uring")
}

// bound lists the headers that the rules bind.
func (cfg Config) bound() ([]string, error) {
	tables, err := cfg.tables()
	if err != nil {
		return nil, err
	}
	r, err := rules.Load(tables)
	if err != nil {
		return nil, err
	}
	return r.Names(), nil
}
