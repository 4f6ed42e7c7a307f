package statetest

import (
	"testing"

	"github.com/ifsev/ifsev/state"
)

func settlePromises() []promise {
	return []promise{
		{name: "Settlement of a delivered claim frees the next in the lane", show: showSettled},
		{name: "Settlement of a dead claim keeps it with its failure and frees the next", show: showSettledDead},
		{name: "Settlement of an expired claim that nobody took is the holder's", show: showSettleExpired},
		{name: "Settlement of an expired claim that another took is Stale", show: showSettleTaken},
		{name: "Settlement and new deliveries go in one commit", show: showSettleAndSend},
	}
}

func showSettled(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	for _, id := range []string{"d1", "d2"} {
		i.write(t, i.settle(w.claimOne(t, i.p, i.destination, id, long), false, ""))
	}
	w.claimNone(t, i.p, i.destination)
	if letters := w.letters(t, state.DeliveryQuery{}); len(letters) != 0 {
		t.Fatalf("%d letters, want none", len(letters))
	}
	if due := w.due(t, 10, i.p); len(due.Destinations) != 0 || !due.Next.IsZero() {
		t.Fatalf("due %+v, want nothing at all", due)
	}
	i.send(t, "d1") // what left the lane may come again
	w.claimOne(t, i.p, i.destination, "d1", long)
}

func showSettledDead(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	i.kill(t, "d1", "HTTP 404")
	w.claimOne(t, i.p, i.destination, "d2", long)
	dead := w.letters(t, state.DeliveryQuery{Dead: true})
	if len(dead) != 1 || string(dead[0].Body) != "body of d1" || dead[0].LastError != "HTTP 404" || dead[0].Attempts != 1 {
		t.Fatalf("dead: %+v, want d1 with its failure", dead)
	}
}

func showSettleExpired(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	claim := w.claimOne(t, i.p, i.destination, "d", w.short())
	w.pass(t, w.short())
	i.write(t, i.settle(claim, false, ""))
	w.claimNone(t, i.p, i.destination)
}

func showSettleTaken(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d")
	old := w.claimOne(t, i.p, i.destination, "d", w.short())
	w.pass(t, w.short())
	held := w.claimOne(t, i.p, i.destination, "d", long)
	before := w.picture(t, i)
	w.refused(t, i.settle(old, false, ""), state.Stale)
	before.same(t, w.picture(t, i))
	i.write(t, i.settle(held, false, ""))
}

func showSettleAndSend(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1")
	c := i.settle(w.claimOne(t, i.p, i.destination, "d1", long), false, "")
	c.Outbox = []state.OutboxItem{i.item("d2")}
	i.write(t, c)
	w.claimOne(t, i.p, i.destination, "d2", long)
}
