package shelf

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Folder is a Shelf of files.
type Folder struct{ Dir string }

var _ Shelf = Folder{}

// Put writes the file under another name, syncs it, and gives it its own. The names are durable too, also those of folders
// that are made for it: incidents leave the store once it returns.
func (f Folder) Put(_ context.Context, name string, body []byte) error {
	above := namedIn(f.Dir)
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
	return syncNames(append(above, f.Dir)...)
}

// Probe makes the folder and writes a file that goes again.
func (f Folder) Probe(context.Context) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.Dir, ".probe-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString("x")
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
}

// namedIn lists the folders in which a folder's name is, and the names of those above it that are missing, nearest first.
// The nearest is always among them: the name may have been made just before a crash.
func namedIn(dir string) []string {
	dir = filepath.Clean(dir)
	above := []string{filepath.Dir(dir)}
	for {
		dir = filepath.Dir(dir)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			return above
		}
		above = append(above, filepath.Dir(dir))
	}
}

// syncNames makes the names in folders durable; syncing a file does not promise that.
func syncNames(dirs ...string) error {
	if runtime.GOOS == "windows" { // it cannot sync a folder; NTFS keeps a journal of names
		return nil
	}
	for _, name := range dirs {
		dir, err := os.Open(name)
		if errors.Is(err, fs.ErrPermission) { // one that belongs to others was there before
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Get reads the file.
func (f Folder) Get(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.Dir, name))
}
