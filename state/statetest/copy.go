package statetest

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

func copyPromises() []promise {
	return []promise{
		{name: "BeginFill refuses a store that holds something, and clears what broke off", show: showBeginFill},
		{name: "Fill takes a batch once", show: showFillTwice},
	}
}

// fillable answers the store as one that can be filled, or skips.
func (w *world) fillable(t *testing.T) state.Target {
	t.Helper()
	to, ok := w.Store.(state.Target)
	if !ok {
		t.Skip("it cannot be filled")
	}
	return to
}

func showBeginFill(t *testing.T, w *world) {
	to := w.fillable(t)
	wantFilling := func(want bool) {
		t.Helper()
		if filling, err := to.Filling(t.Context()); err != nil || filling != want {
			t.Fatalf("Filling: %t, %v, want %t", filling, err, want)
		}
	}
	wantFilling(false)
	if err := to.BeginFill(t.Context()); err != nil {
		t.Fatal(err)
	}
	i := w.declare(t, "left over")
	i.send(t, "d")
	w.putRuleSet(t, "left over", 1)
	wantFilling(true)
	if err := to.BeginFill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(t.Context(), state.Ref{ID: i.id}); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("what was left over: %v, want ErrNotFound", err)
	}
	if letters := w.letters(t, state.DeliveryQuery{}); len(letters) != 0 {
		t.Fatalf("%d deliveries were left over", len(letters))
	}
	if err := to.EndFill(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFilling(false)
	w.putRuleSet(t, "first", 1)
	if err := to.BeginFill(t.Context()); !errors.Is(err, state.ErrNotEmpty) {
		t.Fatalf("BeginFill of what is used: %v, want ErrNotEmpty", err)
	}
	wantFilling(false)
}

func showFillTwice(t *testing.T, w *world) {
	to := w.fillable(t)
	source := &world{suite: w.suite, clock: w.clock, Store: memstate.New(w.clock.Now)}
	i := source.declare(t, "k")
	i.send(t, "d1", "d2")
	var rows []state.Row
	err := source.Store.(state.Dumper).Dump(t.Context(), func(r state.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := to.BeginFill(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := to.Fill(t.Context(), 1, rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.EndFill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters := w.letters(t, state.DeliveryQuery{}); len(letters) != 2 {
		t.Fatalf("%d deliveries, want 2", len(letters))
	}
	if pages := w.pages(t, i.id, 10); len(pages) != 2 {
		t.Fatalf("%d commits, want 2", len(pages))
	}
}

// move copies the store to memory and from there to a new one, on which the player goes on: nobody may see a
// difference, but that leases are gone.
func (p *player) move(t *testing.T, rt *rapid.T) {
	from, ok := p.w.Store.(state.Source)
	if !ok {
		return
	}
	through := memstate.New(p.w.clock.Now)
	_, err := state.Copy(p.ctx, from, through)
	p.fine(rt, "Copy to memory", err)
	p.fine(rt, "Close", p.w.Close())
	p.w.Store = p.w.suite.open(t, p.w.clock)
	_, err = state.Copy(p.ctx, through, p.w.Store.(state.Target))
	p.fine(rt, "Copy from memory", err)
	clear(p.ref.leases)
}
