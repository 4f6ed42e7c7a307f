package boltstate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// What root makes in a folder of another user belongs to that user: ifsev runs as it, and could neither open a store
// that was restored, nor make a backup in a folder, that only root may use. What others make is theirs anyway.

// makeDir makes a folder and those above it that are missing, for the owner alone.
func makeDir(dir string) error {
	var made []string
	above := filepath.Clean(dir)
	for ; above != filepath.Dir(above); above = filepath.Dir(above) {
		if _, err := os.Stat(above); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, above)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil || len(made) == 0 {
		return err
	}
	owner, err := os.Stat(above)
	if err != nil {
		return err
	}
	for _, path := range made {
		if err := handOver(path, owner, func(uid, gid int) error { return os.Lchown(path, uid, gid) }); err != nil {
			return err
		}
	}
	return nil
}

// leave gives a new file to whom the one at a path belongs, in whose place it is put, or else to whom its folder does.
// One of root there may have been made by mistake, so then the folder counts.
func leave(f *os.File, at string) error {
	owner, err := os.Stat(at)
	if err != nil || belongsToRoot(owner) {
		owner, err = os.Stat(filepath.Dir(at))
	}
	if err != nil {
		return err
	}
	return handOver(f.Name(), owner, f.Chown)
}

// cannotGive says what to do where a file system, or what root may do here, does not let a file be given away.
func cannotGive(path string, uid int, err error) error {
	return fmt.Errorf("%s cannot be given to the user %d, to whom its folder belongs: %w; run this as that user", path, uid, err)
}
