//go:build linux

package ring

import (
	"slices"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Restrictions is an allowlist: what it does not name is denied, on every
// kernel alike. The zero value denies every request. A denied request completes
// with -EACCES, a denied register call fails with EACCES.
//
// The calls that a Ring makes for itself stay allowed without being named, or
// it could neither be started nor closed: IORING_REGISTER_ENABLE_RINGS,
// RING_FDS and what undoes that, and SYNC_CANCEL. So do
// IORING_REGISTER_RESTRICTIONS and BPF_FILTER, which only take away more.
//
// Register calls without a ring, which a thread's restrictions concern, are
// denied since Linux 7.3 only.
//
// struct io_uring_restriction; io_uring_register(2).
type Restrictions struct {
	Ops           []uapi.Op         // operations of requests
	RegisterOps   []uapi.RegisterOp // operations of io_uring_register(2)
	AnyRegisterOp bool              // every register operation that package uapi knows, instead of RegisterOps
	AllowedFlags  uapi.SQEFlags     // flags that requests may have; 0 is none
	RequiredFlags uapi.SQEFlags     // flags that requests must have; they need not be in AllowedFlags
}

// ownCalls are what a Ring calls for itself, and what makes stricter only.
var ownCalls = []uapi.RegisterOp{
	uapi.IORING_REGISTER_RESTRICTIONS, uapi.IORING_REGISTER_ENABLE_RINGS,
	uapi.IORING_REGISTER_RING_FDS, uapi.IORING_UNREGISTER_RING_FDS,
	uapi.IORING_REGISTER_SYNC_CANCEL, uapi.IORING_REGISTER_BPF_FILTER,
}

// allowlist is Restrictions as the kernel takes them: entries are behind the
// head that a task's registration begins with.
type allowlist struct {
	head uapi.IoUringTaskRestriction
	list [2*256 + 2]uapi.IoUringRestriction // each operation once, and flags
	n    int
	// optional counts the last entries: register operations that nobody asked
	// for by name, in rising order. An old kernel need not know them.
	optional int
}

var _ = [1]struct{}{}[unsafe.Offsetof(allowlist{}.list)-16]

func (r *Restrictions) allowlist() *allowlist {
	a := new(allowlist)
	// An entry for flags says that requests are restricted at all, and one for a
	// register call says so of those: since Linux 7.0 a kind without an entry is
	// free.
	a.flags(uapi.IORING_RESTRICTION_SQE_FLAGS_ALLOWED, r.AllowedFlags)
	if r.RequiredFlags != 0 {
		a.flags(uapi.IORING_RESTRICTION_SQE_FLAGS_REQUIRED, r.RequiredFlags)
	}
	for _, op := range unique(r.Ops) {
		a.add(uapi.IORING_RESTRICTION_SQE_OP).SetSqeOp(op)
	}
	optional := ownCalls
	if r.AnyRegisterOp {
		for op := range uapi.RegisterOp(uapi.IORING_REGISTER_LAST) {
			optional = append(optional[:len(optional):len(optional)], op)
		}
	} else {
		for _, op := range unique(r.RegisterOps) {
			a.add(uapi.IORING_RESTRICTION_REGISTER_OP).RegisterOp = op
		}
		optional = slices.DeleteFunc(slices.Clone(optional), func(op uapi.RegisterOp) bool {
			return slices.Contains(r.RegisterOps, op)
		})
	}
	for _, op := range unique(optional) {
		a.add(uapi.IORING_RESTRICTION_REGISTER_OP).RegisterOp = op
		a.optional++
	}
	a.head.NrRes = uint16(a.n)
	return a
}

func (a *allowlist) add(kind uapi.RestrictionOp) *uapi.IoUringRestriction {
	e := &a.list[a.n]
	e.Opcode = kind
	a.n++
	return e
}

func (a *allowlist) flags(kind uapi.RestrictionOp, f uapi.SQEFlags) { a.add(kind).SetSqeFlags(f) }

// shorten leaves out the newest of the optional entries, for a kernel that
// does not know it. It reports whether there was one.
func (a *allowlist) shorten() bool {
	if a.optional == 0 {
		return false
	}
	a.optional--
	a.n--
	a.head.NrRes--
	return true
}

// unique is the set of what is in s, in rising order.
func unique[T ~uint8](s []T) []T {
	set := slices.Clone(s)
	slices.Sort(set)
	return slices.Compact(set)
}
