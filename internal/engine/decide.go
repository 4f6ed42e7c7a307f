package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// decide asks the rules what follows from the items.
func (d *desk) decide(ctx context.Context, v *view, items []*item) (rules.Decision, error) {
	in, set, err := d.e.rules.input(ctx, &v.doc)
	if err != nil {
		return rules.Decision{}, err
	}
	in.Now, in.Rival = d.instant(v, items), v.rival
	v.identify(items, in.Now)
	for _, it := range items {
		if it.look() {
			continue
		}
		sub := it.sub
		sub.IncidentID, sub.Number = v.rec.ID, v.number
		in.Submissions = append(in.Submissions, sub)
	}
	began := d.e.opts.Now()
	dec := set.Decide(in)
	d.e.metrics.evaluationSeconds.Observe(d.e.opts.Now().Sub(began).Seconds())
	return dec, nil
}

// instant is when the items are decided.
func (d *desk) instant(v *view, items []*item) time.Time {
	now := d.e.now()
	for _, it := range items {
		if it.wake.After(now) {
			now = it.wake // the store's clock says that it has come
		}
	}
	if v.doc.DecidedAt.After(now) {
		return v.doc.DecidedAt
	}
	return now
}

// undeclared answers the declarations that were refused where nothing was declared, and hands back the rest.
func undeclared(items []*item, dec rules.Decision) ([]*item, error) {
	var left []*item
	for i, it := range items {
		if dec.Replies[i].Err == nil {
			left = append(left, it)
			continue
		}
		it.reply(refusal(it, dec.Replies[i]))
	}
	if len(left) == len(items) {
		return items, errors.New("engine: nothing was declared and nothing refused")
	}
	return left, nil
}

func refusal(it *item, r rules.Reply) answer {
	if it.sub.Alert != nil {
		return answer{alert: ifsev.AlertRejected, reason: r.Err.Error()}
	}
	return answer{err: r.Err}
}

// write commits the decision and deals with what the store says.
func (d *desk) write(ctx context.Context, v *view, items []*item, dec *rules.Decision, c state.Commit) ([]*item, error) {
	res, sure, err := d.e.commit(ctx, c)
	if err != nil {
		d.rec = nil
		return items, err
	}
	if !sure && writtenBefore(&c, &res) {
		res.Status, d.rec = state.Written, nil
	} else if res.Status == state.Written {
		d.rec = &state.Record{ID: c.ID, Rev: c.Next, Doc: c.Doc}
	}
	switch res.Status {
	case state.Written:
		d.next = ""
		d.done(v, items, dec, &c)
		d.clear(ctx, &c, dec)
		return nil, nil
	case state.Duplicate:
		if moved, err := d.moved(ctx, items); moved || err != nil {
			return items, err
		}
		return d.duplicates(ctx, v, items, res)
	case state.Conflict:
		d.rec = &res.Record
	case state.KeyTaken:
		d.rec = nil
	case state.Stale:
		return stale(items), nil
	case state.OldEpoch:
		if err := d.e.rules.catchUp(ctx, res.Epoch); err != nil {
			return items, err
		}
	}
	if d.rec != nil && d.rec.Rev == "" {
		d.rec = nil
	}
	return items, nil
}

// writtenBefore reports whether a commit of which an earlier try got no answer was written by that try.
func writtenBefore(c *state.Commit, res *state.Result) bool {
	switch res.Status {
	case state.Conflict:
		return res.Record.Rev == c.Next
	case state.Duplicate:
		for _, m := range c.Marks {
			if taken, ok := res.Duplicates[m.ID]; !ok || taken.Incident != c.ID || taken.Sum != m.Sum {
				return false
			}
		}
		return len(c.Marks) > 0
	}
	return false
}

// duplicates answers the items whose ids were taken before, and hands back the rest, with the reports of alerts that
// renew what they repeat.
func (d *desk) duplicates(ctx context.Context, v *view, items []*item, res state.Result) ([]*item, error) {
	var left []*item
	known := false
	for _, it := range items {
		id, taken, ok := it.takenBy(res.Duplicates)
		known = known || ok
		switch {
		case !ok:
			left = append(left, it)
		case v.renews(it):
			it.taken = id
			left = append(left, it)
		case it.sub.Alert != nil:
			it.reply(answer{alert: ifsev.AlertDuplicate, id: taken.Incident})
		case taken.Sum != it.mark.Sum:
			it.reply(answer{err: ErrReused})
		default:
			it.reply(d.e.replayed(ctx, taken.Incident))
		}
	}
	if !known {
		return items, fmt.Errorf("engine: the store names duplicates that were not sent: %v", res.Duplicates)
	}
	return left, nil
}

// replayed answers a request that was carried out before.
func (e *Engine) replayed(ctx context.Context, incident string) answer {
	rec, err := e.load(ctx, state.Ref{ID: incident})
	if err != nil {
		return answer{err: err}
	}
	doc, err := decodeDocument(rec)
	return answer{incident: doc.Incident, id: rec.ID, replayed: true, err: err}
}

// stale answers the outcome whose claim was no longer valid: somebody else settles it.
func stale(items []*item) []*item {
	var left []*item
	for _, it := range items {
		if it.settle != nil {
			it.reply(answer{stale: true})
			continue
		}
		left = append(left, it)
	}
	return left
}

// done answers the items of a decision that is durable, or that nothing had to be written for (c is nil).
func (d *desk) done(v *view, items []*item, dec *rules.Decision, c *state.Commit) {
	inc := dec.Document.Incident
	n := 0
	for _, it := range items {
		if it.look() {
			if !it.wake.IsZero() && !probes(&dec.Document) {
				d.e.metrics.timerLag.Observe(max(0, d.e.now().Sub(it.wake).Seconds()))
			}
			it.reply(answer{id: inc.ID})
			continue
		}
		r := dec.Replies[n]
		n++
		if r.Err != nil {
			it.reply(refusal(it, r))
			continue
		}
		it.reply(answer{
			incident: inc, id: inc.ID, alert: r.Alert, changed: r.Changed, outputs: r.Outputs,
			created: v.fresh && r.Changed && it.declares(),
		})
	}
	d.e.metrics.decided(dec)
	if c != nil {
		d.e.committed(c)
	}
}

// committed wakes those who carry out what was written.
func (e *Engine) committed(c *state.Commit) {
	p, err := ifsev.PartitionOfID(c.ID)
	if err != nil {
		return // every ID that was committed is one
	}
	for _, o := range c.Outbox {
		e.courier.poke(p, o.Destination)
	}
	if c.Settle != nil {
		e.courier.poke(p, c.Settle.Claim.Destination)
	}
	if !c.Wake.IsZero() {
		e.timekeeper.expect(c.Wake)
	}
}

// now is what the store's clock says, as far as this process knows: everything that is decided, stamped or due goes by
// it, so that a replica whose clock is wrong is neither early nor late.
func (e *Engine) now() time.Time { return e.opts.Now().UTC().Round(0).Add(e.skew.get()) }
