package main

import (
	"fmt"
	"log"

	"github.com/uringgen/uringgen/generated/filters"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

func main() {
	r, err := ring.New(8, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	if err := r.AttachFilters(ring.FilterSet{Filters: filters.TcpSockets()}); err != nil {
		log.Fatal(err) // errors.Is(err, ring.ErrNotSupported) before Linux 7.0
	}
	for _, kind := range []int{uapi.SOCK_STREAM, uapi.SOCK_DGRAM} {
		r.Next().Socket(uapi.AF_INET, kind, 0)
		if _, err := r.SubmitAndWait(1); err != nil {
			log.Fatal(err)
		}
		for c := range r.Completions() {
			fmt.Printf("socket of type %d: %v\n", kind, c.Err())
		}
	}
}
