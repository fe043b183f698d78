// Generate measures how long uringgen takes to generate, as a multiple of how
// long clang takes to read the same headers.
//
// Each round runs clang, uringgen and clang again, each in a new process, so
// that whatever else the machine does hits all three alike. The second clang
// is the control: its ratio to the first says how far the figures can be
// trusted. Run it from the root of the repository.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 40, "rounds to measure")
	limit := flag.Float64("limit", 2.5, "fail if the ratio is higher; 0 never fails")
	program := flag.String("uringgen", "", "measure this program instead of building one")
	clang := flag.String("clang", "clang-14", "the compiler to compare with")
	flag.Parse()
	if err := bench(*rounds, *limit, *program, *clang); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(rounds int, limit float64, program, clang string) (err error) {
	if _, err := exec.LookPath(clang); err != nil {
		return fmt.Errorf("needs %s: apt install clang-14, or name another one with -clang", clang)
	}
	dir, err := os.MkdirTemp("", "uringgen-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if program == "" {
		program = filepath.Join(dir, "uringgen")
		if err := run(exec.Command("go", "build", "-o", program, "./cmd/uringgen")); err != nil {
			return err
		}
	}
	unit, err := writeUnit(dir)
	if err != nil {
		return err
	}
	read := func() *exec.Cmd {
		return exec.Command(clang, "-fsyntax-only", "-nostdinc", "-isystem", "headers/uapi", unit)
	}
	n := 0
	generate := func() *exec.Cmd {
		n++
		return exec.Command(program, "-o", filepath.Join(dir, fmt.Sprint("out", n)))
	}
	return measure(rounds, limit, []series{{name: clang + " -fsyntax-only", command: read},
		{name: "uringgen", command: generate}, {name: clang + " again", command: read}})
}

// writeUnit writes a C file that includes what uringgen binds.
func writeUnit(dir string) (string, error) {
	manifest, err := os.ReadFile("headers/MANIFEST")
	if err != nil {
		return "", fmt.Errorf("%w (run it from the root of the repository)", err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(manifest)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "header" {
			fmt.Fprintf(&text, "#include <%s>\n", f[1])
		}
	}
	if text.Len() == 0 {
		return "", errors.New("headers/MANIFEST names no header")
	}
	unit := filepath.Join(dir, "unit.c")
	return unit, os.WriteFile(unit, []byte(text.String()), 0o666)
}

// series is the times of one command.
type series struct {
	name    string
	command func() *exec.Cmd
	wall    []time.Duration
	cpu     []time.Duration
}

// measure takes the series in turn, after two rounds to warm the caches.
func measure(rounds int, limit float64, all []series) error {
	const warm = 2
	for i := range rounds + warm {
		for j := range all {
			s := &all[j]
			cmd := s.command()
			start := time.Now()
			if err := run(cmd); err != nil {
				return err
			}
			if i >= warm {
				s.wall = append(s.wall, time.Since(start))
				s.cpu = append(s.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
		}
	}
	fmt.Printf("%-26s %9s %9s %9s %7s\n", fmt.Sprintf("%d rounds", rounds), "median", "fastest", "cpu", "ratio")
	for _, s := range all {
		fmt.Printf("%-26s %9s %9s %9s %7.2f\n", s.name, ms(median(s.wall)), ms(slices.Min(s.wall)), ms(median(s.cpu)), paired(s, all[0]))
	}
	ratio, control := paired(all[1], all[0]), paired(all[2], all[0])
	noise := ""
	if math.Abs(control-1) > 0.1 {
		noise = "; clang against itself should give 1.00: measure again on a quieter machine"
	}
	if limit > 0 && ratio > limit {
		return fmt.Errorf("%s takes %.2f times as long as clang, over the limit of %.2f%s", all[1].name, ratio, limit, noise)
	}
	fmt.Printf("%.2f times clang, limit %.2f%s\n", ratio, limit, noise)
	return nil
}

// paired is the median of the ratios within rounds: what slows a whole round
// down does not count.
func paired(s, base series) float64 {
	var ratios []float64
	for i := range s.wall {
		ratios = append(ratios, float64(s.wall[i])/float64(base.wall[i]))
	}
	return median(ratios)
}

// run runs a command whose output matters only if it fails.
func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}

func median[T time.Duration | float64](list []T) T {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
