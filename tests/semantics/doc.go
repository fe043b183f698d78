// Package semantics states what kernels do with filters and restrictions of
// io_uring, and asserts it on the kernel that it runs on. It has tests only: a
// test for each topic, a subtest for each statement, and a table of what
// differs between kernels (differences_test.go).
//
// Registrations are made with package uapi, requests with package ring. What
// cannot be undone is done in a child process, there on a thread that ends with
// its subtest: what a task is bound to dies with it.
//
// That of several filters the newest runs first shows in no verdict: all must
// accept and none leaves a trace. It shows in time alone, and no test asserts
// that.
package semantics
