package main

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// lengths prints a line for each program that was written by hand: its length,
// that of the translation, and the range over all ways to compile.
func lengths() error {
	hands, err := programs.Hands(testdata + "/hand")
	if err != nil {
		return err
	}
	sources, err := programs.Sources(testdata)
	if err != nil {
		return err
	}
	want, err := objects(sources, reference)
	if err != nil {
		return err
	}
	variants := programs.Variants(false)
	var others []map[string]*ebpf.CollectionSpec
	for _, v := range variants {
		specs, err := objects(sources, v)
		if err != nil {
			return err
		}
		others = append(others, specs)
	}
	by, sum, totals := 0, 0, make([]int, len(variants))
	fmt.Printf("%-24s %8s %11s %6s %14s\n", "instructions", "by hand", "translated", "ratio", "of all ways")
	for _, h := range hands {
		n, err := length(want, h.Name)
		if err != nil {
			return err
		}
		by += len(h.Program)
		sum += n
		var all []int
		for i, specs := range others {
			m, err := length(specs, h.Name)
			if err != nil {
				return err
			}
			all = append(all, m)
			totals[i] += m
		}
		line(h.Name, len(h.Program), n, all)
	}
	line("total", by, sum, totals)
	fmt.Printf("translated: %v; all ways: %d of the compilers that are installed\n", reference, len(variants))
	return nil
}

func line(name string, by, n int, all []int) {
	fmt.Printf("%-24s %8d %11d %6.2f %7d to %d\n", name, by, n, float64(n)/float64(by), slices.Min(all), slices.Max(all))
}

func length(specs map[string]*ebpf.CollectionSpec, name string) (int, error) {
	res, err := bpf.Translate(specs[name], name, bpf.AnyOp)
	if err != nil {
		return 0, err
	}
	return len(res.Program), nil
}
