package author_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen"
)

// Members in which kernels differ go to the operations of their payload.
func TestMembers(t *testing.T) {
	table := "member | bits | warning\nopen.mode | 1 | never\n"
	if _, err := gen.NewAuthor(withTable(t, "members.tbl", table)); err == nil || !strings.HasPrefix(err.Error(), "members.tbl:2: struct io_uring_bpf_ctx has no member open.mode of 32 bits") {
		t.Errorf("a member of 64 bits: error %v", err)
	}
	table = "member | bits | warning\nsocket.type | 0x1ffffffff | never\n"
	if _, err := gen.NewAuthor(withTable(t, "members.tbl", table)); err == nil || !strings.HasPrefix(err.Error(), "members.tbl:2: bits are ") {
		t.Errorf("bits that do not fit: error %v", err)
	}
	table = "member | bits | warning\nsocket.type | 0xf | one\nsocket.protocol | 0xff | two\n"
	for _, op := range read(t, withTable(t, "members.tbl", table)).Operations() {
		var want []gen.OperationMember
		if op.Name == "socket" {
			want = []gen.OperationMember{{Offset: 20, Bits: 0xf, Warning: "one"}, {Offset: 24, Bits: 0xff, Warning: "two"}}
		}
		if !slices.Equal(op.Members, want) {
			t.Errorf("%s: %v, want %v", op.Name, op.Members, want)
		}
	}
}

// Payloads are there always, but for that of connects, which 7.2 brought.
func TestAlways(t *testing.T) {
	for _, op := range read(t, pinned()).Operations() {
		if want := slices.Contains([]string{"socket", "openat", "openat2"}, op.Name); op.Always != want {
			t.Errorf("%s: always %v, want %v", op.Name, op.Always, want)
		}
	}
}
