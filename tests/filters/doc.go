// Package filters proves translations of filters that are written in C. One
// list of programs has several judges: the same source compiled for the host,
// and what becomes of it with each compiler and option.
package filters
