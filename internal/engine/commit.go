package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// commitOf makes the commit of a decision.
func (e *Engine) commitOf(v *view, items []*item, dec *rules.Decision) (state.Commit, error) {
	doc := &dec.Document
	c := state.Commit{
		ID: doc.ID(), Expect: v.rec.Rev, Wake: wakeAt(doc.Wake), Epoch: doc.Epoch, Verdicts: map[string][]byte{},
	}
	if doc.Group == nil {
		c.Summary = summaryOf(&doc.Incident)
	}
	if (v.fresh || v.binds) && v.key != "" {
		c.Key, c.Bound, c.BoundRev = v.key, v.bound, v.boundRev
	}
	n := 0
	for _, it := range items {
		if it.look() {
			continue
		}
		if dec.Replies[n].Err == nil && it.mark.ID != "" {
			c.Marks = append(append(c.Marks, it.mark), it.also...)
		}
		if it.settle != nil {
			c.Settle = it.settle
		}
		n++
	}
	err := e.encode(&c, dec)
	c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
	return c, err
}

// encode fills in what is kept as JSON.
func (e *Engine) encode(c *state.Commit, dec *rules.Decision) (err error) {
	if c.Doc, err = json.Marshal(&dec.Document); err != nil {
		return err
	}
	for i := range dec.Events {
		body, err := json.Marshal(&dec.Events[i])
		if err != nil {
			return err
		}
		c.Entries = append(c.Entries, state.Entry{Seq: dec.Events[i].Seq, Body: body})
	}
	for i := range dec.Verdicts {
		if v := &dec.Verdicts[i]; v.Noteworthy {
			if err = encodeVerdict(c, v); err != nil {
				return err
			}
		}
	}
	for i := range dec.Deliveries {
		o, err := e.outboxItem(&dec.Deliveries[i])
		if err != nil {
			return err
		}
		c.Outbox = append(c.Outbox, o)
	}
	return nil
}

func (e *Engine) outboxItem(d *ifsev.Delivery) (state.OutboxItem, error) {
	body, err := json.Marshal(d)
	due := d.CreatedAt
	if now := e.now(); now.Before(due) {
		due = now // it is due now, whatever this process's clock says
	}
	return state.OutboxItem{
		ID: d.ID, Destination: d.Destination, Action: d.Action, Rule: d.Rule, Due: due, Created: d.CreatedAt, Body: body,
	}, err
}

// recordOf makes the commit of alerts that concern no incident.
func (e *Engine) recordOf(key string, items []*item) (state.Commit, error) {
	c := state.Commit{Partition: ifsev.PartitionOfKey(key)}
	for i, it := range items {
		ev := it.sub.Alert.Event()
		ev.Seq, ev.ID, ev.At, ev.Actor = int64(i+1), it.sub.ID, e.now(), it.sub.Actor
		ev.Data["key"] = key
		body, err := json.Marshal(&ev)
		if err != nil {
			return c, err
		}
		c.Marks = append(append(c.Marks, it.mark), it.also...)
		c.Entries = append(c.Entries, state.Entry{Seq: ev.Seq, Body: body})
	}
	return c, nil
}

// wakeAt rounds up to the grain of every store, so that nothing is looked at before its time.
func wakeAt(at time.Time) time.Time { return rules.WakeAt(at) }

func summaryOf(i *ifsev.Incident) state.Summary { return state.SummaryOf(i) }

// idle reports whether nothing would be lost if the commit were not made.
func (v *view) idle(items []*item, dec *rules.Decision, c *state.Commit) bool {
	if len(dec.Events) > 0 || len(c.Outbox) > 0 || len(c.Verdicts) > 0 || c.Settle != nil {
		return false
	}
	for _, it := range items {
		if it.marked && !it.sub.Repeat || it.look() {
			return false // an id must be kept, a wake must move
		}
	}
	doc := dec.Document
	doc.DecidedAt = v.doc.DecidedAt
	body, err := json.Marshal(&doc)
	return err == nil && bytes.Equal(body, v.rec.Doc)
}

// load is the store's Load, patiently.
func (e *Engine) load(ctx context.Context, ref state.Ref) (rec state.Record, err error) {
	err = e.patiently(ctx, func() error {
		rec, err = e.store.Load(ctx, ref)
		return err
	})
	return rec, err
}

// commit is the store's Commit, patiently. Not sure means that an earlier try got no answer and may have been written.
func (e *Engine) commit(ctx context.Context, c state.Commit) (res state.Result, sure bool, err error) {
	sure, tries := true, 0
	err = e.patiently(ctx, func() error {
		sure = tries == 0
		tries++
		res, err = e.store.Commit(ctx, c)
		return err
	})
	return res, sure, err
}

// patiently does the same again, with growing pauses and for no longer than the budget, while the store cannot be
// reached.
func (e *Engine) patiently(ctx context.Context, do func() error) error {
	began := e.opts.Now()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 320*time.Millisecond) {
		err := do()
		if !errors.Is(err, state.ErrUnavailable) || e.opts.Now().Sub(began)+wait > e.opts.Budget {
			return err
		}
		if !e.turns.pause(ctx, wait/2+e.turns.jitter(wait/2)) {
			return err
		}
	}
}
