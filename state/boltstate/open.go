package boltstate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// Store is a state.Store in a directory. Close it to let another process have the directory.
type Store struct {
	*kv.Store
	file *file
	dir  string
}

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
	// ReadOnly opens what is there to be read and copied: nothing is made or written, and writes are refused. Others may
	// read it at the same time, nobody may write.
	ReadOnly bool
	// noSync is for tests that are about meaning, not about disks.
	noSync bool
}

const (
	fileName = "ifsev.db"
	// mapSize is how much address space is reserved at first, so that the file seldom outgrows it: mapping it anew
	// waits for every reader. It takes no memory.
	mapSize = 1 << 30
)

// Open opens the store in dir, creating both with access for the owner only, who is that of the folder they are made in
// even where root makes them. Its errors say what to do. The file is
// locked until Close: a second process is refused.
func Open(dir string, opt Options) (*Store, error) {
	if opt.Now == nil {
		return nil, errors.New("boltstate.Open: Options.Now is required")
	}
	if opt.ReadOnly {
		return openReadOnly(dir, opt)
	}
	if err := makeDir(dir); err != nil {
		return nil, cannotOpen(dir, err)
	}
	path := filepath.Join(dir, fileName)
	db, err := openFile(path, opt)
	if err != nil {
		return nil, cannotOpen(dir, err)
	}
	if err := inspect(db, path, opt); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := prepare(db); err != nil {
		return nil, errors.Join(cannotOpen(dir, err), db.Close())
	}
	if err := syncNames(dir, filepath.Dir(dir)); err != nil {
		return nil, errors.Join(cannotOpen(dir, err), db.Close())
	}
	s := newStore(db, dir, opt)
	// What a process that is gone had in hand need not wait until its claims expire. They do, so an error here costs time alone.
	_, _ = s.Release(context.Background())
	return s, nil
}

func openReadOnly(dir string, opt Options) (*Store, error) {
	path := filepath.Join(dir, fileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no store in %s: look after --store file:DIR", dir)
	}
	db, err := openFile(path, opt)
	if err != nil {
		return nil, cannotOpen(dir, err)
	}
	if err := inspect(db, path, opt); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return newStore(db, dir, opt), nil
}

func newStore(db *bolt.DB, dir string, opt Options) *Store {
	f := newFile(db, filepath.Join(dir, fileName))
	return &Store{Store: kv.New(f, opt.Now), file: f, dir: dir}
}

// openFile opens and locks the database. While it waited for the lock another file may have been put in its place, by a
// restore: then it opens that one.
func openFile(path string, opt Options) (*bolt.DB, error) {
	for {
		db, opened, err := openOnce(path, opt)
		if err != nil {
			return nil, err
		}
		inHand, err := opened.Stat()
		if named, nameErr := os.Stat(path); err != nil || nameErr == nil && os.SameFile(inHand, named) {
			return db, err
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
	}
}

// openOnce opens the database; a file so damaged that bbolt panics over it is an error too.
func openOnce(path string, opt Options) (db *bolt.DB, opened *os.File, err error) {
	if err := lookFirst(path, opt); err != nil {
		return nil, nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a truncated file is read beyond its end
	defer func() {
		if r := recover(); r != nil {
			db, opened, err = nil, nil, errors.Join(damagedFile(path, panicked(r)), opened.Close())
		}
	}()
	if opt.LockTimeout == 0 {
		opt.LockTimeout = time.Second
	}
	db, err = bolt.Open(path, 0o600, &bolt.Options{
		ReadOnly: opt.ReadOnly, Timeout: opt.LockTimeout, FreelistType: bolt.FreelistMapType, InitialMmapSize: mapSizeFor(path), MaxSize: opt.MaxSize,
		NoSync: opt.noSync, NoGrowSync: opt.noSync, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			f, err = openOrMake(name, flag, mode)
			opened = f
			return f, err
		},
	})
	return db, opened, err
}

// openOrMake opens a file; one that was not there is given to whom its folder belongs.
func openOrMake(name string, flag int, mode os.FileMode) (*os.File, error) {
	_, there := os.Lstat(name)
	f, err := os.OpenFile(name, flag, mode)
	if err != nil || !errors.Is(there, fs.ErrNotExist) {
		return f, err
	}
	if err := leave(f, name); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(name))
	}
	return f, nil
}

// lookFirst reads how much there should be of a file that is to be written, before bbolt does: it panics over pages
// that are not there, and what it had mapped by then keeps its lock until the process ends.
func lookFirst(path string, opt Options) error {
	if info, err := os.Stat(path); opt.ReadOnly || err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // it is looked at afterwards, or is new, or opening it says more
	}
	opt.ReadOnly = true
	db, err := openFile(path, opt)
	if err != nil {
		return err
	}
	if err := check(db, path, -1); err != nil {
		return errors.Join(damagedFile(path, err), db.Close())
	}
	return db.Close()
}

// panicked is what bbolt panicked over. What the runtime says of an address means nothing to people.
func panicked(r any) error {
	if _, ok := r.(runtime.Error); ok {
		return errors.New("a page of it cannot be read")
	}
	return fmt.Errorf("%v", r)
}

// mapSizeFor is how much address space to reserve for the file: it should be able to grow for long before it is mapped
// anew, which a copy that is being made would hold up.
func mapSizeFor(path string) int {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || math.MaxInt == math.MaxInt32 { // there a map is as large as its file, or precious
		return mapSize
	}
	return mapSize + 2*int(info.Size())
}

// cannotOpen says in a user's words why the directory cannot be used.
func cannotOpen(dir string, err error) error {
	if d := (*damagedError)(nil); errors.As(err, &d) {
		return err
	}
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("another ifsev uses %s; stop it or use another --store", dir)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the store %s cannot be written: it lies on a read-only file system; mount that for writing, or use another --store", dir)
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

// syncNames makes the names in directories durable; syncing a file does not promise that.
func syncNames(dirs ...string) error {
	if runtime.GOOS == "windows" { // it cannot sync a directory; NTFS keeps a journal of names
		return nil
	}
	for _, name := range dirs {
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
