package statetest

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func ruleSetPromises() []promise {
	return []promise{
		{name: "PutRuleSet numbers sets from 1 and writes the newest once", show: showPutRuleSet},
		{name: "RuleSet answers any set that was put, 0 the newest", show: showRuleSet},
	}
}

func storePromises() []promise {
	return []promise{
		{name: "Now is the store's clock", show: showNow},
		{name: "Stats counts what is kept", show: showStats},
		{name: "Close may be called twice and ends everything", show: showClose},
		{name: "A context that is over is obeyed", show: showContext},
	}
}

func (w *world) putRuleSet(t testing.TB, hash string, want int64) {
	t.Helper()
	if got, err := w.PutRuleSet(t.Context(), hash, []byte("body of "+hash)); err != nil || got != want {
		t.Fatalf("PutRuleSet %s: %d, %v, want %d", hash, got, err, want)
	}
}

func showPutRuleSet(t *testing.T, w *world) {
	w.putRuleSet(t, "a", 1)
	w.putRuleSet(t, "a", 1)
	w.putRuleSet(t, "b", 2)
	w.putRuleSet(t, "a", 3) // an old one is new again
	w.putRuleSet(t, "a", 3)
}

func showRuleSet(t *testing.T, w *world) {
	for _, epoch := range []int64{0, 1} {
		if rs, err := w.RuleSet(t.Context(), epoch); !errors.Is(err, state.ErrNotFound) {
			t.Fatalf("RuleSet %d of an empty store: %+v, %v, want ErrNotFound", epoch, rs, err)
		}
	}
	w.putRuleSet(t, "a", 1)
	w.putRuleSet(t, "b", 2)
	for epoch, want := range map[int64]state.RuleSet{
		0: {Epoch: 2, Hash: "b", Body: []byte("body of b")}, 1: {Epoch: 1, Hash: "a", Body: []byte("body of a")}, 2: {Epoch: 2, Hash: "b", Body: []byte("body of b")},
	} {
		got, err := w.RuleSet(t.Context(), epoch)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("RuleSet %d: %v (-want +got):\n%s", epoch, err, diff)
		}
	}
	if _, err := w.RuleSet(t.Context(), 3); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("RuleSet 3: %v, want ErrNotFound", err)
	}
}

func showNow(t *testing.T, w *world) {
	before := w.now(t)
	w.pass(t, w.short())
	after := w.now(t)
	if after.Sub(before) < w.short() {
		t.Fatalf("the clock went from %s to %s", before, after)
	}
	if !w.suite.real && !after.Equal(w.clock.Now()) {
		t.Fatalf("the store's clock stands at %s, want %s", after, w.clock.Now())
	}
}

func showStats(t *testing.T, w *world) {
	w.wantStats(t, state.Stats{})
	a, b := w.declare(t, "a"), w.declare(t, "b")
	c := a.next("mitigated", "mitigated")
	c.Summary.Status, c.Summary.Severity = ifsev.StatusMitigated, 1
	a.write(t, c)
	b.wake(t, b.declared.Add(long))
	b.send(t, "d1", "d2")
	b.wake(t, b.declared.Add(2*long))
	c = a.next("mitigated still", "wake")
	c.Summary.Status, c.Summary.Severity, c.Wake = ifsev.StatusMitigated, 1, a.declared.Add(3*long)
	a.write(t, c)
	b.kill(t, "d1", "gave up")
	c = b.next("doc", "entry")
	c.Wake = b.declared.Add(2 * long)
	page := b.item("d3")
	page.Action, page.Destination = "page", "page:ann"
	c.Outbox = []state.OutboxItem{page}
	b.write(t, c)
	w.wantStats(t, state.Stats{
		Incidents: map[state.Class]int{{Severity: 1, Status: ifsev.StatusMitigated}: 1, {Severity: 2, Status: ifsev.StatusOpen}: 1},
		Wakes:     2, OldestWake: b.declared.Add(2 * long),
		Outbox: map[string]state.OutboxStats{
			"webhook": {Pending: 1, Dead: 1, Oldest: b.declared.Add(2 * time.Millisecond)},
			"page":    {Pending: 1, Oldest: b.declared.Add(3 * time.Millisecond)},
		},
	})
}

// wantStats waits for the stats, because they may lag behind. Counts of zero may be there or not.
func (w *world) wantStats(t testing.TB, want state.Stats) {
	t.Helper()
	eventually(t, func() string {
		got, err := w.Stats(t.Context())
		if err != nil {
			return err.Error()
		}
		dropZeros(got)
		return cmp.Diff(want, got, cmpopts.EquateEmpty())
	})
}

func dropZeros(got state.Stats) {
	maps.DeleteFunc(got.Incidents, func(_ state.Class, n int) bool { return n == 0 })
	maps.DeleteFunc(got.Outbox, func(_ string, o state.OutboxStats) bool { return o.Pending == 0 && o.Dead == 0 })
}

func showClose(t *testing.T, w *world) {
	i := w.declare(t, "k")
	for range 2 {
		if err := w.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if _, err := w.Load(t.Context(), state.Ref{ID: i.id}); err == nil {
		t.Error("Load after Close: no error")
	}
	if _, err := w.Commit(t.Context(), i.next("doc", "entry")); err == nil {
		t.Error("Commit after Close: no error")
	}
}

func showContext(t *testing.T, w *world) {
	i := w.declare(t, "k")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Load":       func() error { _, err := w.Load(ctx, state.Ref{ID: i.id}); return err },
		"Commit":     func() error { _, err := w.Commit(ctx, i.next("never", "never")); return err },
		"Number":     func() error { _, err := w.Number(ctx, i.id); return err },
		"List":       func() error { _, err := w.List(ctx, state.Query{Limit: 1}); return err },
		"Timeline":   func() error { _, err := w.Timeline(ctx, i.id, 0, 1); return err },
		"Due":        func() error { _, err := w.Due(ctx, []ifsev.Partition{1}, 1); return err },
		"Claim":      func() error { _, err := w.Claim(ctx, i.p, i.destination, 1, long); return err },
		"Deliveries": func() error { _, err := w.Deliveries(ctx, state.DeliveryQuery{Limit: 1}); return err },
		"PutRuleSet": func() error { _, err := w.PutRuleSet(ctx, "hash", nil); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) && !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("%s: %v, want context.Canceled or ErrUnavailable", name, err)
		}
	}
}
