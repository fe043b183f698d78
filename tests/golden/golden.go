// Package golden holds what kernels answered when their io_uring filters and
// restrictions were probed: a line a question, for each kernel that was
// booted. Debian drops old kernels as new ones come; what we claim of those
// rests on these answers.
package golden

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed answers/*.tsv
var files embed.FS

// Releases lists the kernels, as "7.3.4"; user-mode Linux ends in "-um".
func Releases() []string {
	names, err := fs.Glob(files, "answers/*.tsv")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, "answers/"), ".tsv")
	}
	slices.Sort(names)
	return names
}

// Answers are a kernel's, by question.
func Answers(release string) (map[string]string, error) {
	text, err := files.ReadFile("answers/" + release + ".tsv")
	if err != nil {
		return nil, fmt.Errorf("no recorded answers of kernel %s; there are %v", release, Releases())
	}
	answers := map[string]string{}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		question, answer, ok := strings.Cut(line, "\t")
		if _, twice := answers[question]; !ok || twice {
			return nil, fmt.Errorf("answers/%s.tsv:%d: want a question of its own, a tab and an answer", release, i+1)
		}
		answers[question] = answer
	}
	return answers, nil
}
