//go:build linux && !guest

// What needs clang stays out of the guests of the test bed.

package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

// Of a damaged object there is a program or an error: no panic, no hang.
func TestDamagedObjects(t *testing.T) {
	whole, err := os.ReadFile(compiled(t, "single.c", nativeTarget()))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.o")
	codes := map[int]int{}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		data := append([]byte(nil), whole...)
		for range 1 + r.IntN(8) {
			data[r.IntN(len(data))] = byte(r.Uint32())
		}
		if r.IntN(4) == 0 {
			data = data[:r.IntN(len(data))]
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, diag := uringctl("compile", path, "--op", "socket")
		codes[code]++
		if failed := strings.HasPrefix(diag, "uringctl: "); (code == cli.ExitFailure) != failed {
			t.Errorf("seed %d: exit %d, %q", seed, code, diag)
		}
	}
	if codes[cli.ExitOK] == 0 || codes[cli.ExitFailure] == 0 {
		t.Errorf("exit codes %v: the damage is too little, or too much", codes)
	}
}
