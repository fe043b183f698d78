//go:build linux && amd64

package steps

import (
	"debug/elf"
	"fmt"
	"slices"
	"sort"
)

// profile is how often each address was executed.
type profile map[uint64]int

func (p profile) sum() (n int) {
	for _, k := range p {
		n += k
	}
	return n
}

func (p profile) add(q profile, times int) {
	for pc, k := range q {
		p[pc] += k * times
	}
}

// table is the functions of a program, by address.
type table []elf.Symbol

func symbols(path string) (table, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	all = slices.DeleteFunc(all, func(s elf.Symbol) bool { return elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 })
	slices.SortFunc(all, func(a, b elf.Symbol) int {
		if a.Value < b.Value {
			return -1
		}
		return 1
	})
	return all, nil
}

// name is the function at an address, "?" in a library.
func (t table) name(pc uint64) string {
	i := sort.Search(len(t), func(i int) bool { return t[i].Value > pc }) - 1
	if i < 0 || pc >= t[i].Value+t[i].Size {
		return "?"
	}
	return t[i].Name
}

// functions is the mean of each function in a round.
func (t table) functions(p profile, rounds int) map[string]float64 {
	m := map[string]float64{}
	for pc, n := range p {
		if n != 0 {
			m[t.name(pc)] += float64(n) / float64(rounds)
		}
	}
	return m
}
