//go:build linux

package ring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// direct opens a file for direct I/O on the device below the working
// directory; nil where the file system has none.
func direct(t *testing.T, content []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "direct")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_DIRECT|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Logf("no direct I/O: %v", err)
		return nil
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	return f
}

// Reads and writes on a ring that polls the device, or where there is none that
// can be polled the kernel's word for it: never a hang.
func TestIOPoll(t *testing.T) {
	for _, flags := range []uapi.SetupFlags{0, uapi.IORING_SETUP_HYBRID_IOPOLL, uapi.IORING_SETUP_SQPOLL} {
		t.Run(flags.String(), func(t *testing.T) {
			needSetup(t, flags)
			r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_IOPOLL | flags})
			block := mapped(t, 8192, 0)
			f := direct(t, bytes.Repeat([]byte("0123456789abcdef"), 512))
			if f == nil {
				get(t, r).Read(0, block, 0) // of no use for polling
				c := limited(t, r)
				fails(t, c.Err(), syscall.EOPNOTSUPP)
				return
			}
			for round := range 20 {
				get(t, r).Read(int(f.Fd()), block[:4096], 4096)
				c := limited(t, r)
				if errors.Is(c.Err(), syscall.EOPNOTSUPP) {
					t.Logf("the device cannot be polled: %v", c.Err())
					return
				}
				if c.Res != 4096 || string(block[:16]) != "0123456789abcdef" && round == 0 {
					t.Fatalf("%+v, %q", c, block[:16])
				}
				block[0] = byte(round)
				get(t, r).Write(int(f.Fd()), block[:4096], 4096)
				if c := limited(t, r); c.Res != 4096 {
					t.Fatalf("%+v", c)
				}
				clear(block)
				get(t, r).Read(int(f.Fd()), block[4096:], 4096)
				if c := limited(t, r); c.Res != 4096 || block[4096] != byte(round) {
					t.Fatalf("%+v, %d", c, block[4096])
				}
			}
		})
	}
}

// limited is the next completion, within a time.
func limited(t *testing.T, r *Ring) CQE {
	t.Helper()
	if _, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	for c := range r.Completions() {
		return c
	}
	t.Fatal("no completion")
	return CQE{}
}

// A limit of time ends a wait on such a ring, too, where the kernel has none,
// and what cannot be polled is refused.
func TestIOPollLimits(t *testing.T) {
	r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_IOPOLL})
	start := time.Now()
	_, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 30 * time.Millisecond})
	if fails(t, err, ErrTimeout); time.Since(start) < 30*time.Millisecond {
		t.Errorf("a wait of %v", time.Since(start))
	}
	if r.Features()&uapi.IORING_FEAT_MIN_TIMEOUT != 0 {
		_, err = r.SubmitAndWaitLimits(1, Limits{MinWait: time.Millisecond})
		argument(t, err)
	}
	from, _ := filePipe(t)
	get(t, r).Read(int(from.Fd()), make([]byte, 1), -1)
	if c := limited(t, r); c.Res >= 0 {
		t.Errorf("a pipe was polled: %+v", c)
	} else {
		t.Log(c.Err())
	}
}
