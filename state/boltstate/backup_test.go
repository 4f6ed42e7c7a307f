package boltstate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

func backup(t *testing.T, s *Store, dir string, at time.Time) Backup {
	t.Helper()
	b, err := s.Backup(t.Context(), dir, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// openCopy opens a copy of a backup as a store.
func openCopy(t *testing.T, b Backup) *Store {
	t.Helper()
	dir := t.TempDir()
	if err := copyFile(t.Context(), b.Path, filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	return open(t, dir, Options{})
}

// A backup that is made while others commit holds all that was answered before it began, and of what came later
// everything or nothing.
func TestBackupWhileOthersCommit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	before := newChain(1)
	for range 20 {
		before.write(t, s, 20_000)
	}
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c := newChain(2); !stop.Load(); {
			c.write(t, s, 2000)
		}
	}()
	b := backup(t, s, filepath.Join(dir, BackupDir), noon())
	stop.Store(true)
	<-ended
	copied := openCopy(t, b)
	before.wantWhole(t, copied)
	if sum, err := copied.Check(t.Context(), func(fault string) { t.Error(fault) }); err != nil || sum.Incidents == 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	info, err := os.Stat(b.Path)
	if err != nil || info.Size() != b.Size || info.Mode() != 0o600 {
		t.Errorf("%v, %v, want %d bytes for the owner alone", info, err, b.Size)
	}
}

func TestBackupsAreKeptByNumber(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, shelf := open(t, dir, Options{}), filepath.Join(dir, BackupDir)
	newChain(1).write(t, s, 10)
	if err := os.MkdirAll(filepath.Join(shelf, "ifsev-20261123T000000.000Z.db"), 0o700); err != nil { // a folder is no backup
		t.Fatal(err)
	}
	for _, name := range []string{"notes.txt", "ifsev-yesterday.db", "ifsev-20261123T000000.000Z.db.tmp"} {
		write(t, filepath.Join(shelf, name), []byte("x"))
	}
	for n := range 5 {
		backup(t, s, shelf, noon().Add(time.Duration(n)*time.Hour))
	}
	if n, err := PruneBackups(shelf, 3, noon().Add(4*time.Hour)); n != 2 || err != nil {
		t.Fatalf("%d went, %v", n, err)
	}
	all, err := Backups(shelf, noon().Add(4*time.Hour))
	if err != nil || len(all) != 3 || !all[0].At.Equal(noon().Add(4*time.Hour)) || !all[2].At.Equal(noon().Add(2*time.Hour)) {
		t.Fatalf("%+v, %v", all, err)
	}
	if n, err := PruneBackups(shelf, 0, noon().Add(4*time.Hour)); n != 2 || err != nil {
		t.Errorf("%d went, %v: one is kept whatever is said", n, err)
	}
	if left, err := filepath.Glob(filepath.Join(shelf, "*")); err != nil || len(left) != 4 {
		t.Errorf("%v, %v: what is no backup stays, what broke off goes", left, err)
	}
	if all, err := Backups(filepath.Join(dir, "nowhere"), noon()); all != nil || err != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// What was named while the clock was ahead goes first, the oldest of it before the others; what was just made stays.
func TestBackupsFromTheFutureGoFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := noon().Add(10 * time.Hour)
	for _, hours := range []int{8, 9, 10, 100, 101, 102} {
		write(t, filepath.Join(dir, backupHead+noon().Add(time.Duration(hours)*time.Hour).Format(backupTime)+backupTail), nil)
	}
	for _, c := range []struct {
		keep int
		want []int
	}{{5, []int{10, 9, 8, 102, 101}}, {3, []int{10, 9, 8}}, {1, []int{10}}, {0, []int{10}}} {
		if _, err := PruneBackups(dir, c.keep, now); err != nil {
			t.Error(err)
		}
		all, err := Backups(dir, now)
		var got []int
		for _, b := range all {
			got = append(got, int(b.At.Sub(noon()).Hours()))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("of %d to keep there are %v (%v), want %v", c.keep, got, err, c.want)
		}
	}
}

func TestBackupThatCannotBeMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	newChain(1).write(t, s, 10)
	write(t, filepath.Join(dir, "file"), nil)
	if _, err := s.Backup(t.Context(), filepath.Join(dir, "file"), noon()); err == nil || !strings.Contains(err.Error(), "no backup was made in") {
		t.Errorf("into a file: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(over, filepath.Join(dir, "b"), noon()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	backup(t, s, filepath.Join(dir, "b"), noon())
	before, err := os.ReadDir(filepath.Join(dir, "b"))
	if err != nil || len(before) != 1 {
		t.Errorf("%v, %v: what broke off is there still", before, err)
	}
	if err := hasRoom(dir, 1<<60); !errors.Is(err, state.ErrFull) {
		t.Errorf("more than the disk holds: %v", err)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 10)
	then := *c
	b := backup(t, s, filepath.Join(dir, BackupDir), noon())
	c.write(t, s, 10)

	if _, err := Restore(t.Context(), dir, b.Path, Options{Now: noon}); err == nil || !strings.Contains(err.Error(), "another ifsev uses "+dir) {
		t.Fatalf("while it is in use: %v", err)
	}
	c.wantWhole(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), dir, b.Path, Options{Now: noon})
	if err != nil || r.Checked.Incidents != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	then.wantWhole(t, open(t, dir, Options{}))
	if _, err := CheckFile(t.Context(), r.Aside, Options{Now: noon}); err != nil {
		t.Errorf("what was put aside: %v", err)
	}

	fresh := filepath.Join(t.TempDir(), "new")
	if r, err := Restore(t.Context(), fresh, b.Path, Options{Now: noon}); err != nil || r.Aside != "" {
		t.Fatalf("into a new folder: %+v, %v", r, err)
	}
	then.wantWhole(t, open(t, fresh, Options{}))
}

// A store that is damaged is what a restore is for.
func TestRestoreOverADamagedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 100_000)
	b := backup(t, s, filepath.Join(dir, BackupDir), noon())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	breakPages(t, filepath.Join(dir, fileName))
	if _, err := Restore(t.Context(), dir, b.Path, Options{Now: noon}); err != nil {
		t.Fatal(err)
	}
	c.wantWhole(t, open(t, dir, Options{}))
}

func TestBackupsThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 50_000)
	b := backup(t, s, filepath.Join(dir, BackupDir), noon())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, path string)
		says  string
	}{
		"missing":     {func(t *testing.T, path string) { t.Helper(); check1(t, os.Remove(path)) }, "there is no file"},
		"empty":       {func(t *testing.T, path string) { t.Helper(); truncate(t, path, 0) }, "is no backup"},
		"cut off":     {func(t *testing.T, path string) { t.Helper(); truncate(t, path, 20<<10) }, "damaged"},
		"broken":      {breakPages, "damaged"},
		"newer":       {setFormat(format + 1), "written by a newer ifsev"},
		"index":       {spoilTable("wakes"), "is damaged in 1 place: the wake of incident"},
		"timeline":    {spoilTable("pages"), "commits in its timeline"},
		"deliveries":  {spoilTable("due"), "the lane of delivery"},
		"the numbers": {spoilTable("counts"), "counts say 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "backup.db")
			check1(t, copyFile(t.Context(), b.Path, path))
			tc.spoil(t, path)
			target := t.TempDir()
			_, err := Restore(t.Context(), target, path, Options{Now: noon})
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%v, want it to say %q", err, tc.says)
			}
			if left, _ := os.ReadDir(target); len(left) > 0 {
				t.Errorf("something was written: %v", left)
			}
		})
	}
}

func check1(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// spoilTable takes the first entry out of a table.
func spoilTable(name string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := bolt.Open(path, 0o600, nil)
		check1(t, err)
		check1(t, db.Update(func(tx *bolt.Tx) error {
			c := tx.Bucket([]byte(name)).Cursor()
			c.First()
			return c.Delete()
		}))
		check1(t, db.Close())
	}
}

// While a process waits for the lock, a restore may put another file in the store's place.
func TestOpenNoticesThatTheFileWasReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 10)
	b := backup(t, s, filepath.Join(dir, BackupDir), noon())
	opened := make(chan *Store)
	go func() {
		later, err := Open(dir, Options{Now: noon, LockTimeout: time.Minute})
		if err != nil {
			t.Error(err)
		}
		opened <- later
	}()
	path := filepath.Join(dir, fileName)
	check1(t, os.Rename(b.Path, path))
	check1(t, s.Close())
	later := <-opened
	c.write(t, later, 10)
	check1(t, later.Close())
	c.wantWhole(t, open(t, dir, Options{}))
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Open(dir, Options{Now: noon, ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "there is no store in "+dir) {
		t.Errorf("nothing there: %v", err)
	}
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 10)
	if _, err := Open(dir, Options{Now: noon, ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "another ifsev uses") {
		t.Errorf("in use: %v", err)
	}
	check1(t, s.Close())
	one, two := open(t, dir, Options{ReadOnly: true}), open(t, dir, Options{ReadOnly: true})
	for _, s := range []*Store{one, two} {
		if _, err := s.Load(t.Context(), state.Ref{ID: c.id}); err != nil {
			t.Error(err)
		}
	}
	if _, err := one.Commit(t.Context(), c.next(10)); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("Commit: %v", err)
	}
	if err := one.file.Update(t.Context(), func(kv.Tx) error { return nil }); err == nil {
		t.Error("an update of what is only read")
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{})
	room, err := s.Room(t.Context())
	if err != nil || room.Total == 0 || room.Free > room.Total || room.Keep == 0 || room.Keep > room.Total/2 {
		t.Errorf("%+v, %v", room, err)
	}
}
