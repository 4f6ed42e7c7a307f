//go:build unix

package boltstate

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// someone is a user that is neither root nor who runs the tests.
const someone = 65532

// belongs checks that everything in a folder, and the folder, belongs to a user.
func belongs(t *testing.T, dir string, uid uint32) {
	t.Helper()
	check1(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != uid {
			t.Errorf("%s belongs to %d, want %d", path, s.Uid, uid)
		}
		return nil
	}))
}

// owned makes a folder of a user's.
func owned(t *testing.T, uid int) string {
	t.Helper()
	dir := t.TempDir()
	check1(t, os.Chown(dir, uid, uid))
	return dir
}

// What root makes, restores and backs up belongs to the user the folder belongs to, who runs ifsev.
func TestRootMakesNothingForItselfAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to root")
	}
	source := t.TempDir()
	s := open(t, source, Options{})
	newChain(1).write(t, s, 10)
	from := backup(t, s, filepath.Join(source, BackupDir), noon()).Path
	belongs(t, source, 0)

	for name, do := range map[string]func(t *testing.T, dir string){
		"a new store": func(t *testing.T, dir string) { t.Helper(); open(t, dir, Options{}) },
		"a new store in a new folder": func(t *testing.T, dir string) {
			t.Helper()
			open(t, filepath.Join(dir, "a", "b"), Options{})
		},
		"a backup": func(t *testing.T, dir string) {
			t.Helper()
			backup(t, s, filepath.Join(dir, BackupDir), noon())
		},
		"a restore": func(t *testing.T, dir string) { t.Helper(); restore(t, dir, from) },
		"a restore into a new folder": func(t *testing.T, dir string) {
			t.Helper()
			restore(t, filepath.Join(dir, "a"), from)
		},
		"a restore over a store": func(t *testing.T, dir string) {
			t.Helper()
			restore(t, dir, from)
			restore(t, dir, from)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := owned(t, someone)
			do(t, dir)
			belongs(t, dir, someone)
		})
	}
}

func restore(t *testing.T, dir, from string) {
	t.Helper()
	_, err := Restore(t.Context(), dir, from, Options{Now: noon})
	check1(t, err)
}

// The store that is replaced says whose the new one is where the folder is root's, as on a volume of Kubernetes; one that
// root made by mistake does not.
func TestARestoreBelongsToWhomTheStoreDid(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	source := t.TempDir()
	from := backup(t, open(t, source, Options{}), filepath.Join(source, BackupDir), noon()).Path
	for name, c := range map[string]struct{ folder, store, want int }{
		"the store is the user's":          {0, someone, someone},
		"the folder is, the store is not":  {someone, 0, someone},
		"the store is of another user yet": {someone, someone + 1, someone + 1},
		"both are root's":                  {0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := owned(t, c.folder)
			path := filepath.Join(dir, fileName)
			restore(t, dir, from)
			check1(t, os.Chown(path, c.store, c.store))
			restore(t, dir, from)
			info, err := os.Stat(path)
			check1(t, err)
			if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != c.want || info.Mode() != 0o600 {
				t.Errorf("%+v, want it to belong to %d", s, c.want)
			}
		})
	}
}
