//go:build linux

package proof

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/generated/filters/obj"
	"github.com/uringgen/uringgen/tests/proof/cases"
	"github.com/uringgen/uringgen/tests/proof/ebpfrun"
)

// parameter gives a filter of connects parameters near an address that requests
// have, and says what the filter admits then.
type parameter struct {
	filter string
	set    func(*rand.Rand, *cases.Source) (map[string]any, func(*cases.Arch) cases.Predicate)
}

var parameters = []parameter{
	{"ConnectPort", func(r *rand.Rand, _ *cases.Source) (map[string]any, func(*cases.Arch) cases.Predicate) {
		ports := []uint16{0, 1, 80, 442, 443, 444, 0xbb00, 0xbb01, 0xfffe, 0xffff, uint16(r.Uint32())}
		first, last := ports[r.IntN(len(ports))], ports[r.IntN(len(ports))]
		return map[string]any{"port_first": first, "port_last": last}, cases.PortsFrom(first, last)
	}},
	{"ConnectNet4", func(r *rand.Rand, s *cases.Source) (map[string]any, func(*cases.Arch) cases.Predicate) {
		ip, bits := s.IP4(), r.IntN(33)
		return map[string]any{"net4": binary.BigEndian.Uint32(ip[:]), "net4_bits": uint32(bits)},
			cases.Net4(netip.PrefixFrom(netip.AddrFrom4(ip), bits))
	}},
	{"ConnectNet6", func(r *rand.Rand, s *cases.Source) (map[string]any, func(*cases.Arch) cases.Predicate) {
		ip, bits := s.IP6(), r.IntN(129)
		return map[string]any{
			"net6_high": binary.BigEndian.Uint64(ip[:8]), "net6_low": binary.BigEndian.Uint64(ip[8:]), "net6_bits": uint32(bits),
		}, cases.Net6(netip.PrefixFrom(netip.AddrFrom16(ip), bits))
	}},
}

// TestParameters translates filters with parameters of its own, at run time.
func TestParameters(t *testing.T) {
	ebpfrun.Need(t)
	const perSetting = 100
	settings := max(cases.Contexts(t)/(20*perSetting*len(parameters)), 10)
	r := rand.New(rand.NewPCG(cases.Seed(t), 2))
	source := cases.NewSource(here, cases.Seed(t))
	total := 0
	for _, p := range parameters {
		t.Run(p.filter, func(t *testing.T) {
			f := cases.ByName(p.filter)
			for range settings {
				values, predicate := p.set(r, source)
				list, done := judges(t, &f, configured(t, values), f.Ops[0])
				n, _ := compare(t, predicate(here), source, f.Ops[0], perSetting, list)
				done()
				if total += n; t.Failed() {
					t.Fatalf("with %v", values)
				}
			}
		})
	}
	t.Logf("%d settings, %d contexts compared", settings*len(parameters), total)
}

// configured is the object of the filters of connects with some variables set.
func configured(t *testing.T, values map[string]any) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := obj.LoadConnect()
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range values {
		if err := spec.Variables[name].Set(v); err != nil {
			t.Fatal(err)
		}
	}
	return spec
}
