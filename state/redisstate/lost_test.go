package redisstate_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
)

// A wire stands between a store and its server. While cut is above 0, it passes a request that holds the mark on, waits
// for the answer, and closes the connection instead of handing it back: the work is done and nobody is told.
type wire struct {
	listener net.Listener
	to, mark string
	cut      atomic.Int32
	wg       sync.WaitGroup
}

func newWire(t *testing.T, to, mark string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, to: to, mark: mark}
	t.Cleanup(func() { _ = l.Close(); w.wg.Wait() })
	w.wg.Go(w.accept)
	return w
}

func (w *wire) url() string { return "redis://" + w.listener.Addr().String() + "/0" }

func (w *wire) accept() {
	for {
		conn, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.wg.Go(func() { w.serve(conn) })
	}
}

// serve copies both ways until one side ends.
func (w *wire) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var losing atomic.Bool
	w.wg.Go(func() {
		defer func() { _ = client.Close() }()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || losing.Load() {
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte(w.mark)) && w.cut.Add(-1) >= 0 {
			losing.Store(true)
		}
		if _, err := io.Copy(server, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}

// TestALostAnswerIsAskedForAgain: the server did the work and the answer was lost; the store asks again and tells what
// happened the first time.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	w := newWire(t, server.Addr(), "cut here")
	store := open(t, w.url())

	t.Run("commit with marks", func(t *testing.T) {
		s := newStory("a")
		w.cut.Store(1)
		s.write(t, store, s.next("cut here"))
		s.check(t, store)
	})
	t.Run("commit without marks", func(t *testing.T) {
		s := newStory("b")
		c := s.next("cut here")
		c.Marks = nil
		w.cut.Store(2)
		s.write(t, store, c)
		s.check(t, store)
		res, err := store.Commit(t.Context(), c)
		if err != nil || res.Status != state.Conflict || res.Record.Rev != c.Next {
			t.Errorf("sent once more: %v, %v, want a conflict with what it wrote", res, err)
		}
	})
	t.Run("a commit somebody else was first with is no success", func(t *testing.T) {
		s := newStory("c")
		first := s.next("first")
		s.write(t, store, first)
		late := newStory("c")
		late.id = s.id
		c := late.next("cut here")
		w.cut.Store(1)
		res, err := store.Commit(t.Context(), c)
		if err != nil || res.Status != state.Conflict || res.Record.Rev != first.Next {
			t.Errorf("%v, %v, want a conflict", res, err)
		}
	})
	t.Run("settlement, retry and revival", func(t *testing.T) {
		s := newStory("d")
		s.write(t, store, s.next("cut here"))
		w.cut.Store(1)
		if ok, err := store.Retry(t.Context(), s.claim(t, store), time.Now().Add(-time.Minute), "cut here"); err != nil || !ok {
			t.Fatalf("retry: %t, %v", ok, err)
		}
		c := s.settle(s.claim(t, store), true)
		w.cut.Store(1)
		s.write(t, store, c)
		w.cut.Store(1)
		if err := store.Revive(t.Context(), c.Settle.Claim.ID, s.partition()); err != nil {
			t.Fatal(err)
		}
		if letters, err := store.Deliveries(t.Context(), state.DeliveryQuery{Incident: s.id, Limit: 9}); err != nil || len(letters) != 1 || letters[0].State != ifsev.DeliveryWaiting {
			t.Fatalf("%+v, %v, want one that waits", letters, err)
		}
	})
	t.Run("claim", func(t *testing.T) {
		s := newStory("cut here")
		s.write(t, store, s.next("0"))
		for attempt := 1; attempt <= 2; attempt++ {
			w.cut.Store(1)
			c := s.claim(t, store)
			if c.Attempt != attempt || string(c.Body) != "body 0" {
				t.Fatalf("%+v, want attempt %d", c, attempt)
			}
			if ok, err := store.Retry(t.Context(), c, time.Now().Add(-time.Minute), ""); err != nil || !ok {
				t.Fatalf("retry: %t, %v", ok, err)
			}
		}
	})
	t.Run("a number and a rule set are taken once", func(t *testing.T) {
		w.cut.Store(1)
		n, err := store.Number(t.Context(), "cut here")
		again, err2 := store.Number(t.Context(), "cut here")
		next, err3 := store.Number(t.Context(), "another")
		if err := errors.Join(err, err2, err3); err != nil || n != again || next != n+1 {
			t.Errorf("numbers %d, %d, %d, %v", n, again, next, err)
		}
		w.cut.Store(1)
		if epoch, err := store.PutRuleSet(t.Context(), "cut here", nil); err != nil || epoch != 1 {
			t.Errorf("epoch %d, %v", epoch, err)
		}
	})
	t.Run("an answer that never comes is unavailable, and the same commit finishes it", func(t *testing.T) {
		s := newStory("e")
		c := s.next("cut here")
		w.cut.Store(1000)
		if _, err := store.Commit(t.Context(), c); !errors.Is(err, state.ErrUnavailable) {
			t.Fatalf("%v, want ErrUnavailable", err)
		}
		w.cut.Store(0)
		res, err := store.Commit(t.Context(), c)
		own := res.Status == state.Duplicate && res.Duplicates[c.Marks[0].ID] == (state.Taken{Incident: s.id, Sum: "sum"})
		if err != nil || !own && res.Status != state.Written {
			t.Fatalf("%+v, %v, want written, or a duplicate of its own", res, err)
		}
		s.wrote(&c)
		s.check(t, store)
	})
}
