package daemon

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleFor is how long files must have been left alone before they are read again: editors and tools write several
// times for one change.
const settleFor = 200 * time.Millisecond

// watcher tells when rule or configuration files may have changed. It watches folders, never files: an editor replaces
// the file it saves, and a ConfigMap replaces a link in the folder.
type watcher struct {
	fs  *fsnotify.Watcher
	log *slog.Logger
	// named are the paths themselves: a file that is named is looked after whatever it is called.
	named atomic.Pointer[[]string]
}

func newWatcher(log *slog.Logger) (*watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &watcher{fs: w, log: log}, nil
}

// look watches the folders of these paths, and no others; it is called again after every reload, because folders come
// and go. What cannot be watched is logged: SIGHUP still works.
func (w *watcher) look(paths []string) {
	want, named := map[string]bool{}, make([]string, len(paths))
	for i, p := range paths {
		named[i] = filepath.Clean(p)
		for _, dir := range watchedFolders(p) {
			want[dir] = true
		}
	}
	w.named.Store(&named)
	for _, dir := range w.fs.WatchList() {
		if !want[dir] {
			_ = w.fs.Remove(dir) // it is gone already
		}
	}
	for dir := range want {
		if err := w.fs.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.log.Warn("a folder cannot be watched; reload with SIGHUP after changes", "folder", dir, "error", err)
		}
	}
}

// watchedFolders lists the folders in which a change means that the path may have changed.
func watchedFolders(path string) []string {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{filepath.Dir(path)}
	}
	var dirs []string
	_ = walk(path, 0, func(p string, dir bool) { // reading the rules tells of what cannot be read
		if dir {
			dirs = append(dirs, p)
		}
	})
	return dirs
}

// concerns reports whether a change of a name in a watched folder may be one of rules or configuration. Other files lie
// there too; if the daemon's own log is among them, every reload would be the cause of the next.
func (w *watcher) concerns(path string) bool {
	path = filepath.Clean(path)
	if named := w.named.Load(); named != nil && slices.Contains(*named, path) {
		return true
	}
	base := filepath.Base(path)
	if isRuleFile(base) || strings.HasPrefix(base, "..") { // a ConfigMap replaces ..data
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || err != nil && filepath.Ext(base) == "" // a folder came or went
}

// run calls changed once for every time the files were changed and then left alone, until ctx ends.
func (w *watcher) run(ctx context.Context, changed func()) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case ev, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if ev.Op != fsnotify.Chmod && w.concerns(ev.Name) {
				timer.Reset(settleFor)
			}
		case err, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			w.log.Warn("watching the rules failed; reload with SIGHUP after changes", "error", err)
		case <-timer.C:
			changed()
		}
	}
}

func (w *watcher) close() { _ = w.fs.Close() } // there is nothing left to do about it
