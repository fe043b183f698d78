//go:build linux

package ring

import (
	"fmt"
	"math"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Entries of a list of descriptors that are none.
const (
	NoFile   = -1                              // leaves the slot empty, or empties it
	KeepFile = uapi.IORING_REGISTER_FILES_SKIP // leaves the slot as it is, in updates; since Linux 5.12
)

var (
	fileRemedies = map[syscall.Errno]string{
		syscall.EBUSY:     "the ring has a file table: use UpdateFiles, or UnregisterFiles first",
		syscall.ENXIO:     "the ring has no file table: call RegisterFiles or RegisterSparseFiles first",
		syscall.EMFILE:    "raise RLIMIT_NOFILE, which limits the table's length, too, or register fewer files",
		syscall.EBADF:     "a descriptor is not open, or is a ring's own",
		syscall.EINVAL:    "slots must be within the table, and empty ones have no tag",
		syscall.EOVERFLOW: "slots must be within the table",
	}
	registerFiles   = registration{"RegisterFiles", uapi.IORING_REGISTER_FILES, fileRemedies}
	registerFiles2  = registration{"RegisterFiles", uapi.IORING_REGISTER_FILES2, fileRemedies}
	sparseFiles     = registration{"RegisterSparseFiles", uapi.IORING_REGISTER_FILES2, fileRemedies}
	updateFiles     = registration{"UpdateFiles", uapi.IORING_REGISTER_FILES_UPDATE, fileRemedies}
	updateFiles2    = registration{"UpdateFiles", uapi.IORING_REGISTER_FILES_UPDATE2, fileRemedies}
	limitFiles      = registration{"SetFileRange", uapi.IORING_REGISTER_FILE_ALLOC_RANGE, fileRemedies}
	unregisterFiles = registration{"UnregisterFiles", uapi.IORING_UNREGISTER_FILES, fileRemedies}
)

// RegisterFiles makes files the ring's file table: requests with
// IOSQE_FIXED_FILE, or SetDirect, name a file by its slot, which spares the
// kernel looking up the descriptor each time. NoFile leaves a slot empty. The
// kernel holds the files itself: descriptors may be closed afterwards.
//
// tags is nil or has a tag for each slot: when a file has left the table and
// no request uses it any more, a completion comes with the tag as UserData and
// no Op; before Linux 6.13 only where an update took the file out. 0 asks for
// none; bit 63 is the ring's.
//
// EBUSY: there is a table already. EMFILE: more slots than RLIMIT_NOFILE.
//
// IORING_REGISTER_FILES, since Linux 5.1; IORING_REGISTER_FILES2, for tags,
// since 5.13; io_uring_register(2).
func (r *Ring) RegisterFiles(files []int, tags []uint64) error {
	g := &registerFiles
	if tags != nil {
		g = &registerFiles2
	}
	fds, err := g.files(r, files, tags, NoFile)
	if err != nil {
		return err
	}
	if tags != nil {
		return g.failed(uapi.RegisterFilesTags(r.raw.fd, fds, tags))
	}
	return g.failed(uapi.RegisterFiles(r.raw.fd, fds))
}

// RegisterSparseFiles makes a file table of n empty slots, for UpdateFiles and
// for requests with SetDirect. Errors are those of RegisterFiles.
//
// IORING_REGISTER_FILES2, in this form since Linux 5.19.
func (r *Ring) RegisterSparseFiles(n uint32) error {
	g := &sparseFiles
	if err := g.begin(r); err != nil {
		return err
	}
	if n == 0 {
		return g.wrong("n", "is 0", "a table has at least one slot")
	}
	return g.sparse(uapi.RegisterFilesSparse(r.raw.fd, n), probeSparseFiles)
}

// UpdateFiles changes the file table from slot on, and returns how many slots
// were changed, which is fewer than asked for if a later one was refused. A
// request that was submitted keeps the file that it began with. tags are as in
// RegisterFiles, and need Linux 5.13. ENXIO: there is no table.
//
// IORING_REGISTER_FILES_UPDATE, since Linux 5.5. FilesUpdate of SQE does this
// as a request.
func (r *Ring) UpdateFiles(slot uint32, files []int, tags []uint64) (int, error) {
	g := &updateFiles
	if tags != nil {
		g = &updateFiles2
	}
	fds, err := g.files(r, files, tags, KeepFile)
	if err != nil {
		return 0, err
	}
	var n int
	if tags != nil {
		n, err = uapi.RegisterFilesUpdateTags(r.raw.fd, slot, fds, tags)
	} else {
		n, err = uapi.RegisterFilesUpdate(r.raw.fd, slot, fds)
	}
	return max(n, 0), g.failed(err)
}

// SetFileRange limits AnySlot to n slots from first on. Until then it takes any
// of the table. EINVAL, EOVERFLOW: not within the table.
//
// IORING_REGISTER_FILE_ALLOC_RANGE, since Linux 6.0.
func (r *Ring) SetFileRange(first, n uint32) error {
	g := &limitFiles
	if err := g.begin(r); err != nil {
		return err
	}
	return g.failed(uapi.RegisterFileAllocRange(r.raw.fd, first, n))
}

// UnregisterFiles gives up the file table. Requests in flight keep their files,
// and before Linux 6.13 it waits for them. ENXIO: there is no table.
//
// IORING_UNREGISTER_FILES, since Linux 5.1.
func (r *Ring) UnregisterFiles() error {
	g := &unregisterFiles
	if err := g.begin(r); err != nil {
		return err
	}
	return g.failed(untilDone(func() error { return uapi.UnregisterFiles(r.raw.fd) }))
}

// files checks descriptors and tags, and gives the former the kernel's size.
func (g *registration) files(r *Ring, files []int, tags []uint64, least int) ([]int32, error) {
	if err := g.begin(r); err != nil {
		return nil, err
	}
	if err := g.list("files", len(files), tags); err != nil {
		return nil, err
	}
	fds := make([]int32, len(files))
	for i, fd := range files {
		if fd < least || fd > math.MaxInt32 {
			return nil, g.wrong("files", fmt.Sprintf("has %d at %d", fd, i), "use open descriptors and NoFile, in updates KeepFile, too")
		}
		fds[i] = int32(fd)
	}
	return fds, nil
}
