package console_test

import (
	"testing"

	"github.com/uringgen/uringgen/tests/vm/internal/console"
)

func TestTrouble(t *testing.T) {
	for line, want := range map[string]bool{
		"[    1.2] WARNING: CPU: 0 PID: 1 at io_uring/io_uring.c:10 f+0x1/0x2":         true,
		"[    1.2][    T1] BUG: kernel NULL pointer dereference, address: 0":           true,
		"<4>[    1.2] Oops: 0000 [#1] PREEMPT SMP":                                     true,
		"[   21.0] rcu: INFO: rcu_preempt self-detected stall on CPU":                  true,
		"[   99.0] INFO: task x:12 blocked for more than 120 seconds.":                 true,
		"Kernel panic - not syncing: Attempted to kill init!":                          true,
		"[    0.0] Linux version 7.3.4+deb13-cloud-amd64 (WARNING: no)":                false,
		"[    0.0] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on":   false,
		"[    0.1] x86/mm: Checked W+X mappings: passed, no W+X pages found.":          false,
		"ok: BUG: is a word in a test's own output":                                    false,
		"[    2.0] traps: prog[12] general protection fault ip:1 sp:2 error:0 in prog": false,
		"[    1.0] ------------[ cut here ]------------":                               false,
		"[    0.2] Unprivileged use of io_uring is not restricted":                     false,
	} {
		if got := len(console.Trouble(line, 0)) == 1; got != want {
			t.Errorf("%q: trouble %v, want %v", line, got, want)
		}
	}
}

func TestTroubleContext(t *testing.T) {
	got := console.Trouble("a\nBUG: x\nb\nc\nd\nWARNING: y\n", 2)
	if len(got) != 2 || got[0] != "BUG: x\nb\nc" || got[1] != "WARNING: y" {
		t.Errorf("%q", got)
	}
}
