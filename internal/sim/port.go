package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// port is the store as one replica reaches it: calls take time, get lost on the way there or back, and end with the
// replica. What is not named here is handed on as it is.
type port struct {
	state.Store
	w    *world
	who  string
	dead bool
	// clock is the replica's own.
	clock func() time.Time
}

var errGone = fmt.Errorf("%w: the replica is gone", state.ErrUnavailable)

// call does a call as the trouble of the moment wants it. One whose replica dies on the way may still arrive.
func call[T any](p *port, op string, do func() (T, error)) (T, error) {
	var none T
	s, tr := p.w.s, &p.w.trouble
	if p.dead {
		return none, errGone
	}
	p.travel(tr)
	if p.dead && s.one(500) {
		return none, errGone
	}
	if s.one(tr.before) {
		s.tell(p.who, "%s: not reached", op)
		return none, fmt.Errorf("%s: %w: not reached", op, state.ErrUnavailable)
	}
	v, err := do()
	lost := err == nil && s.one(tr.after)
	p.travel(tr)
	switch {
	case p.dead:
		return none, errGone
	case lost:
		s.tell(p.who, "%s: answer lost", op)
		return none, fmt.Errorf("%s: %w: answer lost", op, state.ErrUnavailable)
	}
	return v, err
}

// travel is the way to the store or back: mostly short, seldom very long, and others have their turns meanwhile.
func (p *port) travel(tr *trouble) {
	s := p.w.s
	switch {
	case s.one(tr.stall):
		s.sleep(s.between(time.Second, 40*time.Second))
	case s.one(tr.delay):
		s.sleep(s.between(time.Millisecond, 300*time.Millisecond))
	case s.one(tr.turn):
		s.Wait(0, nil)
	}
}

// Load implements state.Incidents.
func (p *port) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	return call(p, "load", func() (state.Record, error) { return p.Store.Load(ctx, ref) })
}

// Commit implements state.Incidents. A conflict that is none stands for a failover or a lost race.
func (p *port) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	return call(p, "commit", func() (state.Result, error) {
		if c.ID != "" && p.w.s.one(p.w.trouble.conflict) {
			rec, err := p.Store.Load(ctx, state.Ref{ID: c.ID})
			if err != nil && !errors.Is(err, state.ErrNotFound) {
				return state.Result{}, err
			}
			p.w.s.tell(p.who, "commit: a conflict that is none")
			return state.Result{Status: state.Conflict, Record: rec}, nil
		}
		res, err := p.Store.Commit(ctx, c)
		p.w.s.tell(p.who, "commit %s: %s, %v (%d events, %d out, wake %s)", short(c.ID), res.Status, err, len(c.Entries), len(c.Outbox), p.w.at(c.Wake))
		if err == nil && res.Status == state.Written {
			p.w.watch.committed(&c)
		}
		return res, err
	})
}

// Number implements state.Incidents.
func (p *port) Number(ctx context.Context, id string) (int64, error) {
	return call(p, "number", func() (int64, error) { return p.Store.Number(ctx, id) })
}

// List implements state.Incidents.
func (p *port) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	return call(p, "list", func() ([]state.Summary, error) { return p.Store.List(ctx, q) })
}

// Due implements state.Queue.
func (p *port) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	return call(p, "due", func() (state.Due, error) {
		d, err := p.Store.Due(ctx, parts, limit)
		if len(d.Wakes)+len(d.Destinations) > 0 {
			p.w.s.tell(p.who, "due: %d wakes, %d destinations", len(d.Wakes), len(d.Destinations))
		}
		return d, err
	})
}

// Claim implements state.Queue.
func (p *port) Claim(ctx context.Context, part ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	until := p.clock().Add(visibility)
	return call(p, "claim", func() ([]state.Claim, error) {
		claims, err := p.Store.Claim(ctx, part, destination, limit, visibility)
		p.w.watch.claimed(claims, until)
		for _, cl := range claims {
			p.w.s.tell(p.who, "claimed %s at %s, attempt %d", short(cl.ID), destination, cl.Attempt)
		}
		return claims, err
	})
}

// Retry implements state.Queue.
func (p *port) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	return call(p, "retry", func() (bool, error) {
		ok, err := p.Store.Retry(ctx, c, at, failure)
		p.w.s.tell(p.who, "retry %s at %s: %v, %v", short(c.ID), p.w.at(at), ok, err)
		if ok && err == nil {
			p.w.watch.retried(&c, at)
		}
		return ok, err
	})
}

