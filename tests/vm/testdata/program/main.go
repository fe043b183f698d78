// A program for guests: it does what its first argument says.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	arg := ""
	if len(os.Args) > 2 {
		arg = os.Args[2]
	}
	switch os.Args[1] {
	case "exit":
		code, _ := strconv.Atoi(arg)
		os.Exit(code)
	case "signal":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "hang":
		fmt.Println("hanging")
		for {
			time.Sleep(time.Hour)
		}
	case "sleep":
		fmt.Println("asleep")
		syscall.Nanosleep(&syscall.Timespec{Sec: 600}, nil)
	case "crash": // the kernel's own way to test for a panic
		fmt.Println("crashing")
		must(os.WriteFile("/proc/sysrq-trigger", []byte("c"), 0))
	case "kmsg":
		must(os.WriteFile("/dev/kmsg", []byte("<4>"+arg+"\n"), 0))
	case "cat":
		text, err := os.ReadFile(arg)
		must(err)
		os.Stdout.Write(text)
	case "id":
		fmt.Println(os.Getuid(), os.Getgid())
	case "lines": // numbered lines with bytes that a terminal would change
		n, _ := strconv.Atoi(arg)
		w := bufio.NewWriter(os.Stdout)
		for i := range n {
			fmt.Fprintf(w, "%d\t\x00\x03\x04\x11\x13\x1a\r%s\n", i, strings.Repeat("\xff", 64))
		}
		must(w.Flush())
	default:
		must(fmt.Errorf("unknown mode %q", os.Args[1]))
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}
