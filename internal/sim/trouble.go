package sim

import (
	"context"
	"errors"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// trouble is how likely what is to go wrong, in a thousand cases.
type trouble struct {
	// Of calls to the store: not reached, answer lost, a conflict that is none, slow, very slow, and others having a turn
	// meanwhile.
	before, after, conflict, delay, stall, turn int
	// leases are lost.
	leases int
	// Of receivers: refused for now, refused for good, no answer, answer lost after the act, slow, asked to wait.
	refuse, reject, hang, lost, slow, limit int
}

// drawTrouble answers a mood of the world: some are all well, some bad at one thing, some bad at everything.
func (w *world) drawTrouble() trouble {
	s := w.s
	t := trouble{turn: 100 + s.rand.IntN(700)}
	some := func(n int) int {
		if s.one(500) {
			return 0
		}
		return s.rand.IntN(n)
	}
	if !s.one(250) {
		t.before, t.after, t.conflict = some(300), some(300), some(200)
		t.delay, t.stall, t.leases = some(400), some(30), some(300)
	}
	if !s.one(250) {
		t.refuse, t.reject, t.hang, t.lost, t.slow, t.limit = some(500), some(100), some(150), some(300), some(400), some(400)
	}
	return t
}

// direct is the director: it starts the world, makes trouble for a while, and then ends all of it.
func (w *world) direct() {
	for _, r := range w.replicas {
		r.start()
	}
	for _, sn := range slicesOf(w.senders) {
		w.s.Go(sn.name, sn.run)
	}
	w.trouble = w.drawTrouble()
	end := w.s.between(30*time.Second, troubleFor)
	for w.s.since() < end && len(w.senders) > 0 && !w.stopping {
		w.s.sleep(w.s.between(100*time.Millisecond, 40*time.Second))
		w.disturb()
	}
	w.heal()
	if w.s.one(300) {
		w.checkShares()
	}
	w.healed = time.Now()
}

func slicesOf[T any](list []T) []T { return append([]T(nil), list...) }

// disturb does one thing to the world.
func (w *world) disturb() {
	w.checkIndex()
	r := w.replicas[w.s.rand.IntN(len(w.replicas))]
	switch w.s.rand.IntN(9) {
	case 0, 1:
		r.crash()
		w.s.sleep(w.s.between(0, 30*time.Second))
		r.start()
	case 2:
		r.stop()
		w.s.sleep(w.s.between(0, 5*time.Second))
		r.start()
	case 3: // all at once
		for _, r := range w.replicas {
			r.crash()
		}
		w.s.sleep(w.s.between(0, 90*time.Second))
		for _, r := range w.replicas {
			r.start()
		}
	case 4:
		if w.newest+1 < len(w.sets) {
			w.newest++
		}
		r.use(w.newest)
	case 5: // one of them is told late, or anew
		r.use(w.newest)
	case 6:
		r.bury()
	default:
		w.trouble = w.drawTrouble()
		w.s.tell("director", "trouble %+v", w.trouble)
	}
}

// bury is somebody who goes through what was given up: sends it again, or drops it.
func (r *replica) bury() {
	if !r.up {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s := r.w.s
	list, err := r.engine.Deliveries(ctx, state.DeliveryQuery{Dead: true, Limit: 10})
	s.tell(r.name, "%d deliveries were given up: %v", len(list), err)
	for _, d := range list {
		switch s.rand.IntN(4) {
		case 0:
			err = r.engine.DropDelivery(ctx, d.ID)
		case 1:
			continue
		default:
			err = r.engine.RetryDelivery(ctx, d.ID)
		}
		if err != nil && !errors.Is(err, state.ErrUnavailable) && !errors.Is(err, state.ErrNotFound) && !errors.Is(err, context.DeadlineExceeded) {
			r.w.violated("delivery %s was revived or dropped: %v", d.ID, err)
		}
	}
}

// checkShares looks whether the replicas that share the partitions have shared them: all, each once, and evenly.
func (w *world) checkShares() {
	if !w.roster || w.stopping {
		return
	}
	w.s.sleep(3 * time.Minute) // twice the longest lease, in which those of the dead end too
	most := (ifsev.Partitions + replicas - 1) / replicas
	free, err := w.inner.Lease(now(), "nobody", everywhere(), time.Second)
	if err != nil || len(free) > 0 {
		w.violated("shares: nobody polls %d partitions: %v", len(free), err)
	}
	for _, r := range w.replicas {
		held, err := w.inner.Lease(now(), r.owner, everywhere(), r.lease)
		if err != nil || len(held) > most {
			w.violated("shares: %s polls %d partitions, its share is %d: %v", r.owner, len(held), most, err)
		}
	}
}

// heal ends the trouble: everything is reached, everybody runs, under the newest rules.
func (w *world) heal() {
	w.trouble = trouble{turn: 100}
	w.s.tell("director", "the trouble is over")
	for _, r := range w.replicas {
		r.use(w.newest)
	}
}
