//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Ring is a pair of queues that a program shares with the kernel: requests go
// in with Next and Submit, their results come back through Completions.
//
// Whatever memory a request names is kept alive, and off the goroutine's
// stack, until the kernel has posted its last completion.
//
// A Ring is for one goroutine at a time. Unless it was made with AnyThread, it
// is bound to the thread that made it, and that goroutine stays locked to it
// until Close.
type Ring struct {
	raw   Raw
	slots table

	// prepared counts the entries since the last submission that hold a request.
	prepared uint32
	// hidden counts requests in flight whose success is not told.
	hidden int
	// misused counts uses of SQEs that were another's, for Submit to report.
	misused uint32
	// fillers counts entries since the last submission that only fill a place.
	fillers uint32
	// wide is where the completion of 32 bytes ended that was given out last.
	wide uint32
	// drains tells that there were requests with IOSQE_IO_DRAIN, for which all
	// later ones have to wait.
	drains bool
	// parker is what Wait parks with, from its first use on.
	parker parker

	resources resources
}

// New makes a ring for at least entries submissions at a time, which the
// kernel rounds up to a power of two; at most 32768. nil options are the
// default. It needs no privilege.
//
// Errors: ArgumentError; UnsupportedError for a flag that the kernel lacks, and
// where it has no io_uring; OpError with EPERM where
// /proc/sys/kernel/io_uring_disabled or a seccomp filter forbids rings, ENOMEM,
// EMFILE.
//
// Since Linux 5.4; io_uring_setup(2).
func New(entries uint32, o *Options) (*Ring, error) {
	r := new(Ring)
	if err := r.raw.open(entries, o); err != nil {
		return nil, err
	}
	r.slots.make(r)
	r.keepAlive()
	return r, nil
}

// FD is the ring's descriptor, -1 once it is closed. A ring without one, made
// with IORING_SETUP_REGISTERED_FD_ONLY, has a number below -1, which the
// functions of package uapi take in its place, on the ring's thread.
func (r *Ring) FD() int { return r.raw.fd }

// Info tells what the kernel made of the ring.
func (r *Ring) Info() Info { return r.raw.info }

// Features is what the kernel reports it can do.
func (r *Ring) Features() uapi.Features { return r.raw.info.Features }

func (r *Ring) closed() bool { return r.raw.fd == -1 }
