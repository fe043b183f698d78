// Package readme proves that README.md tells the truth: its Go programs are
// files here that compile, its commands run, and both print what it shows.
package readme

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/need"
	"github.com/uringgen/uringgen/tests/repo"
)

const root = "../.."

// A block is a fenced block of README.md, and the text block right after it,
// which shows what it prints.
type block struct {
	line   int
	lang   string
	text   string
	output string
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocks(t *testing.T) []block {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	for _, m := range fence.FindAllSubmatchIndex(data, -1) {
		b := block{
			line: 1 + bytes.Count(data[:m[0]], []byte("\n")),
			lang: string(data[m[2]:m[3]]),
			text: string(data[m[4]:m[5]]),
		}
		if b.lang == "text" {
			if len(out) == 0 || out[len(out)-1].output != "" {
				t.Errorf("README.md:%d: output of nothing", b.line)
				continue
			}
			out[len(out)-1].output = b.text
			continue
		}
		out = append(out, b)
	}
	return out
}

// sources finds the file of each block of a language, and runs try for it.
func sources(t *testing.T, lang, pattern string, try func(t *testing.T, file string, b block)) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, b := range blocks(t) {
		if b.lang != lang {
			continue
		}
		i := slices.IndexFunc(files, func(f string) bool {
			data, err := os.ReadFile(f)
			return err == nil && string(data) == b.text
		})
		if i < 0 {
			t.Errorf("README.md:%d: the block is none of %q", b.line, files)
			continue
		}
		shown = append(shown, files[i])
		t.Run(files[i], func(t *testing.T) { try(t, files[i], b) })
	}
	for _, f := range files {
		if !slices.Contains(shown, f) {
			t.Errorf("%s: not in README.md", f)
		}
	}
}

func TestGoBlocks(t *testing.T) {
	sources(t, "go", "*/main.go", func(t *testing.T, file string, b block) { program(t, filepath.Dir(file), b) })
}

// TestCBlocks compiles and translates filters as a reader would.
func TestCBlocks(t *testing.T) {
	clang, uringgen := need.Command(t, "clang-14", "clang-14"), build(t)
	sources(t, "c", "*/*.bpf.c", func(t *testing.T, file string, _ block) {
		dir := t.TempDir()
		if out, err := exec.Command(uringgen, "filter", "--cc", clang, "--package", "p", "-o", dir, file).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// program runs an example. What it prints depends on the kernel: numbers, yes
// and no may differ from what README.md shows.
func program(t *testing.T, dir string, b block) {
	var p uapi.IoUringParams
	if fd, err := uapi.Setup(1, &p); err != nil {
		if out, err := exec.Command("go", "vet", "./"+dir).CombinedOutput(); err != nil {
			t.Errorf("go vet: %v\n%s", err, out)
		}
		t.Skipf("this kernel or container forbids io_uring: %v", err)
	} else if err := syscall.Close(fd); err != nil {
		t.Error(err)
	}
	bin := filepath.Join(t.TempDir(), dir)
	compile := exec.Command("go", "build", "-o", bin, "./"+dir)
	compile.Env = append(os.Environ(), "CGO_ENABLED=0") // so that it runs in any guest
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.Command(bin).CombinedOutput()
	if err != nil && bytes.Contains(out, []byte("not supported by this kernel")) {
		t.Logf("%s: in a kernel that can: %s", dir, out)
		out, err = exec.Command("go", "run", "../vm", "-kernel", "uml", bin).Output()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if anyKernel(string(out)) != anyKernel(b.output) {
		t.Errorf("README.md:%d: the program prints\n%s\nREADME.md shows\n%s", b.line, out, b.output)
	}
}

var varies = regexp.MustCompile(`[0-9]+|true|false`)

func anyKernel(s string) string { return varies.ReplaceAllString(s, "*") }

func TestShellBlocks(t *testing.T) {
	dir := repo.Copy(t, repo.Files(t, root))
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	uringgen := build(t)
	ran := 0
	for _, b := range blocks(t) {
		if b.lang != "sh" {
			continue
		}
		var printed strings.Builder
		for line := range strings.Lines(b.text) {
			command, _, _ := strings.Cut(line, "#")
			words := strings.Fields(command)
			switch {
			case len(words) == 0:
			case words[0] == "make":
				for _, target := range words[1:] {
					if !bytes.Contains(makefile, []byte("\n"+target+":")) {
						t.Errorf("README.md:%d: make has no target %s", b.line, target)
					}
				}
			case strings.HasPrefix(command, goRun):
				printed.WriteString(shell(t, dir, b, uringgen+strings.TrimPrefix(command, goRun)))
				ran++
			default:
				t.Errorf("README.md:%d: no way to test %q", b.line, command)
			}
		}
		if b.output != "" && !shows(b.output, printed.String()) {
			t.Errorf("README.md:%d: prints\n%s\nREADME.md shows\n%s", b.line, printed.String(), b.output)
		}
	}
	if ran == 0 {
		t.Error("README.md shows no command of uringgen")
	}
}

const goRun = "go run ./cmd/uringgen"

// build makes what goRun would run, from packages that are built already: in
// the copy all would be built again.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "uringgen")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "./cmd/uringgen")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// shell runs a command as a reader would. An exit status other than 0 is an
// answer where the README says so, and a fault elsewhere.
func shell(t *testing.T, dir string, b block, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && !strings.Contains(b.text, "exits") {
		t.Errorf("README.md:%d: %s: %v\n%s", b.line, command, err, stderr.String())
	}
	return string(out)
}

// shows tells whether the README's text is what was printed. A line "..." is
// for any lines; sizes of files and times are free to differ.
func shows(text, printed string) bool {
	var pattern strings.Builder
	for i, part := range strings.Split(strip(text), "\n...\n") {
		if i > 0 {
			pattern.WriteString("\n(?:.*\n)*")
		}
		pattern.WriteString(regexp.QuoteMeta(part))
	}
	return regexp.MustCompile("^" + pattern.String() + "$").MatchString(strip(printed))
}

var free = regexp.MustCompile(` *[0-9]+ (ms|bytes)`)

func strip(s string) string {
	var b strings.Builder
	for line := range strings.Lines(free.ReplaceAllString(s, " N $1")) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return strings.TrimSpace(b.String())
}

func TestShows(t *testing.T) {
	const printed = "a 5 bytes\nb  17 bytes\nc 3 bytes\n4 records in 7 ms\n"
	for text, want := range map[string]bool{
		printed:                                   true,
		"a 99 bytes\n...\n4 records in 8 ms\n":    true,
		"a 99 bytes\n...\n5 records in 8 ms\n":    false,
		"b 17 bytes\n...\n4 records in 7 ms\n":    false,
		"a 5 bytes\n...\nc 3 bytes\n":             false,
		"a 5 bytes\nc 3 bytes\n4 records in 7 ms": false,
	} {
		if shows(text, printed) != want {
			t.Errorf("%q: %v, want %v", text, !want, want)
		}
	}
}
