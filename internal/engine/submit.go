package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Submit carries out a request: nil error means it is decided and durable. A declaration whose key has an active
// incident answers that one, with Created false. When ctx ends before the answer, its error is returned, and the
// request may or may not be carried out: send it again with the same ID.
func (e *Engine) Submit(ctx context.Context, r Request) (Reply, error) {
	to, err := e.resolve(ctx, &r)
	if err != nil {
		return Reply{}, err
	}
	it, answers := e.newItem("req:", r.ID, r.Sum)
	it.sub.Actor, it.sub.Change, it.sub.TraceParent = r.Actor, &r.Change, r.TraceParent
	if r.Change.Declare == nil {
		it.ifMatch = r.IfMatch
	}
	if err := e.boxes.post(letter{to, it}); err != nil {
		return Reply{}, err
	}
	a, ok := receive(ctx, e.turns, answers, forever)
	if !ok {
		return Reply{}, ctx.Err()
	}
	return Reply{Incident: a.incident, Created: a.created, Replayed: a.replayed, Changed: a.changed}, a.err
}

// newItem makes an item from outside. Every one carries an inbound id, its own where the sender gave none, so that a
// commit whose answer was lost is never done twice.
func (e *Engine) newItem(prefix, id, sum string) (*item, <-chan answer) {
	answers := make(chan answer, 1)
	it := &item{outside: true, marked: id != "", answer: func(a answer) { answers <- a }}
	if id == "" {
		uuid := e.opts.NewID()
		id = hex.EncodeToString(uuid[:])
	}
	it.mark = state.Mark{ID: prefix + id, Sum: sum}
	it.sub.ID, it.sub.AcceptedAt = it.mark.ID, e.now()
	return it, answers
}

// resolve answers where a request goes.
func (e *Engine) resolve(ctx context.Context, r *Request) (address, error) {
	if d := r.Change.Declare; d != nil {
		return e.declareAt(d.Key, r.ID)
	}
	if r.Ref.ID != "" {
		if _, err := ifsev.PartitionOfID(r.Ref.ID); err != nil {
			return address{}, fmt.Errorf("%w: %w", state.ErrNotFound, err)
		}
		return address{id: r.Ref.ID}, nil
	}
	rec, err := e.store.Load(ctx, r.Ref)
	return address{id: rec.ID, hint: &rec}, err
}

// declareAt answers where a declaration goes. One without a key gets its incident's ID here: in the partition of its
// idempotency key, so that the same request finds its mark again, or else anywhere.
func (e *Engine) declareAt(key, id string) (address, error) {
	if len(key) > ifsev.MaxKeyLength {
		return address{}, &ifsev.Refusal{Part: "key", Text: fmt.Sprintf("key is longer than %d bytes", ifsev.MaxKeyLength)}
	}
	if key != "" {
		return address{key: key}, nil
	}
	uuid := e.opts.NewID()
	p := ifsev.Partition(uuid[15] % ifsev.Partitions)
	if id != "" {
		p = ifsev.PartitionOfKey(id)
	}
	rec := state.Record{ID: ifsev.NewIncidentID(uuid, p)}
	return address{id: rec.ID, hint: &rec}, nil
}

// SubmitAlerts decides a batch of alerts and answers one result for each, in order. An error means that at least one of
// them is not durable: send them all again; those that are then answer duplicate.
func (e *Engine) SubmitAlerts(ctx context.Context, alerts []ifsev.Alert) ([]ifsev.AlertResult, error) {
	alerts = slices.Clone(alerts) // they may still be decided when the caller has gone
	results := make([]ifsev.AlertResult, len(alerts))
	waits := make([]<-chan answer, len(alerts))
	var letters []letter
	for i := range alerts {
		a := &alerts[i]
		results[i] = ifsev.AlertResult{Key: a.Key}
		if reason := misfit(a); reason != "" {
			results[i].Result, results[i].Reason = ifsev.AlertRejected, reason
			continue
		}
		it, answers := e.newItem("alert:", a.ID, "")
		it.sub.Alert, it.sub.Actor = a, ifsev.Actor{Kind: ifsev.SourceActor, Name: a.Source}
		letters = append(letters, letter{address{key: a.Key}, it})
		waits[i] = answers
	}
	if err := e.boxes.post(letters...); err != nil {
		return nil, err
	}
	for i, wait := range waits {
		if wait == nil {
			continue
		}
		a, ok := receive(ctx, e.turns, wait, forever)
		if !ok {
			return nil, ctx.Err()
		}
		if a.err != nil {
			return nil, a.err
		}
		results[i].Result, results[i].Incident, results[i].Reason = a.alert, a.id, a.reason
	}
	e.countAlerts(alerts, results)
	return results, nil
}

// misfit says why an alert cannot be taken at all.
func misfit(a *ifsev.Alert) string {
	switch {
	case a.Key == "":
		return "it has no key: the source must say which incident it belongs to"
	case len(a.Key) > ifsev.MaxKeyLength:
		return fmt.Sprintf("its key is longer than %d bytes", ifsev.MaxKeyLength)
	case a.Status != ifsev.AlertIsFiring && a.Status != ifsev.AlertIsResolved:
		return fmt.Sprintf("its status is %q: it must be firing or resolved", a.Status)
	}
	return ""
}

func (e *Engine) countAlerts(alerts []ifsev.Alert, results []ifsev.AlertResult) {
	for i := range results {
		switch results[i].Result {
		case ifsev.AlertDuplicate:
			e.metrics.received(alerts[i].Source, ReceivedDuplicate, 1)
		case ifsev.AlertRejected: // counted by whoever tells the sender, with those that were refused before
		default:
			e.metrics.received(alerts[i].Source, ReceivedAccepted, 1)
		}
	}
}

// declares reports whether the item can open an incident.
func (it *item) declares() bool {
	if c := it.sub.Change; c != nil {
		return c.Declare != nil
	}
	a := it.sub.Alert
	return a != nil && !a.RecordOnly && a.Status == ifsev.AlertIsFiring
}

// lookAt asks for a decision that is due by time alone, and calls back when it is made.
func (e *Engine) lookAt(id string, it *item, then func(answer)) {
	it.answer = then
	e.settleAt(id, it)
}

// settleAt posts what comes from inside; it is refused only when nobody decides any more.
func (e *Engine) settleAt(id string, it *item) {
	if err := e.boxes.post(letter{address{id: id}, it}); err != nil {
		it.reply(answer{err: err})
	}
}
