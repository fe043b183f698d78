// Package steps counts the instructions that a program executes in user mode,
// by stepping through them one at a time. It needs no performance counters and
// no privilege, and the same program gives the same number each time, whatever
// else the machine does.
//
// The program sends SIGUSR1 to its own main thread twice before what is to be
// counted and once after it: what lies between the first two is what a mark
// costs. Its other threads stand still meanwhile, so that no scheduler preempts
// a thread that seems slow.
//
// It is for Linux on amd64; elsewhere it is empty.
package steps
