package statetest

import (
	"errors"
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
)

func removePromises() []promise {
	return []promise{
		{name: "Remove forgets an incident and nothing else", show: showRemove},
		{name: "Remove leaves what changed or waits", show: showRemoveRefused},
	}
}

func (w *world) remove(t *testing.T, id string, rev state.Rev, want state.Removal) {
	t.Helper()
	if got, err := w.Store.(state.Remover).Remove(t.Context(), id, rev); err != nil || got != want {
		t.Fatalf("Remove: %d, %v, want %d", got, err, want)
	}
}

func showRemove(t *testing.T, w *world) {
	a, b := w.declare(t, "a"), w.declare(t, "b")
	before := w.picture(t, b)
	w.remove(t, a.id, a.rev, state.Removed)
	for _, ref := range []state.Ref{{ID: a.id}, {Key: "a"}} {
		if _, err := w.Load(t.Context(), ref); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("Load %+v: %v, want ErrNotFound", ref, err)
		}
	}
	if _, err := w.Timeline(t.Context(), a.id, 0, 10); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Timeline: %v, want ErrNotFound", err)
	}
	if v, err := w.Verdicts(t.Context(), a.id); err != nil || len(v) != 0 {
		t.Errorf("Verdicts: %v, %v", v, err)
	}
	if list := w.list(t, state.Query{}); len(list) != 1 || list[0].ID != b.id {
		t.Errorf("listed: %+v", list)
	}
	if _, err := w.Store.(state.Remover).Remove(t.Context(), a.id, a.rev); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Remove again: %v, want ErrNotFound", err)
	}
	after := w.picture(t, b)
	before.Listed = after.Listed
	before.same(t, after)
	if c := w.declare(t, "a"); c.id == a.id {
		t.Error("the key leads to the one that is gone")
	}
	if c, ok := w.Store.(state.Checker); ok {
		if _, err := c.Check(t.Context(), func(fault string) { t.Error(fault) }); err != nil {
			t.Error(err)
		}
	}
}

func showRemoveRefused(t *testing.T, w *world) {
	i := w.declare(t, "k")
	old := i.rev
	i.wake(t, i.declared.Add(time.Hour))
	w.remove(t, i.id, old, state.Changed)
	w.remove(t, i.id, i.rev, state.Unfinished)
	i.send(t, "d") // and no wake any more
	w.remove(t, i.id, i.rev, state.Unfinished)
	i.kill(t, "d", "gave up")
	w.remove(t, i.id, i.rev, state.Unfinished)
	if err := w.Drop(t.Context(), "d", i.p); err != nil {
		t.Fatal(err)
	}
	w.remove(t, i.id, i.rev, state.Removed)
}
