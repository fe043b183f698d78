package kernel

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

func TestLacking(t *testing.T) {
	f := Feature{Name: "x", Since: Version{7, 0}, Config: "CONFIG_X"}
	for _, c := range []struct {
		release, config string
		skip            bool
		why             string
	}{
		{"6.12.117", "", true, "came with 7.0"},
		{"6.19.14+deb13-cloud-amd64", "CONFIG_X=y\n", true, "came with 7.0"},
		{"7.0.4", "", false, ""},
		{"7.0.4", "CONFIG_X=y\n", false, ""},
		{"7.0.4", "# CONFIG_X is not set\n", true, "CONFIG_X is off"},
		{"7.10.0", "CONFIG_XY=y\n", true, "CONFIG_X is off"},
		{"unknown", "", false, ""},
	} {
		skip, why := f.lacking(c.release, c.config)
		if skip != c.skip || skip && !strings.Contains(why, c.why) {
			t.Errorf("%s: %v %q, want %v %q", c.release, skip, why, c.skip, c.why)
		}
	}
}

// recorder is a testing.TB that notes how the test would end.
type recorder struct {
	testing.TB
	failed, skipped bool
}

func (r *recorder) Helper()                  {}
func (r *recorder) Fatalf(string, ...any)    { r.failed = true; runtime.Goexit() }
func (r *recorder) Skipf(f string, a ...any) { r.skipped = true; runtime.Goexit() }

func TestNeed(t *testing.T) {
	now, err := Parse(Release())
	if err != nil {
		t.Fatal(err)
	}
	absent := func() error { return errors.New("no such thing") }
	for name, c := range map[string]struct {
		f               Feature
		failed, skipped bool
	}{
		"present":           {Feature{Since: Version{99, 0}, Probe: func() error { return nil }}, false, false},
		"of a later kernel": {Feature{Since: Version{99, 0}, Probe: absent}, false, true},
		"should be there":   {Feature{Since: now, Probe: absent}, true, false},
	} {
		r := &recorder{TB: t}
		done := make(chan bool)
		go func() { defer close(done); Need(r, c.f) }()
		<-done
		if r.failed != c.failed || r.skipped != c.skipped {
			t.Errorf("%s: failed %v skipped %v", name, r.failed, r.skipped)
		}
	}
}
