package boltstate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func TestOpenMakesEverythingForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "ifsev-data")
	open(t, dir, Options{})
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, fileName): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %s, %v, want %s", path, info.Mode(), err, want)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  []string
	}{
		"not a store":  {func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("text "), 5000)) }, []string{"is damaged", "backup"}},
		"cut off":      {func(t *testing.T, path string) { truncate(t, path, 12<<10) }, []string{"is damaged", "backup"}},
		"broken pages": {breakPages, []string{"is damaged", "backup"}},
		"newer format": {setFormat(format + 1), []string{"written by a newer ifsev", "format 2", "use that version"}},
		"no format":    {setFormat(-1), []string{"is damaged", "format version"}},
		"a directory":  {makeDirectory, []string{"cannot be opened", "directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			s := open(t, dir, Options{})
			for k := range 20 {
				newChain(k).write(t, s, 3000)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			tc.spoil(t, path)
			_, err := Open(dir, Options{Now: noon})
			if err == nil {
				t.Fatal("opened")
			}
			if strings.Contains(err.Error(), "runtime error") {
				t.Errorf("Open: %v\nwant no words of the runtime", err)
			}
			for _, want := range append(tc.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Open: %v\nwant it to say %q", err, want)
				}
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// A file that is cut off is said to be, wherever it ends and however it is opened: never in the words of the runtime.
func TestACutFileIsSaidToBe(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), fileName)
	s := open(t, filepath.Dir(whole), Options{})
	for k := range 20 {
		newChain(k).write(t, s, 3000)
	}
	var used int64
	if err := errors.Join(s.file.db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }), s.Close()); err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	for _, size := range []int64{3 * page, 3*page + 1000, used / 2, used - 1} {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		if err := copyFile(t.Context(), whole, path); err != nil {
			t.Fatal(err)
		}
		truncate(t, path, size)
		want := fmt.Sprintf("%s is damaged: it is cut off at %d bytes of %d", path, size, used)
		for how, opening := range map[string]func() error{
			"to write":  func() error { _, err := Open(dir, Options{Now: noon}); return err },
			"unchecked": func() error { _, err := Open(dir, Options{Now: noon, CheckSize: -1}); return err },
			"to read":   func() error { _, err := Open(dir, Options{Now: noon, ReadOnly: true}); return err },
			"a check":   func() error { _, err := CheckFile(t.Context(), path, Options{Now: noon}); return err },
		} {
			if err := opening(); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%d bytes, %s: %v, want %q", size, how, err, want)
			}
		}
	}
}

// breakPages overwrites everything but the roots.
func breakPages(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * os.Getpagesize(); i < len(b); i += 512 {
		copy(b[i:], "scribble")
	}
	write(t, path, b)
}

func setFormat(version int) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		value := binary.BigEndian.AppendUint64(nil, uint64(version))
		if version < 0 {
			value = []byte("?")
		}
		err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(formatTable)).Put([]byte("version"), value) })
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func makeDirectory(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestOpenWhereAFileIs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, nil)
	if _, err := Open(path, Options{Now: noon}); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("Open: %v, want an error that names %s", err, path)
	}
}

func TestOpenWhereNothingMayBeWritten(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{Now: noon}); err == nil || !strings.Contains(err.Error(), "give the user that runs ifsev access") {
		t.Fatalf("Open: %v", err)
	}
}

func TestOpenNeedsAClock(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.TempDir(), Options{}); err == nil {
		t.Fatal("opened without a clock")
	}
}

func TestReopenedStoreIsTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(5)
	for range 10 {
		c.write(t, s, 100)
	}
	if _, err := s.Claim(t.Context(), 5, "d", 1, 1<<40); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutRuleSet(t.Context(), "hash", []byte("rules")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lease(t.Context(), "the one before", []ifsev.Partition{5}, 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir, Options{})
	c.wantWhole(t, s)
	if claims, err := s.Claim(t.Context(), 5, "d", 1, 1); err != nil || len(claims) != 1 {
		t.Errorf("Claim: %v, %v, want it at once: whoever had claimed it is gone", claims, err)
	}
	if set, err := s.RuleSet(t.Context(), 0); err != nil || string(set.Body) != "rules" {
		t.Errorf("RuleSet: %+v, %v", set, err)
	}
	if got, err := s.Lease(t.Context(), "the next one", []ifsev.Partition{5}, 1); err != nil || len(got) != 1 {
		t.Errorf("Lease: %v, %v, want it at once: whoever had it is gone", got, err)
	}
	due, err := s.Due(t.Context(), []ifsev.Partition{5}, 10)
	if err != nil || len(due.Wakes) != 1 || due.Wakes[0].ID != c.id {
		t.Errorf("Due: %+v, %v", due, err)
	}
	list, err := s.List(t.Context(), state.Query{Limit: 10})
	if err != nil || len(list) != 1 {
		t.Errorf("List: %+v, %v", list, err)
	}
}
