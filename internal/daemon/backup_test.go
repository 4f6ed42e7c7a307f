package daemon

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/state/boltstate"
)

// backedUp runs backups in virtual time over a store of its own.
type backedUp struct {
	t     *testing.T
	store *boltstate.Store
	errs  []error

	mu   sync.Mutex // of what backups are made by, which tests change
	dir  string
	conf config.Backup
}

func (s *backedUp) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// onShelf runs do in a bubble in which backups are being made.
func onShelf(t *testing.T, do func(s *backedUp)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store, err := boltstate.Open(filepath.Join(dir, "store"), boltstate.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		s := &backedUp{t: t, store: store, dir: filepath.Join(dir, "store", "backups"), conf: config.Backup{Every: time.Hour, Keep: 3}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		b := &backups{
			store: store, now: time.Now, log: slog.New(slog.DiscardHandler), told: func(err error, _ time.Time) { s.errs = append(s.errs, err) },
			conf: func() (config.Backup, string) { s.mu.Lock(); defer s.mu.Unlock(); return s.conf, s.dir },
		}
		go func() {
			defer close(done)
			b.run(ctx)
		}()
		do(s)
		cancel()
		<-done
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (s *backedUp) change() {
	s.t.Helper()
	if _, err := s.store.PutRuleSet(s.t.Context(), time.Now().String(), nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *backedUp) pass(d time.Duration) {
	time.Sleep(d) // in the bubble it takes no time
	synctest.Wait()
}

func (s *backedUp) want(backups int) {
	s.t.Helper()
	if all, err := boltstate.Backups(s.dir, time.Now()); err != nil || len(all) != backups {
		s.t.Fatalf("%d backups, %v, want %d", len(all), err, backups)
	}
}

func TestBackupsAreMadeEveryHour(t *testing.T) {
	t.Parallel()
	onShelf(t, func(s *backedUp) {
		s.change()
		s.pass(59 * time.Second)
		s.want(0)
		s.pass(time.Second)
		s.want(1)
		s.change()
		s.pass(59 * time.Minute)
		s.want(1)
		s.pass(2 * time.Minute)
		s.want(2)
		s.pass(5 * time.Hour)
		s.want(2) // nothing was written
		for range 5 {
			s.change()
			s.pass(time.Hour)
		}
		s.want(3)
		if n := len(s.errs); n < 11 {
			t.Errorf("only %d were counted: where nothing was written the last one is as good as new", n)
		}
		for _, err := range s.errs {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// A clock that was ahead costs no backup that is made after it was set right.
func TestBackupsAfterTheClockWasAhead(t *testing.T) {
	t.Parallel()
	onShelf(t, func(s *backedUp) {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for n := range s.conf.Keep {
			name := time.Now().AddDate(1, 0, n).UTC().Format("ifsev-20060102T150405.000Z.db")
			if err := os.WriteFile(filepath.Join(s.dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s.change()
		s.pass(time.Minute)
		made := time.Now().UTC()
		s.want(s.conf.Keep)
		if all, err := boltstate.Backups(s.dir, made); err != nil || !all[0].At.Equal(made) {
			t.Errorf("the first is %+v, %v; one was made at %s", all[0], err, made)
		}
	})
}

func TestBackupsFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	onShelf(t, func(s *backedUp) {
		s.change()
		dir := s.dir
		s.set(func() { s.dir = "" })
		s.pass(3 * time.Hour)
		s.set(func() { s.dir = dir })
		s.want(0)
		s.pass(time.Minute)
		s.want(1)
		s.set(func() { s.conf.Every = 5 * time.Minute })
		s.change()
		s.pass(6 * time.Minute)
		s.want(2)
	})
}

func TestBackupsThatFailAreTriedAgain(t *testing.T) {
	t.Parallel()
	onShelf(t, func(s *backedUp) {
		if err := os.WriteFile(s.dir, nil, 0o600); err != nil { // where the folder should be
			t.Fatal(err)
		}
		s.change()
		s.pass(time.Minute)
		if len(s.errs) != 1 || s.errs[0] == nil {
			t.Fatalf("%v", s.errs)
		}
		if err := os.Remove(s.dir); err != nil {
			t.Fatal(err)
		}
		s.pass(4 * time.Minute)
		s.want(0)
		s.pass(2 * time.Minute)
		s.want(1)
	})
}

// A process that is restarted often makes no more backups than one that is not.
func TestBackupsOfTheProcessBefore(t *testing.T) {
	t.Parallel()
	onShelf(t, func(s *backedUp) {
		s.change()
		if _, err := s.store.Backup(t.Context(), s.dir, time.Now()); err != nil {
			t.Fatal(err)
		}
		s.pass(59 * time.Minute)
		s.want(1)
		s.pass(2 * time.Minute)
		s.want(2)
	})
}
