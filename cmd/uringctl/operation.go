//go:build linux

package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/generated/uapi"
)

// operation finds an operation by name: IORING_OP_SOCKET, or socket.
func operation(name string) (uapi.Op, error) {
	full := strings.ToUpper(name)
	if !strings.HasPrefix(full, opPrefix) {
		full = opPrefix + full
	}
	for op := range uapi.Op(uapi.IORING_OP_LAST) {
		if op.String() == full {
			return op, nil
		}
	}
	return 0, cli.Usagef("--op %q: want an operation, such as socket or IORING_OP_OPENAT2", name)
}

const opPrefix = "IORING_OP_"

// addOp adds the flag that names an operation.
func addOp(cmd *cobra.Command, op *string, usage string) {
	cmd.Flags().StringVar(op, "op", "", usage)
	var names []string
	for op := range uapi.Op(uapi.IORING_OP_LAST) {
		names = append(names, strings.ToLower(strings.TrimPrefix(op.String(), opPrefix)))
	}
	cli.Complete(cmd, "op", names...)
}

// kind is how a member of the context is written.
type kind int

const (
	number  kind = iota // and names of constants, joined by |, in the machine's byte order
	port                // a number, in network order
	address             // of IPv4 or IPv6, in network order
)

// member is a part of what a filter sees.
type member struct {
	name         string
	offset, size int // in the context
	kind         kind
}

// payload is what a filter sees of an operation's arguments.
type payload struct {
	size    uint8
	members []member
}

// always is what a filter sees of each request.
var always = []member{{"user_data", 0, 8, number}, {"sqe_flags", 9, 1, number}}

var open = payload{24, []member{{"flags", 16, 8, number}, {"mode", 24, 8, number}, {"resolve", 32, 8, number}}}

// payloads are the operations that have one; struct io_uring_bpf_ctx.
var payloads = map[uapi.Op]payload{
	uapi.IORING_OP_OPENAT:  open,
	uapi.IORING_OP_OPENAT2: open,
	uapi.IORING_OP_SOCKET:  {12, []member{{"family", 16, 4, number}, {"type", 20, 4, number}, {"protocol", 24, 4, number}}},
	uapi.IORING_OP_CONNECT: {24, []member{{"family", 16, 4, number}, {"port", 20, 2, port}, {"v4_addr", 24, 4, address}, {"v6_addr", 24, 16, address}}},
}
