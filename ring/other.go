//go:build !linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Ring is what New would return on Linux.
type Ring struct{}

// Raw is what NewRaw would return on Linux.
type Raw struct{}

// New returns ErrNotSupported: only Linux has io_uring.
func New(uint32, *Options) (*Ring, error) { return nil, ErrNotSupported }

// NewRaw returns ErrNotSupported: only Linux has io_uring.
func NewRaw(uint32, *Options) (*Raw, error) { return nil, ErrNotSupported }

// Close does nothing.
func (*Ring) Close() error { return nil }

// Close does nothing.
func (*Raw) Close() error { return nil }

// Info is zero.
func (*Ring) Info() Info { return Info{} }

// Features is zero.
func (*Ring) Features() uapi.Features { return 0 }
