// Which requests does the running kernel support, and since when does Linux?
package main

import (
	"fmt"
	"log"

	"github.com/uringgen/uringgen/generated/uapi"
)

func main() {
	var params uapi.IoUringParams
	fd, err := uapi.Setup(8, &params)
	if err != nil {
		log.Fatal(err)
	}
	known := make([]uapi.IoUringProbeOp, uapi.IORING_OP_LAST)
	if _, err := uapi.RegisterProbe(fd, known); err != nil {
		log.Fatal(err)
	}
	for _, op := range []uapi.Op{uapi.IORING_OP_READ, uapi.IORING_OP_SOCKET, uapi.IORING_OP_NOP128} {
		ok := known[op].Flags&uapi.IO_URING_OP_SUPPORTED != 0
		fmt.Printf("%-17v since Linux %-4s supported: %v\n", op, op.Since(), ok)
	}
}
