package boltstate

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ifsev/ifsev/state"
)

// Restored is what a restore has done.
type Restored struct {
	// Checked is what the store holds now.
	Checked state.Checked
	// Aside is where that lies which was in the store's place before; empty if nothing was.
	Aside string
}

// Restore puts a copy of the backup from in the place of the store in dir. What was there is kept beside it, under
// another name. Nothing is touched unless the backup is whole, and no ifsev uses the store. It belongs to whom
// that did, or the folder does, even where root restores it. opt.Now names what is put aside.
func Restore(ctx context.Context, dir, from string, opt Options) (Restored, error) {
	var r Restored
	var err error
	if r.Checked, err = CheckFile(ctx, from, opt); err != nil {
		return r, err
	}
	if err := makeDir(dir); err != nil {
		return r, cannotOpen(dir, err)
	}
	path := filepath.Join(dir, fileName)
	unlock, err := lockOut(dir, path)
	if err != nil {
		return r, err
	}
	temp := path + tempTail
	err = copyFile(ctx, from, temp)
	if err == nil {
		r.Aside, err = setAside(path, opt.Now())
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return r, errors.Join(fmt.Errorf("nothing was restored: %w", err), removeIfThere(temp), unlock())
	}
	return r, errors.Join(syncNames(dir), unlock())
}

// CheckFile reads all of a backup, or of a store that nobody uses, and answers what it holds, or an error that tells
// the first faults.
func CheckFile(ctx context.Context, path string, opt Options) (state.Checked, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return state.Checked{}, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return state.Checked{}, fmt.Errorf("%s cannot be read: %w", path, err)
	case !info.Mode().IsRegular() || info.Size() == 0:
		return state.Checked{}, fmt.Errorf("%s is no backup: it should be a file such as %s/ifsev-….db", path, BackupDir)
	}
	opt.ReadOnly, opt.CheckSize = true, 1<<62
	db, err := openFile(path, opt)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return state.Checked{}, fmt.Errorf("another ifsev uses %s; stop it", path)
	case errors.As(err, new(*damagedError)):
		return state.Checked{}, err
	case err != nil:
		return state.Checked{}, fmt.Errorf("%s is damaged, or no backup: %w", path, err)
	}
	if err := inspect(db, path, opt); err != nil {
		return state.Checked{}, errors.Join(err, db.Close())
	}
	s := newStore(db, filepath.Dir(path), opt)
	var faults []string
	sum, err := s.Check(ctx, func(fault string) { faults = append(faults, fault) })
	if err = errors.Join(err, s.Close()); err == nil && len(faults) > 0 {
		places := "1 place"
		if len(faults) > 1 {
			places = fmt.Sprint(len(faults), " places")
		}
		err = fmt.Errorf("%s is damaged in %s: %s", path, places, strings.Join(faults[:min(len(faults), 5)], "; "))
	}
	return sum, err
}

// lockOut takes the store's lock, so that no ifsev uses or begins to use it. A file that is too damaged to be opened
// is not in use.
func lockOut(dir, path string) (unlock func() error, err error) {
	none := func() error { return nil }
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return none, nil
	}
	var db *bolt.DB
	if db, err = openFile(path, Options{LockTimeout: time.Second}); err == nil {
		return db.Close, nil
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, cannotOpen(dir, err)
	}
	return none, nil
}

// copyFile copies a file to a new one, which may be about to be renamed, syncs it, and compares what came to the disk.
func copyFile(ctx context.Context, from, to string) error {
	if err := removeIfThere(to); err != nil { // one that broke off
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err = leave(out, strings.TrimSuffix(to, tempTail)); err == nil {
		_, err = io.Copy(&gentle{ctx: ctx, f: out}, io.TeeReader(in, sum))
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return sameSum(to, [sha256.Size]byte(sum.Sum(nil)))
}

func sameSum(path string, want [sha256.Size]byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err == nil && [sha256.Size]byte(sum.Sum(nil)) != want {
		err = fmt.Errorf("%s is not what was written: look after the disk", path)
	}
	return err
}

// setAside gives the store's file a second name, under which it stays when another takes its place.
func setAside(path string, at time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	aside := strings.TrimSuffix(path, backupTail) + "-replaced-" + at.UTC().Format(backupTime) + backupTail
	if err := os.Link(path, aside); err != nil {
		return aside, os.Rename(path, aside) // a file system without links
	}
	return aside, nil
}
