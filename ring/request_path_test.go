//go:build linux

package ring

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// tempFolder is a folder and a descriptor of it.
func tempFolder(t testing.TB) (string, int) {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return dir, int(f.Fd())
}

// folderWith is a folder with a file "a" that has some content.
func folderWith(t testing.TB, content string) (dirfd int) {
	t.Helper()
	dir, dirfd := tempFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dirfd
}

func TestPaths(t *testing.T) {
	r := newRing(t, 8, nil)
	dir, dirfd := tempFolder(t)
	needOps(t, r, uapi.IORING_OP_MKDIRAT, uapi.IORING_OP_SYMLINKAT, uapi.IORING_OP_LINKAT)
	defer syscall.Umask(syscall.Umask(0))

	ok(t, r, func(s *SQE) { s.Mkdirat(dirfd, "folder", 0o710) })
	if st, err := os.Stat(filepath.Join(dir, "folder")); err != nil || !st.IsDir() || st.Mode().Perm() != 0o710 {
		t.Fatal(st, err)
	}
	fd := ok(t, r, func(s *SQE) {
		s.Openat(dirfd, "folder/a", unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o604)
	})
	ok(t, r, func(s *SQE) { s.Write(fd, []byte("hello"), 0) })
	ok(t, r, func(s *SQE) { s.Close(fd) })
	refused(t, r, func(s *SQE) { s.Close(fd) }, syscall.EBADF)

	ok(t, r, func(s *SQE) { s.Linkat(dirfd, "folder/a", CWD, filepath.Join(dir, "b"), 0) })
	var st unix.Statx_t
	ok(t, r, func(s *SQE) { s.Statx(dirfd, "b", 0, unix.STATX_BASIC_STATS, &st) })
	if st.Size != 5 || st.Nlink != 2 || st.Mode != unix.S_IFREG|0o604 || st.Mask&unix.STATX_SIZE == 0 {
		t.Fatalf("%+v", st)
	}
	ok(t, r, func(s *SQE) { s.Symlinkat("folder/a", dirfd, "link") })
	if to, err := os.Readlink(filepath.Join(dir, "link")); err != nil || to != "folder/a" {
		t.Fatal(to, err)
	}
	refused(t, r, func(s *SQE) { s.Renameat(dirfd, "b", dirfd, "link", unix.RENAME_NOREPLACE) }, syscall.EEXIST)
	ok(t, r, func(s *SQE) { s.Renameat(dirfd, "b", dirfd, "c", 0) })
	if got, err := os.ReadFile(filepath.Join(dir, "c")); err != nil || string(got) != "hello" {
		t.Fatal(got, err)
	}
	refused(t, r, func(s *SQE) { s.Unlinkat(dirfd, "folder", 0) }, syscall.EISDIR)
	ok(t, r, func(s *SQE) { s.Unlinkat(dirfd, "folder/a", 0) })
	ok(t, r, func(s *SQE) { s.Unlinkat(dirfd, "folder", unix.AT_REMOVEDIR) })
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Fatal(left)
	}
}

// TestPathsThatAreTooLong are the kernel's to refuse.
func TestPathsThatAreTooLong(t *testing.T) {
	r := newRing(t, 8, nil)
	_, dirfd := tempFolder(t)
	for _, n := range []int{pathMax, pathMax + 1, 1 << 20} {
		long := strings.Repeat("./", n/2) + strings.Repeat("x", n%2)
		refused(t, r, func(s *SQE) { s.Openat(dirfd, long, unix.O_RDONLY, 0) }, syscall.ENAMETOOLONG)
	}
	refused(t, r, func(s *SQE) { s.Openat(dirfd, "", unix.O_RDONLY, 0) }, syscall.ENOENT)
	fit := strings.Repeat("./", pathMax/2-1) + "."
	fd := ok(t, r, func(s *SQE) { s.Openat(dirfd, fit, unix.O_PATH, 0) })
	unix.Close(fd)
}

