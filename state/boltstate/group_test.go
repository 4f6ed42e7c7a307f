package boltstate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// openBare opens a file without the meaning of its tables.
func openBare(t *testing.T) *file {
	t.Helper()
	path := filepath.Join(t.TempDir(), fileName)
	db, err := openFile(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := prepare(db); err != nil {
		t.Fatal(err)
	}
	f := newFile(db, path)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func put(name string) func(kv.Tx) error {
	return func(tx kv.Tx) error {
		tx.Put(0, []byte(name), []byte("x"))
		return nil
	}
}

func (f *file) has(t *testing.T, name string) bool {
	t.Helper()
	var found bool
	if err := f.View(t.Context(), func(r kv.Reader) error { found = r.Get(0, []byte(name)) != nil; return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

func (f *file) lastTx(t *testing.T) int {
	t.Helper()
	var id int
	if err := f.db.View(func(tx *bolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

// blocked starts a write that keeps the writer busy until the answer is called.
func (f *file) blocked(ctx context.Context) (finish func()) {
	leave, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		_ = f.Update(ctx, func(tx kv.Tx) error { // the test may end its context
			<-leave
			return put("first")(tx)
		})
	}()
	synctest.Wait()
	return func() {
		close(leave)
		<-left
	}
}

func TestWritesThatWaitGoInOneTransaction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := openBare(t)
		finish := f.blocked(t.Context())
		before := f.lastTx(t)
		errs := make(chan error)
		for n := range 50 {
			go func() { errs <- f.Update(t.Context(), put(fmt.Sprint("n", n))) }()
		}
		synctest.Wait()
		finish()
		for range 50 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		if got := f.lastTx(t) - before; got != 2 {
			t.Errorf("%d transactions, want one for the first and one for the 50 that waited", got)
		}
		for n := range 50 {
			if !f.has(t, fmt.Sprint("n", n)) {
				t.Errorf("write %d is not there", n)
			}
		}
	})
}

func TestOneThatFailsDoesNotHarmOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := openBare(t)
		finish := f.blocked(t.Context())
		fails := errors.New("fails")
		bad := map[string]func(kv.Tx) error{
			"fails after it wrote": func(tx kv.Tx) error { return errors.Join(put("bad")(tx), fails) },
			"writes a key too large": func(tx kv.Tx) error {
				_ = put("bad")(tx) // answers nil
				tx.Put(0, bytes.Repeat([]byte("k"), bolt.MaxKeySize+1), nil)
				return nil
			},
		}
		type answer struct {
			name string
			err  error
		}
		answers := make(chan answer)
		for n := range 10 {
			name := fmt.Sprint("good", n)
			go func() { answers <- answer{name, f.Update(t.Context(), put(name))} }()
		}
		for name, do := range bad {
			go func() { answers <- answer{name, f.Update(t.Context(), do)} }()
		}
		synctest.Wait()
		finish()
		for range 10 + len(bad) {
			a := <-answers
			if _, isBad := bad[a.name]; isBad != (a.err != nil) {
				t.Errorf("%s: %v", a.name, a.err)
			}
			if bad[a.name] == nil && !f.has(t, a.name) {
				t.Errorf("%s is not there", a.name)
			}
		}
		if f.has(t, "bad") {
			t.Error("half of a failed write is there")
		}
	})
}

func TestContextThatEndsWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := openBare(t)
		finish := f.blocked(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := f.Update(ctx, put("late"))
		if !errors.Is(err, state.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Update: %v, want ErrUnavailable and the context's error", err)
		}
		finish()
		if f.has(t, "late") {
			t.Error("what nobody took was written")
		}
	})
}

func TestContextThatEndsDuringTheWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := openBare(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		finish := f.blocked(ctx)
		time.Sleep(2 * time.Second) // virtual: the context ends while the writer is busy
		finish()
		if err := f.Update(t.Context(), put("next")); err != nil {
			t.Fatalf("the writer is stuck: %v", err)
		}
	})
}

func TestCloseWaitsForTheWriteUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := openBare(t)
		finish := f.blocked(t.Context())
		waiting := make(chan error, 1)
		go func() { waiting <- f.Update(t.Context(), put("second")) }()
		closed := make(chan error, 1)
		go func() { closed <- f.Close() }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("closed while a write was under way: %v", err)
		default:
		}
		if err := <-waiting; !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("what waited: %v, want ErrUnavailable", err)
		}
		finish()
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		if err := f.Update(t.Context(), put("third")); !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("Update after Close: %v, want ErrUnavailable", err)
		}
		if err := f.View(t.Context(), func(kv.Reader) error { return nil }); !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("View after Close: %v, want ErrUnavailable", err)
		}
	})
}

func TestReadingDoesNotWrite(t *testing.T) {
	t.Parallel()
	f := openBare(t)
	before := f.lastTx(t)
	if err := f.Update(t.Context(), func(tx kv.Tx) error { tx.Get(0, []byte("x")); return nil }); err != nil {
		t.Fatal(err)
	}
	if got := f.lastTx(t); got != before {
		t.Errorf("%d transactions were written for nothing", got-before)
	}
}

func TestDiskThatFailsAfterTheRootWasWritten(t *testing.T) {
	t.Parallel()
	f := openBare(t)
	failed := errors.New("the disk failed")
	f.sync = func(tx *bolt.Tx) error { return errors.Join(tx.Commit(), failed) }
	for _, name := range []string{"first", "second"} {
		if err := f.Update(t.Context(), put(name)); !errors.Is(err, state.ErrUnavailable) || !errors.Is(err, failed) {
			t.Errorf("%s: %v, want ErrUnavailable with the disk's error", name, err)
		}
	}
	if f.has(t, "second") {
		t.Error("written on top of what nobody knows")
	}
}

func TestDiskThatFailsBefore(t *testing.T) {
	t.Parallel()
	f := openBare(t)
	for _, tc := range []struct{ disk, want error }{
		{syscall.ENOSPC, state.ErrFull}, {errors.New("file resize error: " + syscall.EDQUOT.Error()), state.ErrFull}, {syscall.EIO, state.ErrUnavailable},
	} {
		f.sync = func(*bolt.Tx) error { return tc.disk }
		if err := f.Update(t.Context(), put("lost")); !errors.Is(err, tc.want) || !errors.Is(err, tc.disk) {
			t.Errorf("%v: %v, want %v", tc.disk, err, tc.want)
		}
	}
	f.sync = (*bolt.Tx).Commit
	if err := f.Update(t.Context(), put("kept")); err != nil || f.has(t, "lost") || !f.has(t, "kept") {
		t.Errorf("afterwards: %v", err)
	}
}
