// Package ring submits requests to the Linux kernel through io_uring and takes
// their completions.
package ring
