package cases

import (
	"os"
	"strconv"
	"testing"
)

// What is asked in all: of `make proof` fifty times as much.
const (
	contexts = 200_000 // contexts that judges compare, without a ring
	requests = 2_000   // requests to a kernel
)

// Contexts is how many contexts are to be compared in all.
// URINGGEN_PROOF_CONTEXTS sets another number.
func Contexts(t testing.TB) int { return setting(t, "URINGGEN_PROOF_CONTEXTS", contexts) }

// Requests is how many requests are to be made in all. URINGGEN_PROOF_REQUESTS
// sets another number.
func Requests(t testing.TB) int { return setting(t, "URINGGEN_PROOF_REQUESTS", requests) }

// Seed is where the random numbers begin. URINGGEN_SEED sets another one.
func Seed(t testing.TB) uint64 { return uint64(setting(t, "URINGGEN_SEED", 1)) }

func setting(t testing.TB, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a number above 0", name, text)
	}
	return n
}
