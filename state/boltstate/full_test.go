package boltstate

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/ifsev/ifsev/state"
)

func TestFullStoreWritesNothingMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{MaxSize: 40 << 20})
	c := newChain(1)
	for k := 2; ; k++ {
		other := newChain(k)
		next := other.next(1 << 20)
		if _, err := s.Commit(t.Context(), next); err != nil {
			if !errors.Is(err, state.ErrFull) || errors.Is(err, state.ErrUnavailable) {
				t.Fatalf("Commit: %v, want ErrFull", err)
			}
			if _, err := s.Load(t.Context(), state.Ref{ID: other.id}); !errors.Is(err, state.ErrNotFound) {
				t.Fatalf("Load of what found no room: %v", err)
			}
			if due, err := s.Due(t.Context(), nil, 10); err != nil || len(due.Wakes) != 0 {
				t.Fatalf("Due: %+v, %v", due, err)
			}
			break
		}
		other.wrote(next)
		c = other
	}
	c.wantWhole(t, s)
	claims, err := s.Claim(t.Context(), 2, "d", 10, 1) // draining goes on
	if err != nil || len(claims) != 1 {
		t.Fatalf("Claim: %v, %v", claims, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.wantWhole(t, open(t, dir, Options{}))
}

// fillUntilLimited is a process whose files may not grow beyond a limit, as on a full disk.
func fillUntilLimited(dir string) {
	s, err := Open(dir, Options{Now: noon})
	if err != nil {
		say("error", err)
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 20 << 20, Max: 20 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		say("error", err)
		return
	}
	for k := range 100 {
		c := newChain(k)
		next := c.next(1 << 20)
		if _, err := s.Commit(context.Background(), next); err != nil {
			say(k, errors.Is(err, state.ErrFull))
			break
		}
	}
	if err := s.Close(); err != nil {
		say("error", err)
	}
}

func TestDiskThatTakesNoMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, out := child(t, "fill", dir)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var written int
	var full bool
	if _, err := fmt.Sscan(line, &written, &full); err != nil || !full || written == 0 {
		t.Fatalf("the process says %q, want some commits and ErrFull", strings.TrimSpace(line))
	}
	s := open(t, dir, Options{})
	for k := range written + 1 {
		_, err := s.Load(t.Context(), state.Ref{ID: newChain(k).id})
		if there := err == nil; there != (k < written) {
			t.Errorf("incident %d: %v, written were %d", k, err, written)
		}
	}
}
