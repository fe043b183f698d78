package golden_test

import (
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/golden"
)

// Each kernel was asked the same questions; the second, shorter list was not
// put to 6.12, 7.0.4 and 7.1.
func TestSameQuestions(t *testing.T) {
	all, err := golden.Answers("7.3.4")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range golden.Releases() {
		a, err := golden.Answers(r)
		if err != nil {
			t.Error(err)
			continue
		}
		for q := range a {
			if _, ok := all[q]; !ok {
				t.Errorf("%s was asked what 7.3.4 was not: %q", r, q)
			}
		}
		if len(a) < 191 || len(a) > len(all) {
			t.Errorf("%s: %d answers", r, len(a))
		}
	}
}

// What we say differs between kernels does, and where they changed.
func TestDifferences(t *testing.T) {
	releases := []string{"6.12.117", "7.0.13", "7.1.13", "7.2.13", "7.3.4"}
	for _, row := range []struct {
		question string
		answers  [5]string // a part of each
	}{
		{"register 37 arg NULL fd -1 as root", [5]string{"-EINVAL", "-EFAULT", "-EFAULT", "-EFAULT", "-EFAULT"}},
		{"query (fd -1) OPCODES", [5]string{"-EINVAL", "3 queries", "3 queries", "4 queries", "4 queries"}},
		{"ctx CONNECT pdu 24 127.0.0.9:0x1234", [5]string{"", "-EMSGSIZE", "-EMSGSIZE", "8:00180010", "8:00180010"}},
		{"ctx SOCKET inet6 dgram|cloexec|nonblock udp", [5]string{"", "20:00080802", "20:00080802", "20:00080802", "20:00000002"}},
		{"task filter added after ring creation (2nd filter)", [5]string{"", "old ring NOP -EACCES", "old ring NOP -EACCES", "old ring NOP -EACCES", "old ring NOP 0"}},
		{"restr task REGISTER_OP only FILES: task filter / ring filter / NOP", [5]string{"", "0 0 ", "0 0 ", "0 0 ", "0 -EACCES"}},
	} {
		for i, r := range releases {
			a, err := golden.Answers(r)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := a[row.question]; !ok || !strings.Contains(got, row.answers[i]) {
				t.Errorf("%s, %q: %q, want …%s…", r, row.question, got, row.answers[i])
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	if _, err := golden.Answers("1.0"); err == nil || !strings.Contains(err.Error(), "7.3.4") {
		t.Errorf("got %v", err)
	}
}
