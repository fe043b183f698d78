// Package liburing holds the generated Prep methods against liburing's inline
// functions: same arguments in, same 64 bytes out. It has tests only.
package liburing
