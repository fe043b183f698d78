//go:build linux

package ring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// tempFile is an open file with some content.
func tempFile(t testing.TB, content string) (*os.File, int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, int(f.Fd())
}

// holds checks the content of a file.
func holds(t testing.TB, f *os.File, want string) {
	t.Helper()
	if got, err := os.ReadFile(f.Name()); err != nil || string(got) != want {
		t.Fatalf("the file holds %.100q, %v; want %.100q", got, err, want)
	}
}

// refused checks that a request ends with one of some errors.
func refused(t testing.TB, r *Ring, prep func(*SQE), want ...error) {
	t.Helper()
	c := one(t, r, prep)
	for _, err := range want {
		if errors.Is(c.Err(), err) {
			return
		}
	}
	t.Fatalf("%v: %d, %v; want %v", c.Op, c.Res, c.Err(), want)
}

func TestReadAndWrite(t *testing.T) {
	r := newRing(t, 8, nil)
	f, fd := tempFile(t, "0123456789")
	if n := ok(t, r, func(s *SQE) { s.Write(fd, []byte("AB"), 3) }); n != 2 {
		t.Fatal(n)
	}
	holds(t, f, "012AB56789")
	buf := make([]byte, 4)
	for i, want := range []string{"012A", "B567", "89"} {
		if n := ok(t, r, func(s *SQE) { s.Read(fd, buf, -1) }); string(buf[:n]) != want {
			t.Fatalf("read %d at the file's position: %q", i, buf[:n])
		}
	}
	if n := ok(t, r, func(s *SQE) { s.Read(fd, nil, 0) }); n != 0 {
		t.Fatal(n)
	}
	if n := ok(t, r, func(s *SQE) { s.Writev(fd, [][]byte{[]byte("xy"), nil, []byte("z")}, 1) }); n != 3 {
		t.Fatal(n)
	}
	holds(t, f, "0xyzB56789")
	a, b := make([]byte, 3), make([]byte, 5)
	if n := ok(t, r, func(s *SQE) { s.Readv(fd, [][]byte{a, b}, 1) }); n != 8 || string(a) != "xyz" || string(b) != "B5678" {
		t.Fatalf("%d %q %q", n, a, b)
	}
	ok(t, r, func(s *SQE) { s.Write(fd, []byte("end"), 0); s.SetRWFlags(unix.RWF_APPEND) })
	holds(t, f, "0xyzB56789end")
	refused(t, r, func(s *SQE) { s.Read(-1, buf, 0) }, syscall.EBADF)
}

func TestSizeAndSync(t *testing.T) {
	r := newRing(t, 8, nil)
	f, fd := tempFile(t, "content")
	ok(t, r, func(s *SQE) { s.Fsync(fd, uapi.IORING_FSYNC_DATASYNC) })
	ok(t, r, func(s *SQE) { s.SyncFileRange(fd, 0, 4, unix.SYNC_FILE_RANGE_WRITE) })
	refused(t, r, func(s *SQE) { s.SyncFileRange(fd, 0, 4, 1<<20) }, syscall.EINVAL)
	ok(t, r, func(s *SQE) { s.Fadvise(fd, 0, 0, unix.FADV_SEQUENTIAL) })
	refused(t, r, func(s *SQE) { s.Fadvise(fd, 0, 0, 99) }, syscall.EINVAL)
	ok(t, r, func(s *SQE) { s.Fallocate(fd, 0, 5, 15) })
	holds(t, f, "content"+strings.Repeat("\x00", 13))
	ok(t, r, func(s *SQE) { s.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 1, 2) })
	holds(t, f, "c\x00\x00tent"+strings.Repeat("\x00", 13))
}

func TestFtruncate(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_FTRUNCATE)
	f, fd := tempFile(t, "content")
	ok(t, r, func(s *SQE) { s.Ftruncate(fd, 4) })
	holds(t, f, "cont")
	ok(t, r, func(s *SQE) { s.Ftruncate(fd, 1<<33) })
	if st, err := f.Stat(); err != nil || st.Size() != 1<<33 {
		t.Fatal(st, err)
	}
}

// TestAdviseMuch has lengths beyond 32 bits.
func TestAdviseMuch(t *testing.T) {
	r := newRing(t, 8, nil)
	_, fd := tempFile(t, "")
	needForm(t, "advice on 4 GiB and more", "6.11", r, func(s *SQE) { s.Fadvise(fd, 0, 1<<32, unix.FADV_RANDOM) }, syscall.EINVAL)
	refused(t, r, func(s *SQE) { s.Fadvise(fd, 0, 1<<32, 99) }, syscall.EINVAL)
	ok(t, r, func(s *SQE) { s.Madvise(reserve, unix.MADV_RANDOM) })
}

