package boltstate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ifsev/ifsev/state"
)

// mounting are the children that need a disk of their own.
func mounting() map[string]func(dir string) {
	return map[string]func(dir string){"disk": fillSmallDisk, "readonly": openOnReadOnlyDisk}
}

// mountSmall gives this process a disk of its own of the size at dir, which nobody else sees.
func mountSmall(dir, size string) error {
	return errors.Join(
		syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size),
	)
}

// onSmallDisk starts a child that may mount, and answers what it says, or skips where that is not allowed.
func onSmallDisk(t *testing.T, role string) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	cmd, out := childWith(t, role, t.TempDir(), &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS})
	lines := allLines(out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(lines) == 1 && strings.HasPrefix(lines[0], "mount") {
		t.Skip(lines[0])
	}
	return lines
}

func allLines(r *bufio.Reader) []string {
	b, _ := io.ReadAll(r) // what came before a fault is what there is
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// fillSmallDisk is a process that fills its disk, and goes on when somebody has made room.
func fillSmallDisk(dir string) {
	if err := mountSmall(dir, "24m"); err != nil {
		say("mount", err)
		return
	}
	s, err := Open(dir, Options{Now: noon})
	if err != nil {
		say("error", err)
		return
	}
	ballast := filepath.Join(dir, "ballast")
	_ = os.WriteFile(ballast, make([]byte, 12<<20), 0o600) // if it has no room the next line says so
	c := newChain(1)
	commit := func() error {
		next := c.next(1 << 20)
		res, err := s.Commit(context.Background(), next)
		if err == nil && res.Status == state.Written {
			c.wrote(next)
		}
		return err
	}
	for err = nil; err == nil; err = commit() {
	}
	say("full", errors.Is(err, state.ErrFull), c.seq > 0, err)
	_, err = s.Backup(context.Background(), filepath.Join(dir, BackupDir), noon())
	say("backup", errors.Is(err, state.ErrFull), err)
	room, err := s.Room(context.Background())
	say("low", room.Low(), err)
	_ = os.Remove(ballast) // the next line shows whether
	say("room again", commit(), commit())
	pages, err := s.Timeline(context.Background(), c.id, 0, 1<<20)
	say("whole", len(pages) == int(c.seq), state.Verify(pages, c.rev), err)
	say("closed", s.Close())
}

// A disk that is full refuses, loses nothing, and takes again when there is room.
func TestFullDiskRecoversByItself(t *testing.T) {
	t.Parallel()
	lines := onSmallDisk(t, "disk")
	want := []string{"full true true", "backup true", "low true <nil>", "room again <nil> <nil>", "whole true <nil> <nil>", "closed <nil>"}
	for i, line := range want {
		if i >= len(lines) || !strings.HasPrefix(lines[i], line) {
			t.Fatalf("the process says %q, want it to say %q", lines, want)
		}
	}
}

// openOnReadOnlyDisk is a process whose disk takes no writes: from the start, or while it is at work.
func openOnReadOnlyDisk(dir string) {
	if err := mountSmall(dir, "24m"); err != nil {
		say("mount", err)
		return
	}
	s, err := Open(filepath.Join(dir, "a"), Options{Now: noon})
	if err != nil {
		say("error", err)
		return
	}
	c := newChain(1)
	next := c.next(10)
	_, err = s.Commit(context.Background(), next)
	say("written", err, s.Close())
	say("remounted", syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, name := range []string{"a", "b"} {
		_, err = Open(filepath.Join(dir, name), Options{Now: noon})
		say(name, err)
	}
	s, err = Open(filepath.Join(dir, "a"), Options{Now: noon, ReadOnly: true})
	if err != nil {
		say("reading", err)
		return
	}
	_, err = s.Load(context.Background(), state.Ref{ID: c.id})
	say("reading", err, s.Close())
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	lines := onSmallDisk(t, "readonly")
	want := []string{"written <nil> <nil>", "remounted <nil>", "a the store ", "b the store ", "reading <nil> <nil>"}
	for i, line := range want {
		if i >= len(lines) || !strings.HasPrefix(lines[i], line) {
			t.Fatalf("the process says %q, want it to say %q", lines, want)
		}
		if strings.HasSuffix(line, "the store ") && !strings.Contains(lines[i], "read-only file system") {
			t.Errorf("%s does not say why", fmt.Sprint(lines[i]))
		}
	}
}
