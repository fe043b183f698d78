package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// What the tables know of kernels is warned about, once for all architectures,
// and nothing else is.
func TestFilterWarns(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "c", "whole.c"), one("io_uring_filter/socket", "whole", "ctx->socket.type == SOCK_RAW"))
	put(t, filepath.Join(dir, "c", "part.c"), one("io_uring_filter/socket", "part", "filter_socket_type(ctx) == SOCK_RAW"))
	r := filterIn(t, dir, "c/whole.c", "c/part.c")
	const want = "uringgen: whole.c:5: whole: warning: kernels before 7.3 leave SOCK_CLOEXEC and SOCK_NONBLOCK in the type: "
	if r.code != 0 || !strings.HasPrefix(r.stderr, want) || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("exit %d, stderr %q, want one line: %s…", r.code, r.stderr, want)
	}
}
