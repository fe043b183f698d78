package main

import (
	"fmt"
	"github.com/uringgen/uringgen/ring"
	"log"
	"os"
)

func main() {
	file, err1 := os.Open("/proc/sys/kernel/ostype")
	r, err2 := ring.New(8, nil) // the fastest ring that this kernel has
	if err1 != nil || err2 != nil {
		log.Fatal(err1, err2)
	}
	defer r.Close()
	buf := make([]byte, 64)
	r.Next().Read(int(file.Fd()), buf, 0)
	if _, err := r.SubmitAndWait(1); err != nil {
		log.Fatal(err)
	}
	for c := range r.Completions() {
		fmt.Printf("%d bytes, error %v: %s", c.Res, c.Err(), buf[:max(c.Res, 0)])
	}
}
