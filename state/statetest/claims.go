package statetest

import (
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
)

func claimPromises() []promise {
	return []promise{
		{name: "Claim hides a delivery for the visibility time", show: showClaimHides},
		{name: "Claim hands out again what was neither settled nor retried, and counts the attempt", show: showClaimExpires},
		{name: "Claim does not hand out what is not due", show: showClaimNotDue},
		{name: "Claim takes one of each lane, up to limit", show: showClaimLanes},
		{name: "Claim keeps the order of a lane", show: showClaimOrder},
		{name: "Claim is of one destination and partition", show: showClaimDestination},
		{name: "Retry makes a delivery due again at the instant, remembering the failure", show: showRetry},
		{name: "Retry of an expired claim that nobody took is the holder's", show: showRetryExpired},
		{name: "Retry of a claim that is no longer the holder's changes nothing", show: showRetryStale},
		{name: "Retry twice is as once", show: showRetryTwice},
		{name: "Retry keeps the delivery before those behind it", show: showRetryOrder},
	}
}

func (w *world) retry(t testing.TB, c state.Claim, at time.Time, failure string, want bool) {
	t.Helper()
	ok, err := w.Retry(t.Context(), c, at, failure)
	if err != nil || ok != want {
		t.Fatalf("Retry of %s, attempt %d: %t, %v, want %t", c.ID, c.Attempt, ok, err, want)
	}
}

func showClaimHides(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	c := w.claimOne(t, i.p, i.destination, "d", long)
	want := state.Claim{Partition: i.p, Destination: i.destination, Incident: i.id, ID: "d", Attempt: 1}
	if string(c.Body) != "body of d" {
		t.Errorf("body %q", c.Body)
	}
	if c.Body = nil; c.ID != want.ID || c.Partition != want.Partition || c.Destination != want.Destination || c.Incident != want.Incident || c.Attempt != 1 {
		t.Errorf("claim %+v, want %+v", c, want)
	}
	w.claimNone(t, i.p, i.destination)
	if !w.suite.real {
		w.pass(t, long-time.Millisecond)
		w.claimNone(t, i.p, i.destination)
	}
}

func showClaimExpires(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d", "behind")
	for attempt := range 3 {
		c := w.claimOne(t, i.p, i.destination, "d", w.short())
		if c.Attempt != attempt+1 {
			t.Fatalf("attempt %d, want %d", c.Attempt, attempt+1)
		}
		w.pass(t, w.short())
		if due := w.due(t, 10, i.p); len(due.Destinations) != 1 {
			t.Fatalf("due %+v, want the destination", due)
		}
	}
}

func showClaimNotDue(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	soon, later := i.item("soon"), i.item("later")
	soon.Due = w.now(t).Add(w.short())
	later.Due, later.Destination = w.now(t).Add(long), "elsewhere"
	c.Outbox = []state.OutboxItem{soon, later}
	i.write(t, c)
	if !w.suite.real {
		w.claimNone(t, i.p, i.destination)
	}
	w.passUntil(t, soon.Due)
	w.claimOne(t, i.p, i.destination, "soon", long)
	w.claimNone(t, i.p, "elsewhere")
}

func showClaimLanes(t *testing.T, w *world) {
	for n := range 4 {
		w.declare(t, keyIn(8, string(rune('a'+n)))).send(t, "first"+string(rune('a'+n)), "second")
	}
	claims := w.claim(t, 8, "webhook:example.org", 3, long)
	claims = append(claims, w.claim(t, 8, "webhook:example.org", 3, long)...)
	got := claimIDs(claims)
	slices.Sort(got)
	if want := []string{"firsta#1", "firstb#1", "firstc#1", "firstd#1"}; !slices.Equal(got, want) {
		t.Fatalf("claimed %v, want %v", got, want)
	}
	w.claimNone(t, 8, "webhook:example.org")
}

