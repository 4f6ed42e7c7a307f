package boltstate

import (
	"encoding/binary"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev/state/internal/kv"
)

// format is the version of what package kv keeps in its tables. It goes up when older programs would misread it.
const format = 1

// formatTable holds nothing but the format, so that it is found whatever the other tables become.
const formatTable = "format"

// prepare makes the tables that are missing.
func prepare(db *bolt.DB) error {
	return db.Update(func(tx *bolt.Tx) error {
		if err := writeFormat(tx); err != nil {
			return err
		}
		for _, t := range kv.Tables() {
			if _, err := tx.CreateBucketIfNotExists([]byte(t.String())); err != nil {
				return err
			}
		}
		return nil
	})
}

// inspect looks whether the file is whole and of a format this program knows; it writes nothing.
func inspect(db *bolt.DB, path string, opt Options) error {
	limit := opt.CheckSize
	if limit == 0 {
		limit = 1 << 30
	}
	if err := check(db, path, limit); err != nil {
		return damagedFile(path, err)
	}
	return db.View(func(tx *bolt.Tx) error { return checkFormat(tx, path) })
}

// damagedError says that a file is damaged, how, and what to do.
type damagedError struct {
	path string
	err  error
}

func damagedFile(path string, err error) error { return &damagedError{path, err} }

// Error says it all.
func (d *damagedError) Error() string {
	return fmt.Sprintf("%s is damaged: %v; keep a copy of it, then put a backup in its place, or move it away to begin with nothing", d.path, d.err)
}

// Unwrap answers the fault.
func (d *damagedError) Unwrap() error { return d.err }

// check answers the first fault found in the file's structure. One larger than the limit is looked at for its length
// alone.
func check(db *bolt.DB, path string, limit int64) error {
	return db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("it is cut off at %d bytes of %d", info.Size(), tx.Size())
		}
		if tx.Size() > limit {
			return nil
		}
		var first error
		for fault := range tx.Check() { // to the end, or its goroutine waits forever
			if first == nil {
				first = fault
			}
		}
		return first
	})
}

func writeFormat(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists([]byte(formatTable))
	if err != nil || b.Get([]byte("version")) != nil {
		return err
	}
	return b.Put([]byte("version"), binary.BigEndian.AppendUint64(nil, format))
}

// checkFormat refuses what a newer program wrote. A file that is new has no format yet.
func checkFormat(tx *bolt.Tx, path string) error {
	b := tx.Bucket([]byte(formatTable))
	if b == nil || b.Get([]byte("version")) == nil {
		return nil
	}
	v := b.Get([]byte("version"))
	if len(v) != 8 {
		return damagedFile(path, fmt.Errorf("its format version is %x", v))
	}
	if got := binary.BigEndian.Uint64(v); got > format {
		return fmt.Errorf("%s was written by a newer ifsev (format %d, this one knows up to %d); use that version, or another --store", path, got, format)
	}
	return nil
}
