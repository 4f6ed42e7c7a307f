package shelf

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Folder is a Shelf of files.
type Folder struct{ Dir string }

var _ Shelf = Folder{}

// Put writes the file under another name, syncs it, and gives it its own.
func (f Folder) Put(_ context.Context, name string, body []byte) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(f.Dir, name)
	file, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path+".tmp"))
	}
	dir, err := os.Open(f.Dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Get reads the file.
func (f Folder) Get(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.Dir, name))
}
