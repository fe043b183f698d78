package report

import (
	"fmt"
	"os"
	"strings"
)

// The lines of a document between which a table stands.
const (
	begin = "<!-- kernels -->\n"
	end   = "<!-- /kernels -->\n"
)

// Insert puts text into a document, in the place of what stands between its
// two marks.
func Insert(path, text string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no lines %s and %s to put the table between", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, []byte(before+begin+text+end+after), 0o644)
}
