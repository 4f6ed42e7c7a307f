package statetest

import (
	"errors"
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

func removePromises() []promise {
	return []promise{
		{name: "Remove forgets an incident and nothing else", show: showRemove},
		{name: "Remove leaves what changed or waits", show: showRemoveRefused},
		{name: "Remove forgets what is in no list, and counts nothing", show: showRemoveUnlisted},
		{name: "What is in no list is copied, and whole", show: showCopyUnlisted},
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
	w.whole(t, w.Store)
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

// unlistedDoc is a document without a number, as groups are, in the partition of an incident.
type unlistedDoc struct {
	w   *world
	id  string
	rev state.Rev
}

func (u *unlistedDoc) write(t *testing.T, doc string, change func(*state.Commit)) {
	t.Helper()
	c := state.Commit{ID: u.id, Expect: u.rev, Doc: []byte(doc)}
	c.Next = state.NextRev(c.Expect, c.Doc, nil)
	change(&c)
	if res := u.w.commit(t, c); res.Status != state.Written {
		t.Fatalf("Commit: status %s, want written", res.Status)
	}
	u.rev = c.Next
}

func showRemoveUnlisted(t *testing.T, w *world) {
	a := w.declare(t, "a")
	before, counted := w.picture(t, a), w.stats(t)
	u := &unlistedDoc{w: w, id: w.newID(a.p)}
	u.write(t, "waits", func(c *state.Commit) {
		c.Wake = a.declared.Add(long)
		item := a.item("told")
		item.Destination = "inward"
		c.Outbox = []state.OutboxItem{item}
	})
	w.remove(t, u.id, u.rev, state.Unfinished)
	old := u.rev
	u.write(t, "sent", func(*state.Commit) {}) // and no wake any more
	w.remove(t, u.id, old, state.Changed)
	w.remove(t, u.id, u.rev, state.Unfinished)
	claim := w.claimOne(t, a.p, "inward", "told", long)
	u.write(t, "empty", func(c *state.Commit) { c.Settle = &state.Settlement{Claim: claim} })
	w.remove(t, u.id, u.rev, state.Removed)
	if _, err := w.Load(t.Context(), state.Ref{ID: u.id}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
	if _, err := w.Store.(state.Remover).Remove(t.Context(), u.id, u.rev); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Remove again: %v, want ErrNotFound", err)
	}
	before.same(t, w.picture(t, a))
	w.wantStats(t, counted)
	w.whole(t, w.Store)
	// Who comes with the revision of what is gone is told that there is none, and begins it anew.
	late := state.Commit{ID: u.id, Expect: u.rev, Doc: []byte("late")}
	late.Next = state.NextRev(late.Expect, late.Doc, nil)
	if res := w.refused(t, late, state.Conflict); res.Record.Rev != "" {
		t.Errorf("the conflict is with %+v", res.Record)
	}
	u.rev = ""
	u.write(t, "anew", func(*state.Commit) {})
}

func (w *world) stats(t *testing.T) state.Stats {
	t.Helper()
	s, err := w.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dropZeros(s)
	return s
}

// whole wants a store that can look at itself to find nothing.
func (w *world) whole(t *testing.T, s state.Store) {
	t.Helper()
	c, ok := s.(state.Checker)
	if !ok {
		return
	}
	if _, err := c.Check(t.Context(), func(fault string) { t.Error(fault) }); err != nil {
		t.Error(err)
	}
}

func showCopyUnlisted(t *testing.T, w *world) {
	to := w.fillable(t)
	memory := memstate.New(w.clock.Now)
	source := &world{suite: w.suite, clock: w.clock, Store: memory}
	a := source.declare(t, "a")
	a.send(t, "d")
	u := &unlistedDoc{w: source, id: source.newID(a.p)}
	for _, doc := range []string{"one", "two"} {
		u.write(t, doc, func(c *state.Commit) {
			c.Wake = a.declared.Add(long)
			c.Outbox = []state.OutboxItem{a.item("of " + doc)}
		})
	}
	w.whole(t, memory)
	if _, err := state.Copy(t.Context(), memory, to); err != nil {
		t.Fatal(err)
	}
	w.whole(t, w.Store)
	if rec := w.load(t, state.Ref{ID: u.id}); rec.Rev != u.rev || string(rec.Doc) != "two" {
		t.Errorf("%s at %s", rec.Doc, rec.Rev)
	}
	if list := w.list(t, state.Query{}); len(list) != 1 {
		t.Errorf("listed: %+v", list)
	}
	w.wantStats(t, source.stats(t))
	// It goes on there as it would have, and may leave.
	u.w = w
	u.write(t, "three", func(*state.Commit) {})
	w.remove(t, u.id, u.rev, state.Unfinished)
	back := memstate.New(w.clock.Now)
	if _, err := state.Copy(t.Context(), w.Store.(state.Source), back); err != nil {
		t.Error(err)
	}
	w.whole(t, back)
}
