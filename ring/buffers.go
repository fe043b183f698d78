//go:build linux

package ring

import (
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

var (
	bufferRemedies = map[syscall.Errno]string{
		syscall.EBUSY:      "the ring has a table of buffers: use UpdateBuffers, or UnregisterBuffers first",
		syscall.ENXIO:      "the ring has no table of buffers: call RegisterBuffers or RegisterSparseBuffers first",
		syscall.EFAULT:     "a buffer has at most 1 GiB, and is mapped for reading and writing",
		syscall.EOPNOTSUPP: "memory of a file cannot be registered",
		syscall.EINVAL:     "indexes must be within the table, of at most 16384 buffers, and empty ones have no tag",
		syscall.EOVERFLOW:  "the tables are not that long",
	}
	registerBuffers   = registration{"RegisterBuffers", uapi.IORING_REGISTER_BUFFERS, bufferRemedies}
	registerBuffers2  = registration{"RegisterBuffers", uapi.IORING_REGISTER_BUFFERS2, bufferRemedies}
	sparseBuffers     = registration{"RegisterSparseBuffers", uapi.IORING_REGISTER_BUFFERS2, bufferRemedies}
	updateBuffers     = registration{"UpdateBuffers", uapi.IORING_REGISTER_BUFFERS_UPDATE, bufferRemedies}
	unregisterBuffers = registration{"UnregisterBuffers", uapi.IORING_UNREGISTER_BUFFERS, bufferRemedies}
)

// RegisterBuffers makes buffers the ring's table of registered buffers, which
// ReadFixed and others name by index: the kernel looks up and pins their pages
// once instead of for each request. An empty one leaves its index without a
// buffer, since Linux 5.13. The ring holds the buffers until they have left the
// table and no request in flight can use them.
//
// tags are as in RegisterFiles: with the completion that has it as UserData,
// the kernel no longer uses the buffer, on this ring or a clone.
//
// At most 16384 buffers (1024 before Linux 5.13) of 1 GiB each. They count
// against RLIMIT_MEMLOCK (ENOMEM) unless the process has CAP_IPC_LOCK. EBUSY:
// there is a table already.
//
// IORING_REGISTER_BUFFERS, since Linux 5.1; IORING_REGISTER_BUFFERS2, for tags,
// since 5.13; io_uring_register(2).
func (r *Ring) RegisterBuffers(buffers [][]byte, tags []uint64) error {
	g := &registerBuffers
	if tags != nil {
		g = &registerBuffers2
	}
	vec, err := g.buffers(r, buffers, tags)
	if err != nil {
		return err
	}
	if tags != nil {
		err = uapi.RegisterBuffersTags(r.raw.fd, vec, tags)
	} else {
		err = uapi.RegisterBuffers(r.raw.fd, vec)
	}
	if err != nil {
		return g.failed(err)
	}
	r.resources.buffers = slices.Clone(buffers)
	return nil
}

// RegisterSparseBuffers makes a table of n buffers that are still to come, with
// UpdateBuffers or CloneBuffers. Errors are those of RegisterBuffers.
//
// IORING_REGISTER_BUFFERS2, in this form since Linux 5.19.
func (r *Ring) RegisterSparseBuffers(n uint32) error {
	g := &sparseBuffers
	if err := g.begin(r); err != nil {
		return err
	}
	if n == 0 {
		return g.wrong("n", "is 0", "a table has at least one buffer")
	}
	err := uapi.RegisterBuffersSparse(r.raw.fd, n)
	if err != nil {
		return g.sparse(err, probeSparseBuffers)
	}
	r.resources.buffers = make([][]byte, n)
	return nil
}

// UpdateBuffers changes the table of registered buffers from index on, and
// returns how many entries were changed, which is fewer than asked for if a
// later one was refused. An empty buffer empties its entry. Requests in flight
// go on with the buffers that they began with, which are held for them. tags
// are as in RegisterBuffers. ENXIO: there is no table.
//
// IORING_REGISTER_BUFFERS_UPDATE, since Linux 5.13.
func (r *Ring) UpdateBuffers(index uint32, buffers [][]byte, tags []uint64) (int, error) {
	g := &updateBuffers
	vec, err := g.buffers(r, buffers, tags)
	if err != nil {
		return 0, err
	}
	n, err := uapi.RegisterBuffersUpdateTags(r.raw.fd, index, vec, tags)
	if err != nil {
		return 0, g.failed(err)
	}
	r.replaceBuffers(index, buffers[:n])
	return n, nil
}

// UnregisterBuffers gives up the table of registered buffers. Those that
// requests in flight use are held until these are over; before Linux 6.13 the
// call waits for them. ENXIO: there is no table.
//
// IORING_UNREGISTER_BUFFERS, since Linux 5.1.
func (r *Ring) UnregisterBuffers() error {
	g := &unregisterBuffers
	if err := g.begin(r); err != nil {
		return err
	}
	if err := untilDone(func() error { return uapi.UnregisterBuffers(r.raw.fd) }); err != nil {
		return g.failed(err)
	}
	if r.resources.buffers != nil {
		r.inherit(r.resources.buffers)
		r.resources.buffers = nil
	}
	return nil
}

// Buffer is the registered buffer of that index, nil if there is none.
func (r *Ring) Buffer(index uint16) []byte {
	if int(index) >= len(r.resources.buffers) {
		return nil
	}
	return r.resources.buffers[index]
}

// replaceBuffers notes what an update has changed.
func (r *Ring) replaceBuffers(index uint32, buffers [][]byte) {
	table := r.resources.buffers
	end := int(index) + len(buffers)
	if end > len(table) { // registered behind the ring's back, by its descriptor
		table = append(table, make([][]byte, end-len(table))...)
		r.resources.buffers = table
	}
	part := table[index:end]
	r.inherit(slices.Clone(part))
	copy(part, buffers)
}

// buffers checks buffers and tags, and describes the former to the kernel.
func (g *registration) buffers(r *Ring, buffers [][]byte, tags []uint64) ([]syscall.Iovec, error) {
	if err := g.begin(r); err != nil {
		return nil, err
	}
	if err := g.list("buffers", len(buffers), tags); err != nil {
		return nil, err
	}
	const most = 1 << 30
	vec := make([]syscall.Iovec, len(buffers))
	for i, b := range buffers {
		if len(b) > most {
			return nil, g.wrong("buffers", fmt.Sprintf("has one of %d bytes at %d", len(b), i), "register at most 1 GiB as one buffer")
		}
		if len(b) > 0 {
			vec[i].Base = unsafe.SliceData(b)
			vec[i].SetLen(len(b))
		}
	}
	return vec, nil
}
