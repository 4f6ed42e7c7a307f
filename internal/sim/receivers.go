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
}

var _ engine.Performer = (*receivers)(nil)

// Perform implements engine.Performer: it refuses, hangs, is slow, and loses answers as the trouble of the moment wants it.
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
	case s.one(tr.reject):
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: "400", Permanent: true}
	}
	r.w.watch.taken(a)
	if s.one(tr.lost) {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonNetwork, Text: "the answer was lost"}
	}
	return ifsev.Receipt{Status: 200, Outputs: ifsev.Data{"status": 200}}, nil
}
