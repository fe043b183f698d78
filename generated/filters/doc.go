// Package filters is ready-made filters of io_uring requests, written in C
// (bpf/src) and translated for each architecture. Each function gives copies of
// its own, for ring.FilterSet:
//
//	err := r.AttachFilters(ring.FilterSet{
//		Filters: slices.Concat(filters.TcpSockets(), filters.OpenReadOnly()),
//	})
//
// Several filters of an operation must all accept a request. What a filter is
// not for is not filtered: FilterSet.DenyRest denies the other operations.
//
// All but this file comes out of go generate.
package filters
