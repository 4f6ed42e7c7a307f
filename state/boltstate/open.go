package boltstate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// Store is a state.Store in a directory. Close it to let another process have the directory.
type Store struct{ *kv.Store }

var _ state.Store = (*Store)(nil)

// Options says how a store is opened.
type Options struct {
	// Now is the clock that decides what is due. It is required.
	Now func() time.Time
	// LockTimeout is how long to wait for another process to let go of the directory; zero means a second.
	LockTimeout time.Duration
	// CheckSize is the largest file, in bytes, whose structure is checked before it is used; zero means 1 GiB, which
	// takes a few seconds. Less than zero checks nothing.
	CheckSize int64
	// MaxSize is the most the file may grow to, in bytes; writes that need more answer state.ErrFull. Zero means as
	// much as the disk holds.
	MaxSize int
	// noSync is for tests that are about meaning, not about disks.
	noSync bool
}

const (
	fileName = "ifsev.db"
	// mapSize is how much address space is reserved at first, so that the file seldom outgrows it: mapping it anew
	// waits for every reader. It takes no memory.
	mapSize = 1 << 30
)

// Open opens the store in dir, creating both with access for the owner only. Its errors say what to do. The file is
// locked until Close: a second process is refused.
func Open(dir string, opt Options) (*Store, error) {
	if opt.Now == nil {
		return nil, errors.New("boltstate.Open: Options.Now is required")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotOpen(dir, err)
	}
	path := filepath.Join(dir, fileName)
	db, err := openFile(path, opt)
	if err != nil {
		return nil, cannotOpen(dir, err)
	}
	if err := prepare(db, path, opt); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := syncNames(dir); err != nil {
		return nil, errors.Join(cannotOpen(dir, err), db.Close())
	}
	return &Store{kv.New(newFile(db, path), opt.Now)}, nil
}

// openFile opens the database; a file so damaged that bbolt panics over it is an error too.
func openFile(path string, opt Options) (db *bolt.DB, err error) {
	var opened *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a truncated file is read beyond its end
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, errors.Join(damagedFile(path, fmt.Errorf("%v", r)), opened.Close())
		}
	}()
	if opt.LockTimeout == 0 {
		opt.LockTimeout = time.Second
	}
	return bolt.Open(path, 0o600, &bolt.Options{
		Timeout: opt.LockTimeout, FreelistType: bolt.FreelistMapType, InitialMmapSize: mapSize, MaxSize: opt.MaxSize,
		NoSync: opt.noSync, NoGrowSync: opt.noSync, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			opened = f
			return f, err
		},
	})
}

// cannotOpen says in a user's words why the directory cannot be used.
func cannotOpen(dir string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("another ifsev uses %s; stop it or use another --store", dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the store %s cannot be written: %w; give the user that runs ifsev access to it, or use another --store", dir, err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return damagedFile(filepath.Join(dir, fileName), err)
	case isFull(err):
		return fmt.Errorf("the store %s cannot be opened: %w: %w; make room, or use another --store", dir, state.ErrFull, err)
	default:
		return fmt.Errorf("the store %s cannot be opened: %w", dir, err)
	}
}

// syncNames makes the names of a new directory and file durable; syncing a file does not promise that.
func syncNames(dir string) error {
	for _, name := range []string{dir, filepath.Dir(dir)} {
		d, err := os.Open(name)
		if err != nil {
			if errors.Is(err, fs.ErrPermission) { // the directory above may belong to others, and then it was there before
				continue
			}
			return err
		}
		err = d.Sync()
		if err = errors.Join(err, d.Close()); err != nil {
			return err
		}
	}
	return nil
}
