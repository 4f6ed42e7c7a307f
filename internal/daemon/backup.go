package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/state/boltstate"
)

const (
	// backupRest is the wait before the first backup after a start, and the longest until the configuration is looked at
	// again.
	backupRest = time.Minute
	// backupAgain is the wait after one that failed.
	backupAgain = 5 * time.Minute
)

// backups copies an embedded store now and then, as configured at the time.
type backups struct {
	store *boltstate.Store
	// conf answers how often, how many, and the folder; an empty one means that there are to be none.
	conf func() (config.Backup, string)
	now  func() time.Time
	log  *slog.Logger
	// told counts how each went.
	told func(err error, at time.Time)

	// last is when this process made one, and writes is where the store stood then. Before next none is made.
	last, next time.Time
	writes     int
}

// run makes backups until ctx ends.
func (b *backups) run(ctx context.Context) {
	b.next = b.now().Add(backupRest)
	for wait := backupRest; pauseFor(ctx, wait); {
		c, dir := b.conf()
		if wait = b.untilDue(c, dir); wait <= 0 {
			b.once(ctx, c, dir)
			wait = b.untilDue(c, dir)
		}
		wait = min(max(wait, time.Second), backupRest)
	}
}

func pauseFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// untilDue is how long the next backup can wait.
func (b *backups) untilDue(c config.Backup, dir string) time.Duration {
	if dir == "" {
		return backupRest
	}
	now, last := b.now(), b.last
	if all, err := boltstate.Backups(dir, now); err == nil && len(all) > 0 && all[0].At.After(last) && !all[0].At.After(now) {
		last = all[0].At // by a process before this one
	}
	return max(b.next.Sub(now), last.Add(c.Every).Sub(now))
}

// once makes a backup, unless nothing was written since the last, and lets go of the oldest.
func (b *backups) once(ctx context.Context, c config.Backup, dir string) {
	began, writes := b.now(), b.store.Writes()
	if !b.last.IsZero() && writes == b.writes {
		b.last = began
		b.told(nil, began)
		return
	}
	made, err := b.store.Backup(ctx, dir, began)
	if err == nil {
		b.last, b.writes = began, writes
		_, err = boltstate.PruneBackups(dir, c.Keep, began)
	}
	if ctx.Err() != nil {
		return
	}
	b.told(err, began)
	if err != nil {
		again := min(backupAgain, c.Every)
		b.next = began.Add(again)
		b.log.Error("the store could not be backed up; trying again", "error", err, "again_in", again)
		return
	}
	b.log.Debug("the store is backed up", "to", made.Path, "bytes", made.Size, "took", b.now().Sub(began))
}

// startBackups begins to back up an embedded store.
func (d *daemon) startBackups(ctx context.Context) {
	store, ok := d.store.Store.(*boltstate.Store)
	if !ok {
		return
	}
	b := &backups{
		store: store, now: time.Now, log: d.Log, told: d.engine.CountBackup,
		conf: func() (config.Backup, string) {
			d.reloading.Lock()
			defer d.reloading.Unlock()
			return d.current.config.Backup, d.current.config.BackupDir()
		},
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.run(ctx)
	}()
	d.onClose("backups", func(ctx context.Context) error {
		cancel()
		ctx, end := d.part(ctx)
		defer end()
		select {
		case <-done:
		case <-ctx.Done(): // a large copy is being read through; it has another name until that is done
			d.Log.Warn("a backup that was being made is given up")
		}
		return nil
	})
}
