// Package register calls each of the generated helpers for
// io_uring_register(2) and io_uring_enter(2) on the running kernel. It has
// tests only. What cannot be undone is done in a child process.
package register
