package boltstate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ifsev/ifsev/state"
)

const chains = 8

// commitUntilKilled is a process that commits as fast as it can and says so, a line for each commit that was answered.
func commitUntilKilled(dir string) {
	s, err := Open(dir, Options{Now: noon})
	if err != nil {
		say("error", err)
		return
	}
	var all sync.WaitGroup
	for k := range chains {
		all.Go(func() {
			c := newChain(k)
			_ = c.resume(context.Background(), s) // there is none before the first time
			for {
				next := c.next(500)
				if res, err := s.Commit(context.Background(), next); err != nil || res.Status != state.Written {
					say("error", res.Status, err)
					return
				}
				c.wrote(next)
				say(k, c.seq, c.rev)
			}
		})
	}
	all.Wait()
}

// child starts this test binary in a role.
func child(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	return childWith(t, role, dir, nil)
}

func childWith(t *testing.T, role, dir string, how *syscall.SysProcAttr) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.SysProcAttr = how
	cmd.Env = append(os.Environ(), "IFSEV_TEST_CHILD="+role, "IFSEV_TEST_DIR="+dir)
	stdin, err := cmd.StdinPipe() // closed with this process, so that the child never outlives it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

func TestKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	total := 0
	for round := range 5 {
		acked, n := commitAndKill(t, dir, 150+37*round)
		total += n
		wantAcked(t, dir, acked)
	}
	t.Logf("5 processes killed, %d commits were answered, all of them are there", total)
}

// commitAndKill lets a process commit, kills it after so many lines, and answers the last line of each chain.
func commitAndKill(t *testing.T, dir string, lines int) (map[int]chain, int) {
	t.Helper()
	cmd, out := child(t, "commit", dir)
	acked := map[int]chain{}
	n := 0
	for {
		line, err := out.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break // what a killed process wrote last may be half a line, which was not said
		}
		var k int
		var c chain
		if _, err := fmt.Sscan(line, &k, &c.seq, (*string)(&c.rev)); err != nil {
			t.Fatalf("the process says %q", strings.TrimSpace(line))
		}
		acked[k] = c
		if n++; n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || n < lines {
		t.Fatalf("the process ended by itself after %d lines: %v", n, err)
	}
	return acked, n
}

func wantAcked(t *testing.T, dir string, acked map[int]chain) {
	t.Helper()
	s := open(t, dir, Options{})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for k, said := range acked {
		c := newChain(k)
		if err := c.resume(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		pages, err := s.Timeline(t.Context(), c.id, 0, 1<<30)
		if err != nil || c.seq < said.seq || pages[said.seq-1].Rev != said.rev {
			t.Fatalf("chain %d stands at %d, %v, but %d was answered with %.12s", k, c.seq, err, said.seq, said.rev)
		}
		c.wantWhole(t, s)
	}
}

// holdUntilKilled is a process that keeps the store open.
func holdUntilKilled(dir string) {
	if _, err := Open(dir, Options{Now: noon}); err != nil {
		say("error", err)
		return
	}
	say("open")
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed, or who started it is gone
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, out := child(t, "hold", dir)
	if line, err := out.ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("the process says %q, %v", line, err)
	}
	_, err := Open(dir, Options{Now: noon, LockTimeout: 1})
	if want := "another ifsev uses " + dir + "; stop it or use another --store"; err == nil || err.Error() != want {
		t.Errorf("Open: %v\nwant: %s", err, want)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()          // it was killed
	open(t, dir, Options{}) // the lock is gone with the process
}
