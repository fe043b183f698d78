//go:build linux

package ring

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run if rings are left behind by any test.
func TestMain(m *testing.M) {
	flag.Parse()
	before := inventory()
	code := m.Run()
	if left := leaked(before); code == 0 && left != "" {
		fmt.Fprintln(os.Stderr, "the tests have left behind:", left)
		code = 1
	}
	os.Exit(code)
}

// inventory is how many there are of each thing that a ring takes.
func inventory() map[string]int {
	n := map[string]int{"open rings": len(alive.rings)}
	links, _ := os.ReadDir("/proc/self/fd")
	for _, l := range links {
		to, err := os.Readlink("/proc/self/fd/" + l.Name())
		switch {
		case err != nil: // what ReadDir itself had open
		case strings.HasPrefix(to, "pipe:"), strings.HasPrefix(to, "socket:"):
			kind, _, _ := strings.Cut(to, ":")
			n[kind+"s"]++
		default:
			n["descriptors of "+to]++
		}
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	n["mapped rings"] = strings.Count(string(maps), "anon_inode:[io_uring]")
	return n
}

// leaked says what there is more of than before. What ends by itself, such as
// the files that the collector closes, has a while to do so.
func leaked(before map[string]int) string {
	var more map[string]int
	for range 50 {
		more = inventory()
		maps.DeleteFunc(more, func(what string, n int) bool { return n <= before[what] || ofRuntime(what) })
		if len(more) == 0 {
			return ""
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprint(more)
}

// ofRuntime tells what Go's runtime opens once and keeps.
func ofRuntime(what string) bool {
	return strings.Contains(what, "[eventpoll]") || strings.Contains(what, "[eventfd]")
}
