package statetest

import (
	"testing"

	"github.com/ifsev/ifsev/state"
)

func refusalPromises() []promise {
	return []promise{
		{name: "Commit on another revision is Conflict with what is kept", show: showConflict},
		{name: "Commit on a revision of an incident that does not exist is Conflict with nothing", show: showConflictNone},
		{name: "Commit with a key bound otherwise is KeyTaken and says to which incident", show: showKeyTaken},
		{name: "Commit with a settled claim is Stale", show: showStale},
		{name: "Commit with an older epoch than the partition has seen is OldEpoch", show: showOldEpoch},
		{name: "Commit checks duplicates, revision, key, settlement, epoch in this order", show: showOrder},
		{name: "Commit that is refused writes nothing", show: showRefusedWritesNothing},
	}
}

func showConflict(t *testing.T, w *world) {
	i := w.declare(t, "k")
	stale := i.next("mine", "mine")
	i.write(t, i.next("theirs", "theirs"))
	wantRecord(t, w.refused(t, stale, state.Conflict).Record, i)

	first := i.next("first", "first")
	first.Expect = ""
	wantRecord(t, w.refused(t, first, state.Conflict).Record, i)
}

func showConflictNone(t *testing.T, w *world) {
	i := w.incident(t, "k")
	i.rev = "a revision that was lost"
	if rec := w.refused(t, i.next("doc", "entry"), state.Conflict).Record; rec.ID != "" || rec.Rev != "" || len(rec.Doc) != 0 {
		t.Fatalf("record %+v, want none", rec)
	}
}

func showKeyTaken(t *testing.T, w *world) {
	i := w.declare(t, "k")
	other := w.incident(t, "k")
	for name, bound := range map[string]string{"unbound": "", "bound to a third": w.newID(i.p), "to itself": other.id} {
		c := other.next("doc", "declared")
		c.Key, c.Bound = "k", bound
		if got := w.refused(t, c, state.KeyTaken).Bound; got != i.id {
			t.Errorf("expected %s: bound to %q, want %q", name, got, i.id)
		}
	}
	moved := other.next("doc", "declared")
	moved.Key, moved.Bound, moved.BoundRev = "k", i.id, i.rev
	i.write(t, i.next("doc", "reopened"))
	if got := w.refused(t, moved, state.KeyTaken).Bound; got != i.id {
		t.Errorf("an incident that has moved on: bound to %q, want %q", got, i.id)
	}
	free := w.incident(t, "another key")
	c := free.next("doc", "declared")
	c.Key, c.Bound = free.key, i.id
	if got := w.refused(t, c, state.KeyTaken).Bound; got != "" {
		t.Errorf("a free key is bound to %q", got)
	}
	wantRecord(t, w.load(t, state.Ref{Key: "k"}), i)
}

func showStale(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	claim := w.claimOne(t, i.p, i.destination, "d1", long)
	w.refused(t, i.settle(changed(claim, func(c *state.Claim) { c.ID = "d2" }), false, ""), state.Stale)
	w.refused(t, i.settle(changed(claim, func(c *state.Claim) { c.Attempt++ }), false, ""), state.Stale)
	w.refused(t, i.settle(changed(claim, func(c *state.Claim) { c.Attempt = 0 }), false, ""), state.Stale)
	w.refused(t, i.settle(changed(claim, func(c *state.Claim) { c.Destination = "elsewhere" }), false, ""), state.Stale)
	i.write(t, i.settle(claim, false, ""))
	w.refused(t, i.settle(claim, false, ""), state.Stale)
	w.refused(t, i.settle(claim, true, "dead"), state.Stale)
	w.claimOne(t, i.p, i.destination, "d2", long)
}

func changed(c state.Claim, change func(*state.Claim)) state.Claim {
	change(&c)
	return c
}

func showOldEpoch(t *testing.T, w *world) {
	i := w.declare(t, "k")
	at := func(i *incident, epoch int64) state.Commit {
		c := i.next("doc", "entry")
		c.Epoch = epoch
		return c
	}
	i.write(t, at(i, 5))
	i.write(t, at(i, 5))
	if got := w.refused(t, at(i, 4), state.OldEpoch).Epoch; got != 5 {
		t.Errorf("the partition has seen %d, want 5", got)
	}
	i.write(t, at(i, 0)) // not checked, and does not lower what was seen
	w.refused(t, at(i, 4), state.OldEpoch)
	i.write(t, at(i, 6))

	neighbour := w.declare(t, keyIn(i.p, "neighbour"))
	w.refused(t, at(neighbour, 5), state.OldEpoch)
	elsewhere := w.declare(t, keyIn(i.p^1, "elsewhere"))
	elsewhere.write(t, at(elsewhere, 1))
}

// spoiling makes a commit fail one check.
type spoiling struct {
	want  state.Status
	spoil func(*state.Commit)
}

// spoilings are one for each check, in the order of the checks, for an incident made by breakable.
func spoilings(i *incident) []spoiling {
	return []spoiling{
		{state.Duplicate, func(c *state.Commit) { c.Marks = append(c.Marks, state.Mark{ID: "taken"}) }},
		{state.Conflict, func(c *state.Commit) { c.Expect = "another" }},
		{state.KeyTaken, func(c *state.Commit) { c.Key, c.Bound = i.key, "another" }},
		{state.Stale, func(c *state.Commit) {
			c.Settle = &state.Settlement{Claim: state.Claim{Partition: i.p, Destination: "x", Incident: i.id, ID: "d", Attempt: 1}}
		}},
		{state.OldEpoch, func(c *state.Commit) { c.Epoch = 1 }},
	}
}

func breakable(t *testing.T, w *world) *incident {
	t.Helper()
	i := w.declare(t, "k")
	c := markedWith(i, "taken")
	c.Epoch = 9
	i.write(t, c)
	return i
}

func showOrder(t *testing.T, w *world) {
	i := breakable(t, w)
	all := spoilings(i)
	for n := range all {
		c := i.next("doc", "entry")
		for _, b := range all[n:] { // everything from the nth check on is wrong
			b.spoil(&c)
		}
		w.refused(t, c, all[n].want)
	}
}

func showRefusedWritesNothing(t *testing.T, w *world) {
	i := breakable(t, w)
	before := w.picture(t, i)
	for _, b := range spoilings(i) {
		c := fullCommit(t, i)
		c.Epoch = 9
		c.Wake = w.now(t)
		c.Key, c.Bound = i.key, i.id
		c.Marks = []state.Mark{{ID: "not taken"}}
		c.Summary.Title = "changed"
		b.spoil(&c)
		w.refused(t, c, b.want)
		before.same(t, w.picture(t, i))
	}
	i.write(t, markedWith(i, "not taken"))
}
