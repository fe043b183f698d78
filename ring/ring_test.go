//go:build linux

package ring

import (
	"os"
	"path/filepath"
	"testing"
)

func newRing(t testing.TB, entries uint32, o *Options) *Ring {
	t.Helper()
	r, err := New(entries, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestNop(t *testing.T) {
	r := newRing(t, 8, nil)
	t.Logf("%+v", r.Info())
	for round := range 100 {
		for i := range 8 {
			s := r.Next()
			s.Nop()
			s.SetUserData(uint64(round*8 + i))
		}
		if r.Next() != nil {
			t.Fatal("a full queue handed out an entry")
		}
		n, err := r.SubmitAndWait(8)
		if n != 8 || err != nil {
			t.Fatal(n, err)
		}
		i := 0
		for c := range r.Completions() {
			if c.UserData != uint64(round*8+i) || c.Res != 0 || c.Op != 0 {
				t.Fatalf("round %d: completion %d is %+v", round, i, c)
			}
			i++
		}
		if i != 8 {
			t.Fatalf("%d completions", i)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("hello, ring"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := newRing(t, 8, nil)
	buf := make([]byte, 64)
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	s.Read(int(f.Fd()), buf, 0)
	if _, err := r.SubmitAndWait(1); err != nil {
		t.Fatal(err)
	}
	for c := range r.Completions() {
		if string(buf[:c.Res]) != "hello, ring" {
			t.Fatalf("%+v %q", c, buf)
		}
	}
}
