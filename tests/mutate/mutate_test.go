// Package mutate feeds damaged headers to the generator. Whatever it is
// given, it answers: with code, or with an error that names a place. It never
// panics and never takes long.
//
// The cases run in child processes, so that a case that ends its process, by
// a stack overflow for one, is named like any other. One case alone:
//
//	go test ./tests/mutate -run TestMutated -seed 17 -v
package mutate

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/gen"
)

var (
	cases   = flag.Int("cases", 500, "how many cases to run")
	oneSeed = flag.Int("seed", -1, "run this case alone and say what became of it")
)

const (
	shortRun  = 48
	workers   = 2
	cpuLimit  = 2 * time.Second  // for one case
	wallLimit = 30 * time.Second // and if it only sleeps
	childEnv  = "URINGGEN_MUTATE_SEEDS"
)

// What a case came to.
const (
	accepted  = "accepted"              // code came out
	placed    = "header:line:col"       // an error that names a place in a header
	tableRow  = "table:line"            // an error that names the table row that no longer applies
	unplaced  = "ERROR WITHOUT A PLACE" // faults from here on
	slow      = "SLOW"
	panicked  = "PANIC"
	childDied = "PROCESS DIED"
)

var faulty = []string{unplaced, slow, panicked, childDied}

type result struct {
	seed          int
	class, detail string
}

func TestMain(m *testing.M) {
	if seeds := os.Getenv(childEnv); seeds != "" {
		child(strings.Fields(seeds))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestMutated(t *testing.T) {
	if *oneSeed >= 0 {
		_, file, how := config(*oneSeed)
		r := run(*oneSeed)
		t.Logf("%s in %s: %s: %s", how, file, r.class, r.detail)
		if slices.Contains(faulty, r.class) {
			t.Fail()
		}
		return
	}
	n := *cases
	if testing.Short() {
		n = shortRun
	}
	var seeds [workers][]int
	for i := range n {
		seeds[i%workers] = append(seeds[i%workers], i)
	}
	var results [workers][]result
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { results[w] = runAll(t, seeds[w]) })
	}
	wg.Wait()
	report(t, slices.Concat(results[:]...), n)
}

func report(t *testing.T, results []result, n int) {
	t.Helper()
	if len(results) != n {
		t.Errorf("%d results of %d cases", len(results), n)
	}
	count, byMutator := map[string]int{}, map[string]int{}
	for _, r := range results {
		count[r.class]++
		if r.class == accepted {
			byMutator[mutators[r.seed%len(mutators)].name]++
		}
		if slices.Contains(faulty, r.class) {
			t.Errorf("seed %d (%s): %s: %s", r.seed, mutators[r.seed%len(mutators)].name, r.class, r.detail)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%4d  %s", count[class], class)
	}
	for _, name := range slices.Sorted(maps.Keys(byMutator)) {
		t.Logf("      accepted of %q: %d", name, byMutator[name])
	}
	// Neither side may be empty: a generator that refuses or accepts all
	// would otherwise pass.
	if count[accepted] == 0 || count[placed] == 0 {
		t.Errorf("%d accepted, %d refused with a place: the test no longer tests", count[accepted], count[placed])
	}
}

// runAll runs the cases in child processes, a new one after each that died.
func runAll(t *testing.T, seeds []int) []result {
	var done []result
	for len(seeds) > 0 {
		got, died := spawn(t, seeds)
		done = append(done, got...)
		seeds = seeds[len(got):]
		if died != "" && len(seeds) > 0 {
			done = append(done, result{seeds[0], childDied, died})
			seeds = seeds[1:]
		}
	}
	return done
}

func spawn(t *testing.T, seeds []int) (done []result, died string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Trim(fmt.Sprint(seeds), "[]"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return nil, err.Error()
	}
	watchdog := time.AfterFunc(wallLimit, func() { _ = cmd.Process.Kill() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		watchdog.Reset(wallLimit)
		f := strings.SplitN(lines.Text(), "\t", 3)
		seed, err := strconv.Atoi(f[0])
		if err != nil || len(f) != 3 {
			t.Errorf("child printed %q", lines.Text())
			continue
		}
		done = append(done, result{seed, f[1], f[2]})
	}
	err = cmd.Wait()
	watchdog.Stop()
	if err != nil {
		return done, fmt.Sprintf("%v\n%.2000s", err, stderr.String())
	}
	return done, ""
}

// child prints a line for each case: seed, class, detail.
func child(seeds []string) {
	for _, s := range seeds {
		seed, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		r := run(seed)
		fmt.Printf("%d\t%s\t%.300q\n", r.seed, r.class, r.detail)
	}
}

var (
	headerPlace = regexp.MustCompile(`\b[\w/-]+\.h:[0-9]+:[0-9]+`)
	tablePlace  = regexp.MustCompile(`\b\w+\.tbl:[0-9]+`)
)

// run generates from headers of which one is damaged.
func run(seed int) (r result) {
	r.seed = seed
	before := cpuTime()
	defer func() {
		if p := recover(); p != nil {
			r.class, r.detail = panicked, fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
		if d := cpuTime() - before; d > cpuLimit && r.class != panicked {
			r.class, r.detail = slow, fmt.Sprintf("%v of CPU time; %s", d.Round(time.Millisecond), r.detail)
		}
	}()
	cfg, _, _ := config(seed)
	_, err := gen.Generate(cfg)
	switch {
	case err == nil:
		r.class = accepted
	case headerPlace.MatchString(err.Error()):
		r.class, r.detail = placed, err.Error()
	case tablePlace.MatchString(err.Error()):
		r.class, r.detail = tableRow, err.Error()
	default:
		r.class, r.detail = unplaced, err.Error()
	}
	return r
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
