// Package soak runs mixed operations on many rings at once, under the pressure
// of the garbage collector, and checks every byte. Buffers are made for one
// request each and referenced by nothing but that request while it is in
// flight, so that whatever lets go too early is overwritten, and seen.
//
// URINGGEN_SOAK says for how long ("10m", which is what make soak does),
// URINGGEN_SEED repeats what a run has printed.
package soak
