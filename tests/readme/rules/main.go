package main

import (
	"fmt"
	"log"
	"net/netip"

	"github.com/uringgen/uringgen/bpf/rules"
	"github.com/uringgen/uringgen/generated/uapi"
)

func main() {
	rule := rules.All(
		rules.ConnectPort.In(80, 443),
		rules.ConnectAddrUnmapped.In(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")),
	)
	filter, err := rules.Compile(uapi.IORING_OP_CONNECT, rule)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v\n%d instructions, %d bytes of payload\n", rule, len(filter.Program), filter.PDUSize)
}
