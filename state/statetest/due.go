package statetest

import (
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func duePromises() []promise {
	return []promise{
		{name: "Due answers a wake when its instant has come, not before", show: showWakeDue},
		{name: "Due answers the wake of the last commit only", show: showWakeReplaced},
		{name: "Due answers a wake until the incident is committed again", show: showWakeStays},
		{name: "Due answers wakes earliest first, limit for each partition, of the partitions asked for", show: showWakeLimit},
		{name: "Due answers destinations with something to claim, earliest first", show: showDestinationsDue},
		{name: "Due does not answer a destination whose deliveries are all in flight", show: showInFlightNotDue},
		{name: "Due answers as Next the earliest instant after", show: showNext},
	}
}

// wake writes a commit that must be looked at again at the instant; zero takes the wake away.
func (i *incident) wake(t testing.TB, at time.Time) {
	t.Helper()
	c := i.next("wake", "wake")
	c.Wake = at
	i.write(t, c)
}

func wakeIDs(due state.Due) []string {
	var ids []string
	for _, w := range due.Wakes {
		ids = append(ids, w.ID)
	}
	return ids
}

func showWakeDue(t *testing.T, w *world) {
	i := w.declare(t, "k")
	at := w.now(t).Add(w.short())
	i.wake(t, at)
	if !w.suite.real {
		w.pass(t, w.short()-time.Millisecond)
		if due := w.due(t, 10, i.p); len(due.Wakes) != 0 || !due.Next.Equal(at) {
			t.Fatalf("a millisecond before: %+v, want nothing, and next %s", due, at)
		}
	}
	w.passUntil(t, at)
	due := w.due(t, 10, i.p)
	if len(due.Wakes) != 1 || due.Wakes[0].ID != i.id || !due.Wakes[0].At.Equal(at) || due.Now.Before(at) {
		t.Fatalf("due %+v, want %s at %s", due, i.id, at)
	}
}

func showWakeReplaced(t *testing.T, w *world) {
	i := w.declare(t, "k")
	now := w.now(t)
	i.wake(t, now.Add(-time.Second))
	later := now.Add(long)
	i.wake(t, later)
	if due := w.due(t, 10, i.p); len(due.Wakes) != 0 || !due.Next.Equal(later) {
		t.Fatalf("due %+v, want nothing, and next %s", due, later)
	}
	i.wake(t, now.Add(-2*time.Second))
	if due := w.due(t, 10, i.p); !slices.Equal(wakeIDs(due), []string{i.id}) || !due.Wakes[0].At.Equal(now.Add(-2*time.Second)) {
		t.Fatalf("due %+v, want one wake", due)
	}
	i.wake(t, time.Time{})
	if due := w.due(t, 10, i.p); len(due.Wakes) != 0 || !due.Next.IsZero() {
		t.Fatalf("due %+v, want nothing at all", due)
	}
}

func showWakeStays(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.wake(t, w.now(t).Add(-time.Second))
	for range 3 {
		if due := w.due(t, 10, i.p); len(due.Wakes) != 1 {
			t.Fatalf("due %+v, want one wake", due)
		}
	}
	i.write(t, i.next("looked at", "looked at"))
	if due := w.due(t, 10, i.p); len(due.Wakes) != 0 {
		t.Fatalf("due %+v, want none", due)
	}
}

func showWakeLimit(t *testing.T, w *world) {
	now := w.now(t)
	want := map[ifsev.Partition][]string{}
	for _, p := range []ifsev.Partition{3, 60} {
		for n := range 5 {
			i := w.declare(t, keyIn(p, string(rune('a'+n))))
			i.wake(t, now.Add(-time.Duration(n+1)*time.Second))
			want[p] = append([]string{i.id}, want[p]...)
		}
	}
	w.declare(t, keyIn(9, "not asked for")).wake(t, now.Add(-long))
	due := w.due(t, 3, 3, 60)
	got := map[ifsev.Partition][]string{}
	for _, wake := range due.Wakes {
		p := partition(t, wake.ID)
		got[p] = append(got[p], wake.ID)
	}
	for p := range want {
		if !slices.Equal(got[p], want[p][:3]) {
			t.Errorf("partition %d: %v, want %v", p, got[p], want[p][:3])
		}
	}
	if len(due.Wakes) != 6 {
		t.Errorf("%d wakes, want 6", len(due.Wakes))
	}
}

func showDestinationsDue(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	for n, d := range []struct {
		destination string
		in          time.Duration
	}{{"third", -time.Second}, {"first", -3 * time.Second}, {"later", long}, {"second", -2 * time.Second}, {"second", -long}} {
		item := i.item(string(rune('a' + n)))
		item.Destination, item.Due = d.destination, w.now(t).Add(d.in)
		c.Outbox = append(c.Outbox, item)
	}
	i.write(t, c)
	for limit, want := range map[int][]string{10: {"first", "second", "third"}, 2: {"first", "second"}} {
		var got []string
		for _, d := range w.due(t, limit, i.p, i.p^1).Destinations {
			if d.Partition != i.p || d.At.IsZero() {
				t.Errorf("destination %+v, want partition %d and an instant", d, i.p)
			}
			got = append(got, d.Destination)
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: due %v, want %v", limit, got, want)
		}
	}
}

func showInFlightNotDue(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	if due := w.due(t, 10, i.p); len(due.Destinations) != 1 {
		t.Fatalf("due %+v, want one destination", due)
	}
	claim := w.claimOne(t, i.p, i.destination, "d1", long)
	if due := w.due(t, 10, i.p); len(due.Destinations) != 0 || due.Next.IsZero() {
		t.Fatalf("due %+v, want none, and next when the claim expires", due)
	}
	i.write(t, i.settle(claim, false, ""))
	if due := w.due(t, 10, i.p); len(due.Destinations) != 1 {
		t.Fatalf("due %+v, want the destination again", due)
	}
}

func showNext(t *testing.T, w *world) {
	a, b := w.declare(t, keyIn(4, "a")), w.declare(t, keyIn(5, "b"))
	now := w.now(t)
	next := func(parts ...ifsev.Partition) time.Time { return w.due(t, 10, parts...).Next }
	if got := next(4, 5); !got.IsZero() {
		t.Fatalf("nothing waits, but next is %s", got)
	}
	a.wake(t, now.Add(3*long))
	b.wake(t, now.Add(2*long))
	c := b.next("doc", "entry")
	c.Wake = now.Add(2 * long)
	item := b.item("d")
	item.Due = now.Add(long)
	c.Outbox = []state.OutboxItem{item}
	b.write(t, c)
	for _, tc := range []struct {
		parts []ifsev.Partition
		in    time.Duration
	}{{[]ifsev.Partition{4}, 3 * long}, {[]ifsev.Partition{5}, long}, {[]ifsev.Partition{4, 5}, long}} {
		if got := next(tc.parts...); !got.Equal(now.Add(tc.in)) {
			t.Errorf("partitions %v: next %s, want %s", tc.parts, got, now.Add(tc.in))
		}
	}
	if got := next(6); !got.IsZero() {
		t.Errorf("next of an empty partition: %s", got)
	}
	a.wake(t, now.Add(-time.Second)) // what is due already is not next
	if got := next(4); !got.IsZero() {
		t.Errorf("next %s, want none beside what is due", got)
	}
}
