package gen

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// transaction changes files so that either all changes happen or none. New
// content is first written beside its target; then renames make it visible.
// What stood there is kept under a temporary name until all is done.
type transaction struct {
	rename func(from, to string) error // os.Rename but in tests of failure
	undo   []func() error              // in order of doing
	junk   []string                    // temporary files to remove at the end
}

func newTransaction() *transaction { return &transaction{rename: os.Rename} }

func (tx *transaction) apply(p *writePlan) error {
	err := tx.run(p)
	if err != nil {
		err = fmt.Errorf("cannot write to %s: %w", p.dir, err)
		for i := len(tx.undo) - 1; i >= 0; i-- {
			if e := tx.undo[i](); e != nil {
				err = errors.Join(err, fmt.Errorf("rolling back: %w", e))
			}
		}
	}
	for _, f := range tx.junk {
		if e := os.Remove(f); e != nil && !os.IsNotExist(e) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (tx *transaction) run(p *writePlan) error {
	staged := make([]string, len(p.write))
	for i, f := range p.write {
		path := filepath.Join(p.dir, f.Name)
		if err := tx.mkdirs(filepath.Dir(path)); err != nil {
			return err
		}
		var err error
		if staged[i], err = tx.stage(path, f.Data); err != nil {
			return err
		}
	}
	for i, f := range p.write {
		if err := tx.replace(staged[i], filepath.Join(p.dir, f.Name)); err != nil {
			return err
		}
	}
	for _, name := range p.remove {
		if err := tx.moveAway(filepath.Join(p.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// mkdirs makes dir and what is missing above it, outermost first.
func (tx *transaction) mkdirs(dir string) error {
	var missing []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		missing = append(missing, d)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		d := missing[i]
		if err := os.Mkdir(d, 0o777); err != nil && !os.IsExist(err) {
			return err
		}
		tx.undo = append(tx.undo, func() error { return os.Remove(d) })
	}
	return nil
}

// stage writes data to a new hidden file beside path.
func (tx *transaction) stage(path string, data []byte) (string, error) {
	mode := os.FileMode(0o666)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := createBeside(path, mode)
	if err != nil {
		return "", err
	}
	tx.junk = append(tx.junk, f.Name())
	// A failed rollback of a created folder must not be due to our own file.
	tx.undo = append(tx.undo, func() error { return removeIfThere(f.Name()) })
	_, err = f.Write(data)
	return f.Name(), errors.Join(err, f.Close())
}

// replace makes the staged file visible as path.
func (tx *transaction) replace(staged, path string) error {
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		if err := tx.rename(staged, path); err != nil {
			return err
		}
		tx.undo = append(tx.undo, func() error { return os.Remove(path) })
		return nil
	}
	backup, err := tx.backup(path)
	if err != nil {
		return err
	}
	if err := tx.rename(staged, path); err != nil {
		return err
	}
	tx.undo = append(tx.undo, func() error { return os.Rename(backup, path) })
	return nil
}

// backup gives the file a second, hidden name; where the file system has no
// hard links, a copy.
func (tx *transaction) backup(path string) (string, error) {
	f, err := createBeside(path, 0o600)
	if err != nil {
		return "", err
	}
	name := f.Name()
	tx.junk = append(tx.junk, name)
	if err := errors.Join(f.Close(), os.Remove(name)); err != nil {
		return "", err
	}
	if os.Link(path, name) == nil {
		return name, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return name, os.WriteFile(name, data, info.Mode().Perm())
}

// moveAway takes a file out of sight; it is gone when the transaction ends.
func (tx *transaction) moveAway(path string) error {
	f, err := createBeside(path, 0o600)
	if err != nil {
		return err
	}
	tx.junk = append(tx.junk, f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := tx.rename(path, f.Name()); err != nil {
		return err
	}
	tx.undo = append(tx.undo, func() error { return os.Rename(f.Name(), path) })
	return nil
}

// createBeside makes a new hidden file in path's folder. Unlike a file of
// os.CreateTemp it gets the permissions that any new file would.
func createBeside(path string, mode os.FileMode) (*os.File, error) {
	dir, base := filepath.Split(path)
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s.%s.%d-%d.tmp", dir, base, os.Getpid(), i)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err == nil || !os.IsExist(err) {
			return f, err
		}
	}
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}
