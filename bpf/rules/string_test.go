//go:build linux

package rules

import (
	"net/netip"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

func TestString(t *testing.T) {
	for _, tt := range []struct {
		rule Rule
		want string
	}{
		{Rule{}, "zero rule"},
		{Accept(), "accept"},
		{Not(Deny()), "!deny"},
		{All(), "all of nothing"},
		{All(Not(Any(Accept()))), "!accept"},
		{Not(Not(UserData.Is(255))), "!!(user_data == 0xff)"},
		{SocketFamily.In(2, 10), "socket.family in {2, 10}"},
		{All(SocketFamily.Is(2), Any(SocketType.AtLeast(1), SocketProtocol.AtMost(6))), "(socket.family == 2) && ((socket.type >= 1) || (socket.protocol <= 6))"},
		{ConnectPort.Between(8000, 8080), "8000 <= connect.port <= 8080"},
		{ConnectPort.AtLeast(0), "connect.port >= 0"},
		{OpenFlags.HasAll(0x41), "open.flags & 0x41 == 0x41"},
		{OpenFlags.HasAny(0x41), "open.flags & 0x41 != 0"},
		{OpenFlags.HasNone(0x41), "open.flags & 0x41 == 0"},
		{OpenFlags.HasOnly(0x41), "open.flags & ~0x41 == 0"},
		{OpenFlags.MaskIn(3, 0, 1), "open.flags & 0x3 in {0x0, 0x1}"},
		{OpenMode.In(0, 0o600), "open.mode in {0, 0600}"},
		{SQEFlags.Is(uapi.IOSQE_ASYNC), "sqe_flags == 0x10"},
		{ConnectAddr.In(prefix("10.0.0.0/8")), "connect.addr in 10.0.0.0/8"},
		{ConnectAddr.Is(netip.IPv6Loopback()), "connect.addr == ::1"},
		{ConnectAddrUnmapped.In(prefix("10.0.0.0/8"), prefix("::1/128")), "unmap(connect.addr) in {10.0.0.0/8, ::1}"},
		{doubled(Accept(), 20), "rule that is too large"},
	} {
		if got := tt.rule.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
