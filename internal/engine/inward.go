package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// inwardActions are the actions of deliveries that stay within the store.
func inwardActions() []string {
	return []string{ifsev.ActionJoin, ifsev.ActionSpend, ifsev.ActionTell, ifsev.ActionRelate, ifsev.ActionDeclare}
}

// inward has the document a delivery is for decide on it: another incident, or a group. Decided again after a crash it
// answers the same.
func (e *Engine) inward(ctx context.Context, d *ifsev.Delivery) (ifsev.Receipt, error) {
	to, err := e.inwardTo(ctx, d)
	if err != nil {
		return ifsev.Receipt{}, inwardFailure(err)
	}
	it, answers := e.newItem("", rules.InwardID(d.ID), "")
	it.outside = false // what was accepted is never turned away
	switch in := d.Inward; {
	case in.Declare != nil:
		it.sub = rules.DeclaredBy(*d)
	case in.Group != "":
		it.mark = state.Mark{} // the group remembers whom it has counted
		it.sub.Inward = in
	default:
		it.sub.Inward = in
	}
	it.sub.AcceptedAt, it.sub.TraceParent = d.AcceptedAt, d.TraceParent
	if err := e.boxes.post(letter{to, it}); err != nil {
		return ifsev.Receipt{}, inwardFailure(err)
	}
	a, ok := receive(ctx, e.turns, answers, forever)
	switch {
	case !ok:
		return ifsev.Receipt{}, ctx.Err()
	case a.err != nil:
		return ifsev.Receipt{}, inwardFailure(a.err)
	}
	r := ifsev.Receipt{Summary: "decided", Outputs: a.outputs}
	if d.Inward.Declare != nil {
		r.Summary = a.incident.Name()
		created := a.created
		if !created { // unless it was this one, attempted before
			if created, err = e.beganWith(ctx, a.incident.ID, rules.InwardID(d.ID)); err != nil {
				return ifsev.Receipt{}, inwardFailure(err)
			}
		}
		r.Outputs = rules.DeclaredOutputs(&a.incident, created, e.Rules().World.URL)
	}
	return r, nil
}

// beganWith reports whether an incident was declared by that event.
func (e *Engine) beganWith(ctx context.Context, id, event string) (bool, error) {
	pages, err := e.store.Timeline(ctx, id, 0, 1)
	if err != nil || len(pages) == 0 || len(pages[0].Entries) == 0 {
		return false, err
	}
	var first ifsev.Event
	err = json.Unmarshal(pages[0].Entries[0].Body, &first)
	return first.ID == event, err
}

// inwardTo answers where it goes.
func (e *Engine) inwardTo(ctx context.Context, d *ifsev.Delivery) (address, error) {
	in := d.Inward
	switch {
	case in.Group != "":
		return address{id: in.Group}, nil
	case in.Declare != nil && in.Declare.Key != "":
		return address{key: in.Declare.Key}, nil
	case in.Declare != nil:
		return address{id: ifsev.DeclaredID(d.ID)}, nil
	}
	if _, err := ifsev.PartitionOfID(in.Incident); err == nil {
		return address{id: in.Incident}, nil
	}
	number, ok := ifsev.NumberOf(in.Incident)
	if !ok {
		return address{}, fmt.Errorf("%w: there is no incident %s", state.ErrNotFound, in.Incident)
	}
	rec, err := e.store.Load(ctx, state.Ref{Number: number})
	if errors.Is(err, state.ErrNotFound) {
		return address{}, fmt.Errorf("%w: there is no incident %s", state.ErrNotFound, in.Incident)
	}
	return address{id: rec.ID, hint: &rec}, err
}

// inwardFailure is what an error means to the delivery: what cannot be done now is tried again.
func inwardFailure(err error) error {
	permanent := errors.Is(err, state.ErrNotFound) || errors.Is(err, ifsev.ErrChange)
	f := &ifsev.Failure{Reason: ifsev.ReasonInternal, Text: err.Error(), Permanent: permanent}
	if permanent {
		f.Reason = ifsev.ReasonClient
	}
	return f
}

// turnAway answers what people and sources ask of a group, which is nothing they know of, and hands back the rest.
func (d *desk) turnAway(items []*item) []*item {
	left := items[:0:0]
	for _, it := range items {
		if it.sub.Change != nil || it.sub.Alert != nil {
			it.reply(answer{err: fmt.Errorf("%w: there is no incident %s", state.ErrNotFound, d.id)})
			continue
		}
		left = append(left, it)
	}
	return left
}

// clear takes a group out of the store of which nothing is left to remember. Its document was just written, empty and
// without a wake: had that been put off until it is removed, a wake would be in the way. One of which a delivery still
// waits is looked at again when that is settled, and one that somebody joins meanwhile is at another revision; who held
// on to a revision of one that is gone begins it anew. Where the removal fails, an empty document stays until the next
// one joins.
func (d *desk) clear(ctx context.Context, c *state.Commit, dec *rules.Decision) {
	remover, ok := d.e.opts.Store.(state.Remover)
	if g := dec.Document.Group; !ok || g == nil || !g.Empty() || len(c.Outbox) > 0 {
		return
	}
	d.rec = nil // whatever becomes of it
	if _, err := remover.Remove(ctx, c.ID, c.Next); err != nil && !errors.Is(err, state.ErrNotFound) {
		d.e.log.Debug("an empty group stays in the store", "group", c.ID, "error", err)
	}
}

// forGroup reports whether the items concern a group, which need not be there yet.
func forGroup(items []*item) bool {
	for _, it := range items {
		if it.sub.ForGroup() {
			return true
		}
	}
	return false
}
