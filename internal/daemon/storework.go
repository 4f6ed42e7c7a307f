package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
)

// StoreWork is work on a store that no daemon uses.
type StoreWork struct {
	Inputs
	// Now is the clock.
	Now func() time.Time
}

// folder answers the folder of the embedded store that is configured.
func (w *StoreWork) folder() (dir string, cfg *config.Config, err error) {
	if cfg, _, err = w.configure(); err != nil {
		return "", nil, err
	}
	dir, ok := strings.CutPrefix(cfg.Store.Reveal(), "file:")
	if !ok {
		return "", nil, fmt.Errorf("%s is no embedded store: this is for file:DIR; Redis is backed up with its own means", redactURL(cfg.Store.Reveal()))
	}
	return strings.TrimPrefix(dir, "//"), cfg, nil
}

// Backup copies the store into a folder; an empty one means where the daemon keeps backups. While a daemon uses the
// store it is refused: that one makes them by itself.
func (w *StoreWork) Backup(ctx context.Context, to string) (boltstate.Backup, error) {
	dir, cfg, err := w.folder()
	if err != nil {
		return boltstate.Backup{}, err
	}
	if to == "" {
		cfg.Backup.Off = false
		to = cfg.BackupDir()
	}
	store, err := boltstate.Open(dir, boltstate.Options{Now: w.Now, ReadOnly: true})
	if err != nil {
		return boltstate.Backup{}, withNewest(err, to, w.Now())
	}
	made, err := store.Backup(ctx, to, w.Now())
	return made, errors.Join(err, store.Close())
}

// withNewest tells beside an error which backup there is.
func withNewest(err error, dir string, now time.Time) error {
	all, listErr := boltstate.Backups(dir, now)
	if listErr != nil || len(all) == 0 {
		return err
	}
	return fmt.Errorf("%w; a running daemon makes backups by itself, the newest is %s", err, all[0].Path)
}

// Restore puts a backup in the place of the store; latest means the newest there is. It answers which it was.
func (w *StoreWork) Restore(ctx context.Context, from string) (string, boltstate.Restored, error) {
	dir, cfg, err := w.folder()
	if err != nil {
		return "", boltstate.Restored{}, err
	}
	if from == "latest" {
		cfg.Backup.Off = false
		all, err := boltstate.Backups(cfg.BackupDir(), w.Now())
		if err != nil {
			return "", boltstate.Restored{}, err
		}
		if len(all) == 0 {
			return "", boltstate.Restored{}, fmt.Errorf("there is no backup in %s: name one with --from", cfg.BackupDir())
		}
		from = all[0].Path
	}
	done, err := boltstate.Restore(ctx, dir, from, boltstate.Options{Now: w.Now})
	return from, done, err
}

// CheckBackup reads all of a backup.
func (w *StoreWork) CheckBackup(ctx context.Context, path string) (state.Checked, error) {
	return boltstate.CheckFile(ctx, path, boltstate.Options{Now: w.Now})
}

// Check reads all of the store and tells each fault. It answers where the store is.
func (w *StoreWork) Check(ctx context.Context, fault func(string)) (place string, sum state.Checked, err error) {
	dir, _, err := w.folder()
	if err != nil {
		return "", sum, err
	}
	store, err := boltstate.Open(dir, boltstate.Options{Now: w.Now, ReadOnly: true, CheckSize: 1 << 62})
	if err != nil {
		return dir, sum, err
	}
	sum, err = store.Check(ctx, fault)
	if abs, absErr := filepath.Abs(dir); absErr == nil {
		dir = abs
	}
	return dir, sum, errors.Join(err, store.Close())
}
