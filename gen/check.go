package gen

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Check compares the folder dir with what Write would put there. It returns
// nil if nothing would change, a *StaleError if something would, and another
// error if the folder cannot be read. It writes nothing.
//
// What no table row covers is not its business: see Output.Findings.
func Check(dir string, out *Output) error { return CheckFiles(dir, out.Files, GoFiles) }

// CheckFiles is Check for any set of files, as WriteFiles takes them.
func CheckFiles(dir string, files []File, set FileSet) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return checkFolder(dir)
	}
	stale := &StaleError{Dir: dir}
	want := map[string]bool{}
	for _, f := range files {
		want[f.Name] = true
		old, err := os.ReadFile(filepath.Join(dir, f.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale.Missing = append(stale.Missing, f.Name)
		case err != nil:
			return err
		case !bytes.Equal(old, f.Data):
			stale.Changed = append(stale.Changed, ChangedFile{f.Name, old, f.Data})
		}
	}
	own, err := ownFiles(dir, set)
	if err != nil {
		return err
	}
	stale.Extra = slices.DeleteFunc(own, func(n string) bool { return want[n] })
	slices.Sort(stale.Missing)
	slices.SortFunc(stale.Changed, func(a, b ChangedFile) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	if len(stale.Missing)+len(stale.Extra)+len(stale.Changed) == 0 {
		return nil
	}
	return stale
}
