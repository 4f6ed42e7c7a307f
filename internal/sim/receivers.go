package sim

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/engine"
)

// receivers are all receivers, as one replica reaches them.
type receivers struct {
	w    *world
	from *port
	// asked is until when each destination has asked this replica to wait.
	asked map[string]time.Time
}

func newReceivers(w *world, from *port) *receivers {
	return &receivers{w: w, from: from, asked: map[string]time.Time{}}
}

var _ engine.Performer = (*receivers)(nil)

// Perform implements engine.Performer: it refuses, hangs, is slow, asks to wait, and loses answers as the
// trouble of the moment wants it.
func (r *receivers) Perform(ctx context.Context, a actions.Attempt) (ifsev.Receipt, error) {
	receipt, err := r.perform(ctx, &a)
	r.w.watch.answered(&a, receipt, err)
	return receipt, err
}

func (r *receivers) perform(ctx context.Context, a *actions.Attempt) (ifsev.Receipt, error) {
	s, tr := r.w.s, r.w.trouble
	if r.from.dead || ctx.Err() != nil {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonTimeout, Text: "no time left"}
	}
	s.tell(r.from.who, "performs %s (%s of %s), attempt %d", short(a.Delivery.ID), a.Delivery.Destination, a.Delivery.Rule, a.Number)
	r.w.watch.attempted(a)
	if early := time.Until(r.asked[a.Delivery.Destination]); early > 0 {
		r.w.violated("pause: delivery %s is performed %s before the end of the pause that %s asked for", a.Delivery.ID, early, a.Delivery.Destination)
	}
	switch {
	case s.one(tr.hang):
		s.Wait(-1, func() bool { return ctx.Err() != nil })
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonTimeout, Text: "no answer in time"}
	case s.one(tr.slow):
		wait := s.between(0, 20*time.Second)
		s.Wait(wait, func() bool { return ctx.Err() != nil })
	case s.one(tr.turn):
		s.Wait(0, nil)
	}
	switch {
	case ctx.Err() != nil:
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonTimeout, Text: "no answer in time"}
	case s.one(tr.refuse):
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonServer, Text: "503"}
	case s.one(tr.limit):
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "429", RetryAfter: r.asks(a.Delivery.Destination)}
	case s.one(tr.reject):
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: "400", Permanent: true}
	}
	r.w.watch.taken(a)
	if s.one(tr.lost) {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonNetwork, Text: "the answer was lost"}
	}
	return ifsev.Receipt{Status: 200, Outputs: ifsev.Data{"status": 200}}, nil
}

// asks draws how long a receiver asks to wait: it does not say, a little, or for long.
func (r *receivers) asks(destination string) time.Duration {
	wait, s := time.Duration(0), r.w.s
	switch s.rand.IntN(4) {
	case 0:
	case 1:
		wait = s.between(time.Minute, 10*time.Minute)
	default:
		wait = s.between(time.Second, 30*time.Second)
	}
	if until := time.Now().Add(wait); until.After(r.asked[destination]) {
		r.asked[destination] = until
	}
	return wait
}