func showClaimOrder(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	first, second := i.item("first"), i.item("second")
	second.Due = first.Due.Add(-long) // an earlier instant does not overtake
	c.Outbox = []state.OutboxItem{first, second}
	i.write(t, c)
	claim := w.claimOne(t, i.p, i.destination, "first", long)
	i.send(t, "third")
	w.claimNone(t, i.p, i.destination)
	i.write(t, i.settle(claim, false, ""))
	claim = w.claimOne(t, i.p, i.destination, "second", long)
	i.write(t, i.settle(claim, false, ""))
	w.claimOne(t, i.p, i.destination, "third", long)
}

func showClaimDestination(t *testing.T, w *world) {
	i, j := w.declare(t, keyIn(1, "i")), w.declare(t, keyIn(2, "j"))
	i.send(t, "di")
	j.send(t, "dj")
	i.destination = "webhook:example.org:8080" // begins like the other
	i.send(t, "longer")
	w.claimNone(t, 3, "webhook:example.org")
	w.claimNone(t, 1, "webhook:example")
	w.claimOne(t, 1, "webhook:example.org", "di", long)
	w.claimOne(t, 2, "webhook:example.org", "dj", long)
	w.claimOne(t, 1, "webhook:example.org:8080", "longer", long)
}

func showRetry(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	claim := w.claimOne(t, i.p, i.destination, "d", long)
	at := w.now(t).Add(w.short())
	w.retry(t, claim, at, "HTTP 500 <&>", true)
	l := w.letters(t, state.DeliveryQuery{})[0]
	if l.LastError != "HTTP 500 <&>" || l.Attempts != 1 || !l.NextAttempt.Equal(at) {
		t.Fatalf("letter %+v, want the failure, one attempt, next at %s", l, at)
	}
	if !w.suite.real {
		w.pass(t, w.short()-time.Millisecond)
		w.claimNone(t, i.p, i.destination)
	}
	w.passUntil(t, at)
	if claim = w.claimOne(t, i.p, i.destination, "d", long); claim.Attempt != 2 {
		t.Fatalf("attempt %d, want 2", claim.Attempt)
	}
}

func showRetryExpired(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	claim := w.claimOne(t, i.p, i.destination, "d", w.short())
	w.pass(t, w.short())
	w.retry(t, claim, w.now(t).Add(long), "late", true)
	w.claimNone(t, i.p, i.destination)
}

func showRetryStale(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	old := w.claimOne(t, i.p, i.destination, "d", w.short())
	w.pass(t, w.short())
	held := w.claimOne(t, i.p, i.destination, "d", long)
	before := w.letters(t, state.DeliveryQuery{})[0]
	past := w.now(t).Add(-time.Second)
	for name, c := range map[string]state.Claim{
		"expired and taken": old,
		"future attempt":    changed(held, func(c *state.Claim) { c.Attempt++ }),
		"another id":        changed(held, func(c *state.Claim) { c.ID = "x" }),
		"another lane":      changed(held, func(c *state.Claim) { c.Incident = w.newID(i.p) }),
	} {
		if ok, err := w.Retry(t.Context(), c, past, "stale"); ok || err != nil {
			t.Errorf("%s: %t, %v, want false", name, ok, err)
		}
	}
	if after := w.letters(t, state.DeliveryQuery{})[0]; after.LastError != before.LastError || !after.NextAttempt.Equal(before.NextAttempt) {
		t.Errorf("letter %+v was changed to %+v", before, after)
	}
	w.claimNone(t, i.p, i.destination)
	i.write(t, i.settle(held, false, ""))
	w.retry(t, held, past, "settled", false)
}

func showRetryTwice(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d", "behind")
	claim := w.claimOne(t, i.p, i.destination, "d", long)
	at := w.now(t).Add(-time.Second)
	w.retry(t, claim, at, "failed", true)
	w.retry(t, claim, at, "failed", true)
	if again := w.claimOne(t, i.p, i.destination, "d", long); again.Attempt != 2 {
		t.Fatalf("attempt %d, want 2", again.Attempt)
	}
	w.claimNone(t, i.p, i.destination)
}

func showRetryOrder(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "first", "second")
	claim := w.claimOne(t, i.p, i.destination, "first", long)
	w.retry(t, claim, w.now(t).Add(long), "later", true)
	w.claimNone(t, i.p, i.destination) // the second waits behind it
}