func TestMadvise(t *testing.T) {
	r := newRing(t, 8, nil)
	mem, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mem) }()
	full := bytes.Repeat([]byte{7}, page)
	for i := range mem {
		mem[i] = 7
	}
	ok(t, r, func(s *SQE) { s.Madvise(mem[page:2*page], unix.MADV_DONTNEED) })
	if !bytes.Equal(mem[:page], full) || !bytes.Equal(mem[page:2*page], make([]byte, page)) || !bytes.Equal(mem[2*page:], full) {
		t.Fatal("not the middle page was emptied")
	}
	// As the kernel rounds up, this would empty what lies behind the slice.
	for _, advice := range []int{unix.MADV_DONTNEED, unix.MADV_FREE, unix.MADV_REMOVE, 12345} {
		wrong(t, r, "mem", func(s *SQE) { s.Madvise(mem[:page/2], advice) })
	}
	ok(t, r, func(s *SQE) { s.Madvise(mem[:page/2], unix.MADV_WILLNEED) })
	refused(t, r, func(s *SQE) { s.Madvise(mem[1:1+page], unix.MADV_DONTNEED) }, syscall.EINVAL)
}

// registered is two pages, of which the first is a registered buffer.
func registered(t testing.TB, r *Ring) []byte {
	t.Helper()
	mem := make([]byte, 2*page)
	v := []syscall.Iovec{{Base: &mem[0]}}
	v[0].SetLen(page)
	if err := uapi.RegisterBuffers(r.FD(), v); err != nil {
		t.Fatal(err)
	}
	return mem
}

func TestFixedBuffers(t *testing.T) {
	r := newRing(t, 8, nil)
	f, fd := tempFile(t, "0123456789")
	mem := registered(t, r)
	if n := ok(t, r, func(s *SQE) { s.ReadFixed(fd, mem[4:9], 2, 0) }); n != 5 || string(mem[4:9]) != "23456" {
		t.Fatalf("%d %q", n, mem[:16])
	}
	copy(mem, "AB")
	ok(t, r, func(s *SQE) { s.WriteFixed(fd, mem[:2], 8, 0) })
	holds(t, f, "01234567AB")
	refused(t, r, func(s *SQE) { s.ReadFixed(fd, mem[page:], 0, 0) }, syscall.EFAULT)
	refused(t, r, func(s *SQE) { s.ReadFixed(fd, mem[:2], 0, 1) }, syscall.EFAULT)
}

func TestFixedVectors(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_READV_FIXED, uapi.IORING_OP_WRITEV_FIXED)
	f, fd := tempFile(t, "0123456789")
	mem := registered(t, r)
	copy(mem, "AB..CD")
	ok(t, r, func(s *SQE) { s.WritevFixed(fd, [][]byte{mem[:2], mem[4:6]}, 4, 0) })
	holds(t, f, "0123ABCD89")
	ok(t, r, func(s *SQE) { s.ReadvFixed(fd, [][]byte{mem[100:102], mem[200:203]}, 5, 0) })
	if string(mem[100:102]) != "BC" || string(mem[200:203]) != "D89" {
		t.Fatalf("%q %q", mem[100:104], mem[200:204])
	}
	refused(t, r, func(s *SQE) { s.ReadvFixed(fd, [][]byte{mem[:2], mem[page:]}, 0, 0) }, syscall.EFAULT)
}

// TestReadAttributes has no device with protection information: the kernel
// must refuse what it was asked for.
func TestReadAttributes(t *testing.T) {
	r := newRing(t, 8, nil)
	_, fd := tempFile(t, strings.Repeat("x", 2*page))
	buf := make([]byte, page)
	kernelNeeds(t, "attributes of reads", "6.14", func() error {
		if r.Features()&uapi.IORING_FEAT_RW_ATTR == 0 {
			return errors.New("no IORING_FEAT_RW_ATTR")
		}
		return nil
	})
	refused(t, r, func(s *SQE) { s.Read(fd, buf, 0); s.SetPI(buf[:64], uapi.IoUringAttrPi{}) }, syscall.EINVAL, syscall.EOPNOTSUPP)
}

// TestWriteStream has no device with streams, and files ignore them.
func TestWriteStream(t *testing.T) {
	r := newRing(t, 8, nil)
	f, fd := tempFile(t, "")
	ok(t, r, func(s *SQE) { s.Write(fd, []byte("stream 0"), 0); s.SetWriteStream(0) })
	holds(t, f, "stream 0")
}

func TestNopFlags(t *testing.T) {
	r := newRing(t, 8, nil)
	inject := func(s *SQE) { s.NopFlags(uapi.IORING_NOP_INJECT_RESULT, -int32(syscall.ENOANO), -1, 0) }
	kernelNeeds(t, "a nop with a result", "6.10", func() error {
		if c := one(t, r, inject); c.Res != -int32(syscall.ENOANO) {
			return errors.New("the result is not the one asked for")
		}
		return nil
	})
	refused(t, r, inject, syscall.ENOANO)
}

func TestNopFile(t *testing.T) {
	r := newRing(t, 8, nil)
	_, fd := tempFile(t, "")
	needForm(t, "a nop with a file", "6.13", r, func(s *SQE) { s.NopFlags(uapi.IORING_NOP_FILE, 0, fd, 0) }, syscall.EINVAL)
	refused(t, r, func(s *SQE) { s.NopFlags(uapi.IORING_NOP_FILE, 0, -1, 0) }, syscall.EBADF)
	refused(t, r, func(s *SQE) { s.NopFlags(uapi.IORING_NOP_FIXED_BUFFER, 0, -1, 9) }, syscall.EFAULT)
}
