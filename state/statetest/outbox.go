package statetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func outboxPromises() []promise {
	return []promise{
		{name: "Deliveries shows what waits, is in flight, is retried and is dead", show: showLetterStates},
		{name: "Deliveries filters, oldest first, up to limit", show: showLetterFilters},
		{name: "Deliveries goes on after a place, with nothing left out or told twice", show: showLetterPages},
		{name: "Revive puts a dead delivery at the end of its lane, due now, with attempts at 0", show: showRevive},
		{name: "Revive of what is not dead is ErrNotFound", show: showReviveNone},
		{name: "Drop forgets a dead delivery only", show: showDrop},
		{name: "A delivery that dies again is dead once", show: showDeadAgain},
	}
}

func showLetterStates(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "dead", "in flight", "behind")
	i.kill(t, "dead", "gave up")
	w.claimOne(t, i.p, i.destination, "in flight", long)
	i.destination = "another"
	i.send(t, "retried")
	w.retry(t, w.claimOne(t, i.p, "another", "retried", long), w.now(t).Add(2*long), "busy", true)
	i.destination = "third"
	c := i.next("doc", "entry")
	later := i.item("later")
	later.Due = w.now(t).Add(3 * long)
	c.Outbox = []state.OutboxItem{later}
	i.write(t, c)

	letters := w.letters(t, state.DeliveryQuery{})
	for n, want := range []struct {
		body     string
		state    ifsev.DeliveryState
		attempts int
		waits    bool
		failure  string
	}{
		{"body of dead", ifsev.DeliveryDead, 1, false, "gave up"},
		{"body of in flight", ifsev.DeliveryInFlight, 1, true, ""},
		{"body of behind", ifsev.DeliveryWaiting, 0, false, ""},
		{"body of retried", ifsev.DeliveryRetrying, 1, true, "busy"},
		{"body of later", ifsev.DeliveryWaiting, 0, true, ""},
	} {
		if n >= len(letters) {
			t.Fatalf("%d letters, want 5", len(letters))
		}
		l := letters[n]
		if string(l.Body) != want.body || l.State != want.state || l.Attempts != want.attempts || l.LastError != want.failure ||
			l.NextAttempt.IsZero() == want.waits || l.Partition != i.p {
			t.Errorf("letter %d: %+v (%s)\nwant %+v", n, l, l.Body, want)
		}
	}
	if got := letters[len(letters)-1].NextAttempt; !got.Equal(later.Due) {
		t.Errorf("next attempt %s, want %s", got, later.Due)
	}
}