// Lease implements state.Queue. Now and then one is lost: somebody else takes the partitions.
func (p *port) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	return call(p, "lease", func() ([]ifsev.Partition, error) {
		if p.w.s.one(p.w.trouble.leases) && ttl > 0 {
			p.w.s.tell(p.who, "lease: lost")
			_, err := p.Store.Lease(ctx, owner, parts, 0)
			return nil, err
		}
		return p.Store.Lease(ctx, owner, parts, ttl)
	})
}

// Deliveries implements state.Outbox.
func (p *port) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]state.Letter, error) {
	return call(p, "deliveries", func() ([]state.Letter, error) { return p.Store.Deliveries(ctx, q) })
}

// Revive implements state.Outbox.
func (p *port) Revive(ctx context.Context, id string, part ifsev.Partition) error {
	return p.withDead(ctx, "revive", id, part, p.Store.Revive, p.w.watch.revived)
}

// Drop implements state.Outbox.
func (p *port) Drop(ctx context.Context, id string, part ifsev.Partition) error {
	return p.withDead(ctx, "drop", id, part, p.Store.Drop, p.w.watch.dropped)
}

// withDead does something to a delivery that was given up.
func (p *port) withDead(ctx context.Context, op, id string, part ifsev.Partition, do func(context.Context, string, ifsev.Partition) error, seen func(string)) error {
	_, err := call(p, op, func() (bool, error) {
		err := do(ctx, id, part)
		p.w.s.tell(p.who, "%s %s: %v", op, short(id), err)
		if err == nil {
			seen(id)
		}
		return true, err
	})
	return err
}

// Remove implements state.Remover.
func (p *port) Remove(ctx context.Context, id string, rev state.Rev) (state.Removal, error) {
	return call(p, "remove", func() (state.Removal, error) {
		remover, ok := p.w.inner.(state.Remover)
		if !ok {
			return 0, fmt.Errorf("%w: nothing can be removed", state.ErrUnavailable)
		}
		r, err := remover.Remove(ctx, id, rev)
		p.w.s.tell(p.who, "remove %s: %v, %v", short(id), r, err)
		if err == nil && r == state.Removed {
			p.w.watch.removed(id)
		}
		return r, err
	})
}

// shared is a port to a store that says who else is there.
type shared struct{ *port }

// Enroll implements state.Roster.
func (p shared) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) ([]state.Replica, error) {
	return call(p.port, "enroll", func() ([]state.Replica, error) {
		roster, ok := p.w.inner.(state.Roster)
		if !ok {
			return []state.Replica{r}, nil
		}
		return roster.Enroll(ctx, r, ttl)
	})
}

// Now implements state.Store.
func (p *port) Now(ctx context.Context) (time.Time, error) {
	return call(p, "now", func() (time.Time, error) { return p.Store.Now(ctx) })
}

// Stats implements state.Store.
func (p *port) Stats(ctx context.Context) (state.Stats, error) {
	return call(p, "stats", func() (state.Stats, error) { return p.Store.Stats(ctx) })
}

// PutRuleSet implements state.RuleSets. The engine holds a lock meanwhile, so nobody else has a turn.
func (p *port) PutRuleSet(ctx context.Context, sum string, body []byte) (int64, error) {
	return atOnce(p, "put_rule_set", func() (int64, error) { return p.Store.PutRuleSet(ctx, sum, body) })
}

// RuleSet implements state.RuleSets, as PutRuleSet.
func (p *port) RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error) {
	return atOnce(p, "rule_set", func() (state.RuleSet, error) { return p.Store.RuleSet(ctx, epoch) })
}

// atOnce is call without the way.
func atOnce[T any](p *port, op string, do func() (T, error)) (T, error) {
	var none T
	switch s, tr := p.w.s, &p.w.trouble; {
	case p.dead:
		return none, errGone
	case s.one(tr.before):
		return none, fmt.Errorf("%s: %w: not reached", op, state.ErrUnavailable)
	case s.one(tr.after):
		if _, err := do(); err != nil {
			return none, err
		}
		return none, fmt.Errorf("%s: %w: answer lost", op, state.ErrUnavailable)
	}
	return do()
}

// short is an ID as the trace shows it.
func short(id string) string { return id[max(0, len(id)-6):] }
