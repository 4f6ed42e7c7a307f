package boltstate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// BackupDir is the folder in a store's own in which backups are kept where nothing says otherwise.
const BackupDir = "backups"

const (
	backupHead = "ifsev-"
	backupTail = ".db"
	// backupTime is how the instant stands in a name; names are in the order of their instants.
	backupTime = "20060102T150405.000Z"
	// tempTail ends the names of files that are being written.
	tempTail = ".tmp"
)

// Backup is a copy of a store as it was at one instant: a file that is a store itself.
type Backup struct {
	Path string
	At   time.Time
	// Size is in bytes.
	Size int64
}

// Backup copies what the store holds now into a new file in dir, which is made where it is missing. Writes go on
// meanwhile. The copy is written under another name, synced, opened and checked before it gets its name, so a file of
// that name is whole. at is the instant it is called after. Where the disk would be left with too little room for the
// store itself nothing is written, and the error wraps state.ErrFull.
func (s *Store) Backup(ctx context.Context, dir string, at time.Time) (Backup, error) {
	b, err := s.backup(ctx, dir, at)
	if err != nil {
		return Backup{}, fmt.Errorf("no backup was made in %s: %w", dir, err)
	}
	return b, nil
}

func (s *Store) backup(ctx context.Context, dir string, at time.Time) (Backup, error) {
	if err := makeDir(dir); err != nil {
		return Backup{}, err
	}
	if err := removeTemps(dir); err != nil {
		return Backup{}, err
	}
	b := Backup{Path: filepath.Join(dir, backupHead+at.UTC().Format(backupTime)+backupTail), At: at.UTC().Truncate(time.Millisecond)}
	temp := b.Path + tempTail
	size, err := s.copyTo(ctx, temp)
	if err == nil {
		err = checkCopy(ctx, temp)
	}
	if err == nil {
		err = os.Rename(temp, b.Path)
	}
	if err != nil {
		return Backup{}, errors.Join(err, removeIfThere(temp))
	}
	b.Size = size
	return b, syncNames(dir, filepath.Dir(dir)) // the folder may be new
}

// copyTo writes the store as it is now to a new file, and syncs it.
func (s *Store) copyTo(ctx context.Context, path string) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := leave(f, strings.TrimSuffix(path, tempTail)); err != nil {
		return 0, err
	}
	err = s.file.db.View(func(tx *bolt.Tx) error {
		if err := hasRoom(filepath.Dir(path), tx.Size()); err != nil {
			return err
		}
		size, err = tx.WriteTo(&gentle{ctx: ctx, f: f})
		return err
	})
	switch {
	case ctx.Err() != nil:
		return 0, kv.Interrupted(ctx) // bbolt keeps only the texts of errors
	case err != nil && isFull(err) && !errors.Is(err, state.ErrFull):
		return 0, fmt.Errorf("%w: %w", state.ErrFull, err)
	case err != nil:
		return 0, err
	}
	return size, f.Sync()
}

// hasRoom refuses to take what the store will need itself.
func hasRoom(dir string, size int64) error {
	room, err := roomIn(dir)
	if err != nil || room.Total == 0 {
		return err
	}
	if need := uint64(size) + room.Keep; room.Free < need { //nolint:gosec // a size is not negative
		return fmt.Errorf("%w: it takes %d MiB, and %d MiB are free of which %d MiB are kept for the store itself; make room, keep fewer backups, or choose another folder",
			state.ErrFull, size>>20+1, room.Free>>20, room.Keep>>20)
	}
	return nil
}

// gentle writes a little at a time and syncs it, so that the disk is never busy for long with what can wait: a commit
// beside it waits for the disk too.
type gentle struct {
	ctx context.Context //nolint:containedctx // it lives as long as the call that made it
	f   *os.File
	// loose is how much was written since the last sync.
	loose int
}

const gentleStretch = 2 << 20

var _ io.Writer = (*gentle)(nil)

// Write writes all of b, and syncs when enough has come together.
func (g *gentle) Write(b []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, kv.Interrupted(g.ctx)
	}
	n, err := g.f.Write(b)
	if g.loose += n; err == nil && g.loose >= gentleStretch {
		g.loose = 0
		err = g.f.Sync()
	}
	return n, err
}

// checkCopy opens a file that is not in use and reads all of it.
func checkCopy(ctx context.Context, path string) error {
	db, err := openFile(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	err = inspect(db, path, Options{CheckSize: 1 << 62})
	return errors.Join(err, ctx.Err(), db.Close())
}

func removeTemps(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, backupHead+"*"+backupTail+tempTail))
	for _, path := range left {
		err = errors.Join(err, removeIfThere(path))
	}
	return err
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Backups lists the backups in dir, newest first; none where there is no such folder. Other files are passed over. Those
// named after an instant that is still to come were made while the clock was ahead: they come last, for all that was
// made since holds more.
func Backups(dir string, now time.Time) ([]Backup, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the backups in %s cannot be listed: %w", dir, err)
	}
	var all []Backup
	for _, entry := range entries {
		middle, ok := strings.CutPrefix(entry.Name(), backupHead)
		middle, whole := strings.CutSuffix(middle, backupTail)
		at, err := time.Parse(backupTime, middle)
		info, statErr := entry.Info()
		if !ok || !whole || err != nil || statErr != nil || !info.Mode().IsRegular() {
			continue
		}
		all = append(all, Backup{Path: filepath.Join(dir, entry.Name()), At: at.UTC(), Size: info.Size()})
	}
	slices.SortFunc(all, func(a, b Backup) int {
		if a.At.After(now) == b.At.After(now) {
			return b.At.Compare(a.At)
		}
		return a.At.Compare(b.At)
	})
	return all, nil
}

// PruneBackups removes all but the first of Backups in dir, of which it keeps at least one, and answers how many went.
func PruneBackups(dir string, keep int, now time.Time) (int, error) {
	all, err := Backups(dir, now)
	if err != nil || len(all) <= max(keep, 1) {
		return 0, err
	}
	gone := all[max(keep, 1):]
	for i, b := range gone {
		if err := removeIfThere(b.Path); err != nil {
			return i, fmt.Errorf("the old backup %s cannot be removed: %w", b.Path, err)
		}
	}
	return len(gone), syncNames(dir)
}
