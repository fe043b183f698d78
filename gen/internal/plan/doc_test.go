package plan

import "testing"

// What a member says of its age beside what its record says.
func TestLater(t *testing.T) {
	for _, c := range []struct{ member, record, want string }{
		{"5.6", "5.6", ""},
		{"6.4", "5.19", "6.4"},
		{"5.11..6.1", "5.11..6.1", ""},
		{"5.11..6.1", "5.19", ""},
		{"6.2..6.12", "5.19", "6.2..6.12"},
		{"6.2..6.12", "6.2", ""},
		{"..5.10", "5.1", ""},
		{"..5.10", "5.13", ""}, // in a 5.10 that took the record over
		{"5.11..6.1", "6.3", ""},
		{"..5.10", "", "..5.10"},
		{"", "5.1", ""},
	} {
		if got := later(c.member, c.record); got != c.want {
			t.Errorf("a member of %q in a record of %q: %q, want %q", c.member, c.record, got, c.want)
		}
	}
}

func TestSinceText(t *testing.T) {
	for since, want := range map[string]string{
		"":          "",
		"5.6":       "Since Linux 5.6.",
		"..5.10":    "In headers of Linux 5.10 or before.",
		"6.2..6.12": "New in headers between Linux 6.2 and 6.12.",
	} {
		if got := sinceText(since); got != want {
			t.Errorf("%q: %q, want %q", since, got, want)
		}
	}
}
