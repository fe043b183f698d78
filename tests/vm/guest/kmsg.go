package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
)

// kernelLog is what the kernel said at level warning and worse, a message a
// line, its continuation lines after it. The console may lag behind and be
// cut off when the guest ends; this cannot.
func kernelLog() []byte {
	fd, err := syscall.Open("/dev/kmsg", syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var out bytes.Buffer
	record := make([]byte, 8192) // each read is one record
	for {
		n, err := syscall.Read(fd, record)
		switch {
		case err == syscall.EPIPE: // records were overwritten: go on with the oldest
		case err != nil || n <= 0:
			return out.Bytes()
		default:
			appendRecord(&out, string(record[:n]))
		}
	}
}

// appendRecord formats "level,sequence,microseconds,…;text".
func appendRecord(out *bytes.Buffer, record string) {
	head, text, ok := strings.Cut(record, ";")
	var level, seq, us int64
	if n, _ := fmt.Sscanf(head, "%d,%d,%d", &level, &seq, &us); !ok || n != 3 {
		return
	}
	if level&7 <= 4 {
		fmt.Fprintf(out, "[%5d.%06d] %s", us/1e6, us%1e6, text)
	}
}
