package daemon

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// watching starts a watcher of the paths and answers a channel with a value for each time it calls.
func watching(t *testing.T, paths ...string) (*watcher, <-chan struct{}) {
	t.Helper()
	w, err := newWatcher(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.look(paths)
	ctx, cancel := context.WithCancel(context.Background())
	calls, done := make(chan struct{}, 100), make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx, func() { calls <- struct{}{} })
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		w.close()
	})
	return w, calls
}

func called(t *testing.T, calls <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-calls:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s was not noticed", what)
	}
}

func TestManyWritesAreOneChange(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"a.yaml": "1"})
	_, calls := watching(t, dir)
	for range 20 {
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("2"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	called(t, calls, "a write")
	select {
	case <-calls:
		t.Error("twenty writes at once were several changes")
	case <-time.After(2 * settleFor):
	}
}

// A log that is written beside the configuration must not make the daemon reload, write a line, and reload again.
func TestOtherFilesAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"settings": "1", "ifsev.log": "", "sub/x.yaml": ""})
	_, calls := watching(t, filepath.Join(dir, "settings"))
	for _, name := range []string{"ifsev.log", "notes.txt", "sub/x.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("2"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-calls:
		t.Error("a file that is none of ours was taken for a change")
	case <-time.After(2 * settleFor):
	}
	if err := os.WriteFile(filepath.Join(dir, "settings"), []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	called(t, calls, "the configuration, whatever it is called")
}

func TestASavedFileIsNoticedEvenWhenItIsReplaced(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"a.yaml": "1", "sub/b.yaml": "1"})
	_, calls := watching(t, filepath.Join(dir, "a.yaml"), filepath.Join(dir, "sub"))
	replace := func(name string) {
		t.Helper()
		temporary := filepath.Join(t.TempDir(), "new")
		if err := os.WriteFile(temporary, []byte("2"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(temporary, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	replace("a.yaml")
	called(t, calls, "a replaced file")
	replace("a.yaml")
	called(t, calls, "a file replaced again")
	replace("sub/b.yaml")
	called(t, calls, "a file below")
}

// Kubernetes makes a new folder with a time in its name, points ..data_tmp to it, and renames that to ..data.
func TestAConfigMapIsNoticed(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"..1/rules.yaml": "1"})
	link(t, "..1", filepath.Join(dir, "..data"))
	link(t, filepath.Join("..data", "rules.yaml"), filepath.Join(dir, "rules.yaml"))
	_, calls := watching(t, dir)
	for _, version := range []string{"..2", "..3"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "rules.yaml"), []byte(version), 0o600); err != nil {
			t.Fatal(err)
		}
		link(t, version, filepath.Join(dir, "..data_tmp"))
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
		called(t, calls, version)
		sources, err := ReadRules([]string{dir})
		if err != nil || len(sources) != 1 || sources[0].Text != version {
			t.Errorf("%v, %v", sources, err)
		}
	}
}

func TestLookFollowsFolders(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"old/a.yaml": "", "new/b.yaml": ""})
	w, _ := watching(t, filepath.Join(dir, "old"))
	w.look([]string{filepath.Join(dir, "new"), filepath.Join(dir, "missing", "x.yaml")})
	if got := w.fs.WatchList(); !slices.Equal(got, []string{filepath.Join(dir, "new")}) {
		t.Errorf("watched: %v", got)
	}
}
