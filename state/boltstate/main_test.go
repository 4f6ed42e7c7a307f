package boltstate

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is also what a child process runs: some tests need a process of their own, to kill it or to limit it.
func TestMain(m *testing.M) {
	if role := os.Getenv("IFSEV_TEST_CHILD"); role != "" {
		do := children[role]
		if do == nil {
			do = mounting()[role]
		}
		do(os.Getenv("IFSEV_TEST_DIR"))
		return
	}
	goleak.VerifyTestMain(m)
}

var children = map[string]func(dir string){
	"commit": commitUntilKilled, "fill": fillUntilLimited, "hold": holdUntilKilled,
}

// say is how a child process speaks: a line for each thing, at once. If nobody listens, it is about to be killed.
func say(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// open opens a store that the test closes, or reopens.
func open(t *testing.T, dir string, opt Options) *Store {
	t.Helper()
	if opt.Now == nil {
		opt.Now = noon
	}
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}
