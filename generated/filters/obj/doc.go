// Package obj holds the shipped filters as clang has compiled them, with the
// loaders that bpf2go writes: for those who set a filter's parameters, which
// are const volatile variables of the source, and translate at run time.
//
//	spec, err := obj.LoadConnect()
//	err = spec.Variables["port_last"].Set(uint16(8443))
//	result, err := bpf.Translate(spec, "connect_port", int(uapi.IORING_OP_CONNECT))
//
// Whoever takes filters as they are imports package filters instead, which
// needs no eBPF. All but this file comes out of go generate.
package obj
