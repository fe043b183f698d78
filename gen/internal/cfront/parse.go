// Package cfront reads C headers with modernc.org/cc/v4 and makes a
// model.Unit of them. It is the only package that knows cc.
//
// Of cc, only the preprocessor and the parser are used. Types, constant
// expressions and macro values are worked out here from the syntax tree: cc's
// type checker knows neither packed records nor #pragma pack, accepts
// declarations that no compiler does, and takes longer to evaluate all macros
// than all the rest together.
//
// A run reads nothing but the files of its Source: no compiler is asked, no
// environment, no host.
package cfront

import (
	"fmt"
	"strings"
	"time"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Options is what a caller may choose.
type Options struct {
	// Comments fills in the Comment fields of the model from the headers.
	Comments bool
}

// timeLimit is how long a parse may take, by the clock and in processor time.
// The largest header that Linux has needs a tenth of it; only damaged or
// hostile text comes near.
const timeLimit = 1500 * time.Millisecond

// expansionLimit bounds the work of macro expansion, in tokens. The largest
// header of Linux needs less than a third of it.
const expansionLimit = 1_000_000

// Parse reads headers, in order, as one translation unit for target t.
// Errors are of type *Error, several of them joined.
func Parse(src *source.Source, t *target.Target, headers []string, opt Options) (*model.Unit, error) {
	p := &parse{src: src, target: t, opt: opt, roots: headers, faults: &faults{}, once: map[string]bool{}}
	p.files = newFiles(src.FS(t), p.faults)
	p.packs = newPacker(p)
	if !p.findRoots(headers) {
		return nil, p.faults.err()
	}
	type result struct {
		unit *model.Unit
		err  error
	}
	done := make(chan result, 1)
	go func() {
		u, err := p.run(headers)
		done <- result{u, err}
	}()
	begin, cpu := time.Now(), used()
	tick := time.NewTicker(timeLimit / 15)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			return r.unit, r.err
		case <-tick.C:
			if time.Since(begin) < timeLimit || used()-cpu < timeLimit {
				continue
			}
			p.files.stop.Store(true)
			return nil, &Error{start(headers[0]), fmt.Sprintf("reading %s takes more than %v: it is damaged, or its macros expand without end", strings.Join(headers, " "), timeLimit)}
		}
	}
}

// start is where a message goes that is about a header as a whole.
func start(name string) model.Pos { return model.Pos{File: name, Line: 1, Col: 1} }

// parse is one run.
type parse struct {
	src    *source.Source
	target *target.Target
	opt    Options
	roots  []string // the headers asked for
	faults *faults
	files  *files
	packs  *packer
	once   map[string]bool // files with #pragma once
	doing  string          // for the message of a panic
}

// findRoots checks what was asked for before any of it is read.
func (p *parse) findRoots(headers []string) bool {
	if len(headers) == 0 {
		p.faults.add(model.Pos{}, "no header to read: name at least one, such as linux/types.h")
	}
	seen := map[string]bool{}
	for _, h := range headers {
		if seen[h] {
			p.faults.add(start(h), "header is named twice")
		}
		seen[h] = true
		if strings.ContainsAny(h, "<>\"\n\\") {
			p.faults.add(start("header"), "%q is not the name of a header", h)
			continue
		}
		if _, err := p.files.read(h); err != nil {
			p.faults.add(start(h), "%v", err)
		}
	}
	return !p.faults.any()
}

// run never panics: whatever happens in cc or here becomes an error.
func (p *parse) run(headers []string) (u *model.Unit, err error) {
	defer func() {
		if e := recover(); e != nil {
			u, err = nil, p.recovered(e, headers)
		}
	}()
	ast, err := p.syntax(headers)
	if err != nil {
		return nil, err
	}
	b := newBuilder(p, ast)
	p.doing = "building the model"
	u = b.build()
	if p.faults.any() {
		return nil, p.faults.err()
	}
	return u, nil
}

// abort is what this package panics with to get out of cc.
type abort struct{ err *Error }

func (p *parse) recovered(e any, headers []string) error {
	if a, ok := e.(abort); ok {
		return a.err
	}
	at := start(headers[0])
	if n := len(p.packs.stack); n > 0 {
		at = start(p.packs.stack[n-1].file)
	}
	return &Error{at, fmt.Sprintf("cannot make sense of this header (%s: %s)", p.doing, firstLine(fmt.Sprint(e)))}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// syntax is the part that cc does.
func (p *parse) syntax(headers []string) (*cc.AST, error) {
	p.doing = "reading the syntax"
	abi, err := cc.NewABI("linux", p.target.CC)
	if err != nil {
		return nil, &Error{start(headers[0]), err.Error()}
	}
	abi.ByteOrder = p.target.ByteOrder()
	abi.SignedChar = !p.target.UnsignedChar
	cfg := &cc.Config{
		ABI:             abi,
		FS:              p.files,
		FSOnly:          true,
		IncludePaths:    []string{"@", "."},
		SysIncludePaths: []string{"."},
		Header:          true,
		ExpansionLimit:  expansionLimit,
		PragmaHandler:   p.packs.pragma,
		HasBuiltin:      func(string) bool { return false },
	}
	var main strings.Builder
	for _, h := range headers {
		fmt.Fprintf(&main, "#include <%s>\n", h)
	}
	ast, err := cc.Parse(cfg, []cc.Source{
		{Name: "<predefined>", Value: p.target.Predefined() + p.src.Defines()},
		{Name: "<prelude>", Value: prelude},
		{Name: mainName, Value: main.String()},
	})
	if p.faults.any() { // of the text itself; cc's errors follow from them
		return nil, p.faults.err()
	}
	if err != nil {
		p.explain(err)
		return nil, p.faults.err()
	}
	return ast, nil
}

const mainName = "<headers>"

// prelude is what cc wants to find declared, and the little of a compiler's
// own vocabulary that uapi headers use.
const prelude = `#define __extension__
typedef void *__builtin_va_list;
typedef __SIZE_TYPE__ __predefined_size_t;
typedef __WCHAR_TYPE__ __predefined_wchar_t;
typedef __PTRDIFF_TYPE__ __predefined_ptrdiff_t;
int __predefined_declarator;
`