func showLetterFilters(t *testing.T, w *world) {
	a, b := w.declare(t, keyIn(1, "a")), w.declare(t, keyIn(2, "b"))
	add := func(i *incident, id, rule string, age time.Duration) {
		c := i.next("doc", "entry")
		item := i.item(id)
		item.Rule, item.Destination, item.Action = rule, "to "+id, "kind "+rule
		item.Created = a.declared.Add(-age)
		c.Outbox = []state.OutboxItem{item}
		i.write(t, c)
	}
	add(a, "a1", "one", 3*time.Second)
	add(b, "b1", "two", 4*time.Second)
	add(a, "a2", "two", time.Second)
	add(b, "b2", "one", 2*time.Second)
	a.destination = "to a1"
	a.kill(t, "a1", "gave up")
	for _, tc := range []struct {
		name string
		q    state.DeliveryQuery
		want []string
	}{
		{"everything", state.DeliveryQuery{}, []string{"b1", "a1", "b2", "a2"}},
		{"limit", state.DeliveryQuery{Limit: 2}, []string{"b1", "a1"}},
		{"one id", state.DeliveryQuery{ID: "b2"}, []string{"b2"}},
		{"a dead id", state.DeliveryQuery{ID: "a1"}, []string{"a1"}},
		{"no such id", state.DeliveryQuery{ID: "b"}, nil},
		{"an incident", state.DeliveryQuery{Incident: a.id}, []string{"a1", "a2"}},
		{"a rule", state.DeliveryQuery{Rule: "one"}, []string{"a1", "b2"}},
		{"the dead", state.DeliveryQuery{Dead: true}, []string{"a1"}},
		{"the dead of a rule that has none", state.DeliveryQuery{Dead: true, Rule: "two"}, nil},
		{"several", state.DeliveryQuery{Incident: b.id, Rule: "two"}, []string{"b1"}},
		{"the limit counts what matches", state.DeliveryQuery{Rule: "two", Limit: 2}, []string{"b1", "a2"}},
	} {
		var got []string
		for _, l := range w.letters(t, tc.q) {
			got = append(got, string(l.Body[len("body of "):]))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func showLetterPages(t *testing.T, w *world) {
	a, b := w.declare(t, keyIn(1, "a")), w.declare(t, keyIn(2, "b"))
	add := func(i *incident, rule string, age time.Duration, ids ...string) {
		c := i.next("doc", "entry")
		for _, id := range ids {
			item := i.item(id)
			item.Rule, item.Destination, item.Action, item.Created = rule, "to "+id, "kind "+rule, a.declared.Add(-age)
			c.Outbox = append(c.Outbox, item)
		}
		i.write(t, c)
	}
	// Most of them were decided at once.
	add(a, "one", 3*time.Second, "a1", "a2", "a3", "a4", "a5")
	add(b, "two", 3*time.Second, "b1", "b2", "b3")
	add(a, "two", 2*time.Second, "a6")
	add(b, "one", 4*time.Second, "b4")
	a.destination = "to a2"
	a.kill(t, "a2", "gave up")
	for _, limit := range []int{1, 2, 3, 1000} {
		for _, tc := range []struct {
			q state.DeliveryQuery
			n int
		}{
			{state.DeliveryQuery{}, 10},
			{state.DeliveryQuery{Rule: "one"}, 6},
			{state.DeliveryQuery{Incident: b.id}, 4},
			{state.DeliveryQuery{Dead: true}, 1},
		} {
			seen := map[string]bool{}
			tc.q.Limit = limit
			for n := 0; n <= 10; n++ {
				letters := w.letters(t, tc.q)
				if len(letters) == 0 {
					break
				}
				for _, l := range letters {
					if l.Place.Compare(tc.q.After) <= 0 || seen[string(l.Body)] {
						t.Errorf("limit %d, %+v: %s again, or out of order", limit, tc.q, l.Body)
					}
					seen[string(l.Body)], tc.q.After = true, l.Place
				}
			}
			if len(seen) != tc.n {
				t.Errorf("limit %d, %+v: %d letters, want %d", limit, tc.q, len(seen), tc.n)
			}
		}
	}
	// One that dies keeps its place.
	before := w.letters(t, state.DeliveryQuery{ID: "b2"})[0].Place
	b.destination = "to b2"
	b.kill(t, "b2", "gave up")
	if after := w.letters(t, state.DeliveryQuery{ID: "b2"})[0].Place; after != before {
		t.Errorf("place %v after its death, %v before", after, before)
	}
}

func showRevive(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	claim := w.claimOne(t, i.p, i.destination, "d1", long)
	w.retry(t, claim, w.now(t).Add(-time.Second), "once", true)
	i.kill(t, "d1", "gave up")
	if err := w.Revive(t.Context(), "d1", i.p); err != nil {
		t.Fatalf("Revive: %v", err)
	}
	if dead := w.letters(t, state.DeliveryQuery{Dead: true}); len(dead) != 0 {
		t.Fatalf("%d dead, want none", len(dead))
	}
	i.write(t, i.settle(w.claimOne(t, i.p, i.destination, "d2", long), false, ""))
	w.pass(t, time.Millisecond)
	claim = w.claimOne(t, i.p, i.destination, "d1", long)
	if claim.Attempt != 1 || string(claim.Body) != "body of d1" {
		t.Fatalf("claimed %+v, want attempt 1 and its body", claim)
	}
	i.write(t, i.settle(claim, true, "again"))
	if err := w.Revive(t.Context(), "d1", i.p); err != nil { // into an empty lane
		t.Fatalf("Revive: %v", err)
	}
	w.pass(t, time.Millisecond)
	if due := w.due(t, 10, i.p); len(due.Destinations) != 1 {
		t.Fatalf("due %+v, want the destination", due)
	}
	w.claimOne(t, i.p, i.destination, "d1", long)
}

func showReviveNone(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "waiting", "other")
	i.kill(t, "waiting", "gave up")
	for name, err := range map[string]error{
		"unknown":           w.Revive(t.Context(), "unknown", i.p),
		"not dead":          w.Revive(t.Context(), "other", i.p),
		"another partition": w.Revive(t.Context(), "waiting", i.p^1),
	} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if err := w.Revive(t.Context(), "waiting", i.p); err != nil {
		t.Errorf("Revive: %v", err)
	}
	if err := w.Revive(t.Context(), "waiting", i.p); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Revive twice: %v, want ErrNotFound", err)
	}
}

func showDrop(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	if err := w.Drop(t.Context(), "d1", i.p); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Drop of what waits: %v, want ErrNotFound", err)
	}
	i.kill(t, "d1", "gave up")
	if err := w.Drop(t.Context(), "d1", i.p); err != nil {
		t.Errorf("Drop: %v", err)
	}
	for name, err := range map[string]error{"Drop": w.Drop(t.Context(), "d1", i.p), "Revive": w.Revive(t.Context(), "d1", i.p)} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s after Drop: %v, want ErrNotFound", name, err)
		}
	}
	if letters := w.letters(t, state.DeliveryQuery{}); len(letters) != 1 {
		t.Errorf("%d letters, want d2 alone", len(letters))
	}
}

func showDeadAgain(t *testing.T, w *world) {
	i := w.declare(t, "k")
	for range 2 { // what was decided again is sent again, because it left its lane
		i.send(t, "d")
		i.kill(t, "d", "gave up")
	}
	if dead := w.letters(t, state.DeliveryQuery{Dead: true}); len(dead) != 1 {
		t.Fatalf("%d dead, want 1", len(dead))
	}
	if err := w.Drop(t.Context(), "d", i.p); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	if letters := w.letters(t, state.DeliveryQuery{}); len(letters) != 0 {
		t.Fatalf("%d letters, want none", len(letters))
	}
	w.wantStats(t, state.Stats{Incidents: map[state.Class]int{{Severity: 2, Status: ifsev.StatusOpen}: 1}})
}