func TestOpenat2(t *testing.T) {
	r := newRing(t, 8, nil)
	dirfd := folderWith(t, "inside")
	fd := ok(t, r, func(s *SQE) { s.Openat2(dirfd, "a", uapi.OpenHow{Resolve: unix.RESOLVE_BENEATH}) })
	defer unix.Close(fd)
	buf := make([]byte, 10)
	if n := ok(t, r, func(s *SQE) { s.Read(fd, buf, 0) }); string(buf[:n]) != "inside" {
		t.Fatalf("%q", buf[:n])
	}
	refused(t, r, func(s *SQE) { s.Openat2(dirfd, "../a", uapi.OpenHow{Resolve: unix.RESOLVE_BENEATH}) }, syscall.EXDEV)
	refused(t, r, func(s *SQE) { s.Openat2(dirfd, "a", uapi.OpenHow{Flags: 1 << 60}) }, syscall.EINVAL)
	path := ok(t, r, func(s *SQE) { s.Openat2(dirfd, "a", uapi.OpenHow{Flags: unix.O_PATH}) })
	unix.Close(path)
}

// TestDirectDescriptors opens files into the ring's table.
func TestDirectDescriptors(t *testing.T) {
	r := newRing(t, 8, nil)
	dirfd := folderWith(t, "file a")
	kernelNeeds(t, "tables of empty slots", "5.19", func() error { return uapi.RegisterFilesSparse(r.FD(), 4) })
	read := func(slot int, want string) {
		t.Helper()
		buf := make([]byte, 10)
		n := ok(t, r, func(s *SQE) { s.Read(slot, buf, 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
		if string(buf[:n]) != want {
			t.Fatalf("slot %d holds %q", slot, buf[:n])
		}
	}
	ok(t, r, func(s *SQE) { s.Openat(dirfd, "a", unix.O_RDONLY, 0); s.SetDirect(2) })
	read(2, "file a")
	slot := ok(t, r, func(s *SQE) { s.Openat2(dirfd, "a", uapi.OpenHow{}); s.SetDirect(AnySlot) })
	if slot == 2 || slot > 3 {
		t.Fatal(slot)
	}
	read(slot, "file a")
	ok(t, r, func(s *SQE) { s.CloseDirect(2) })
	refused(t, r, func(s *SQE) { s.Read(2, make([]byte, 1), 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) }, syscall.EBADF)
	refused(t, r, func(s *SQE) { s.CloseDirect(2) }, syscall.EBADF)
	refused(t, r, func(s *SQE) { s.Openat(dirfd, "a", unix.O_CLOEXEC, 0); s.SetDirect(1) }, syscall.EINVAL)
}

func TestAttributes(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SETXATTR)
	f, fd := tempFile(t, "")
	path := f.Name()
	name := "user.test"
	if err := unix.Fsetxattr(fd, name, []byte("x"), 0); err != nil {
		name = "trusted.test" // of root, where the file system has no user's
	}
	kernelNeeds(t, "extended attributes on the file system of "+path, "6.6", func() error { return unix.Fsetxattr(fd, name, []byte("x"), 0) })

	value := make([]byte, 100)
	ok(t, r, func(s *SQE) { s.Setxattr(path, name, []byte("first"), unix.XATTR_REPLACE) })
	if n := ok(t, r, func(s *SQE) { s.Fgetxattr(fd, name, value) }); string(value[:n]) != "first" {
		t.Fatalf("%q", value[:n])
	}
	ok(t, r, func(s *SQE) { s.Fsetxattr(fd, name, []byte("second"), 0) })
	if n := ok(t, r, func(s *SQE) { s.Getxattr(path, name, value) }); string(value[:n]) != "second" {
		t.Fatalf("%q", value[:n])
	}
	if n := ok(t, r, func(s *SQE) { s.Getxattr(path, name, nil) }); n != 6 {
		t.Fatal(n)
	}
	refused(t, r, func(s *SQE) { s.Getxattr(path, name, value[:2]) }, syscall.ERANGE)
	refused(t, r, func(s *SQE) { s.Setxattr(path, name, nil, unix.XATTR_CREATE) }, syscall.EEXIST)
	refused(t, r, func(s *SQE) { s.Getxattr(path, name+strings.Repeat("x", 300), value) }, syscall.ERANGE)
	if !bytes.Equal(value[:6], []byte("second")) {
		t.Fatalf("%q", value[:6])
	}
}
