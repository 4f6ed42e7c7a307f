package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// maxTries is how often a batch is decided without getting any further before its senders are told to come again.
const maxTries = 40

// errFault says that deciding panicked; the log has the rest.
var errFault = errors.New("a fault in ifsev: the log says more")

// desk is where the items of one mailbox are decided, batch after batch, by one goroutine.
//
//	view ─► admit ─► Decide ─► commit ─┬─ written ───► answers
//	  ▲                                ├─ duplicate, stale ─► some answers, the rest again
//	  └────────────────────────────────┴─ conflict, key taken, old epoch ─► all again
type desk struct {
	e *Engine
	// id or key is what the mailbox is for.
	id, key string
	// rec is the incident as this desk last saw or wrote it; nil means that it must be loaded.
	rec *state.Record
	// next is the ID of the incident that is declared next, and number its number; kept over tries, so that no number
	// is taken in vain.
	next   string
	number int64
	// single means that this batch is decided one by one.
	single bool
}

// serve empties a mailbox.
func (e *Engine) serve(ctx context.Context, box *mailbox) {
	d := &desk{e: e, id: box.id, key: box.key, rec: box.hint}
	for {
		batch := e.boxes.take(box)
		if len(batch) == 0 {
			return
		}
		d.single = false
		d.decideAll(ctx, batch)
	}
}

// decideAll decides the items until each is answered.
func (d *desk) decideAll(ctx context.Context, left []*item) {
	for tries := 0; ; {
		if left = slices.DeleteFunc(left, func(it *item) bool { return it.answered }); len(left) == 0 {
			return
		}
		if tries > 0 && !d.e.turns.pause(ctx, d.e.turns.jitter(conflictPause(tries))) || tries == maxTries {
			fail(left, ErrBusy)
			return
		}
		n := len(left)
		if d.single {
			n = 1
		}
		rest, err := d.guarded(ctx, left[:n])
		if errors.Is(err, errFault) && n > 1 {
			d.single = true // one of them is at fault; the others shall not suffer
			continue
		}
		if err != nil {
			fail(rest, err)
			rest = nil
		}
		if tries++; len(rest) < n {
			tries = 0
		}
		left = slices.Concat(rest, left[n:])
	}
}

// conflictPause bounds the wait before the next try; others are at the same incident, and all of them wait differently.
func conflictPause(tries int) time.Duration {
	return min(time.Millisecond<<min(tries, 10), 200*time.Millisecond)
}

func fail(items []*item, err error) {
	if errors.Is(err, context.Canceled) {
		err = ErrStopping // nothing else ends the context of the desks
	}
	for _, it := range items {
		it.reply(answer{err: err})
	}
}

// guarded is try with a panic made an error.
func (d *desk) guarded(ctx context.Context, items []*item) (rest []*item, err error) {
	if !d.e.core.guard("mailbox", func() { rest, err = d.try(ctx, items) }) {
		d.rec = nil
		return items, errFault
	}
	return rest, err
}

// try decides the items once. It answers those it is done with and hands back the rest, to be decided again or, with
// an error, to be answered with it.
func (d *desk) try(ctx context.Context, items []*item) ([]*item, error) {
	v, err := d.view(ctx)
	if err != nil {
		return items, err
	}
	if v.doc.Group != nil || v.fresh && forGroup(items) {
		v.rec.ID = d.id
		return d.judge(ctx, &v, d.turnAway(items))
	}
	if v.fresh {
		if n := v.afterwards(items); n > 0 {
			rest, err := d.judge(ctx, &view{rec: *d.rec, doc: v.over, key: d.key}, items[:n])
			return slices.Concat(rest, items[n:]), err
		}
		if n := undeclaring(items); n > 0 {
			return d.withoutIncident(ctx, &v, items, n)
		}
		d.name(&v)
		if d.number == 0 {
			if left, err := d.vain(ctx, &v, items); err != nil || len(left) < len(items) {
				return left, err
			}
		}
		if err := d.takeNumber(ctx, &v); err != nil {
			return items, err
		}
	}
	return d.judge(ctx, &v, items)
}

// judge decides the items on the incident in view, and writes the decision.
func (d *desk) judge(ctx context.Context, v *view, items []*item) ([]*item, error) {
	items, late := v.admit(items)
	if moved, err := d.carriedOut(ctx, v, late); moved || err != nil {
		return append(items, late...), err
	}
	for _, it := range late {
		it.reply(answer{err: fmt.Errorf("%w: %s is at version %d, not %d", ErrVersion, v.doc.Incident.Name(), v.doc.Incident.Version, it.ifMatch)})
	}
	if len(items) == 0 {
		return nil, nil
	}
	dec, err := d.decide(ctx, v, items)
	if err == nil && v.reopens(&dec) {
		dec, err = d.reopen(ctx, v, items, dec)
	}
	if err != nil {
		return items, err
	}
	switch inc := &dec.Document.Incident; {
	case dec.Document.Group != nil:
	case !inc.Exists():
		return undeclared(items, dec)
	case d.key != "" && len(items) > 1 && !inc.Status.Active():
		// What comes after the end of an incident opens the next one.
		d.single = true
		return items, nil
	}
	if moved, err := d.carriedOut(ctx, v, refused(items, &dec)); moved || err != nil {
		return items, err
	}
	c, err := d.e.commitOf(v, items, &dec)
	if err != nil {
		return items, err
	}
	if v.idle(items, &dec, &c) {
		d.done(v, items, &dec, nil)
		return nil, nil
	}
	return d.write(ctx, v, items, &dec, c)
}

// undeclaring counts the items at the front that cannot open an incident.
func undeclaring(items []*item) int {
	for n, it := range items {
		if it.declares() {
			return n
		}
	}
	return len(items)
}

// view is an incident as it is decided on.
type view struct {
	rec state.Record
	doc ifsev.Document
	// fresh means that there is no such incident yet; binds that the incident takes its key, which is bound to bound until
	// now. rival is the name of the incident that has the key and is active.
	fresh, binds      bool
	key, bound, rival string
	boundRev          state.Rev // of bound, where that is another incident; it has ended
	number            int64
	// over is the last incident of the key, where that one has ended.
	over ifsev.Document
}

// reopens reports whether a decision opens an incident again that has a key. Another one may have taken the key since.
func (v *view) reopens(dec *rules.Decision) bool {
	before, after := &v.doc.Incident, &dec.Document.Incident
	return !v.fresh && dec.Document.Group == nil && after.Key != "" && !before.Status.Active() && after.Status.Active()
}

// reopen has the incident take its key back with the decision, or decides again where another one is active under it.
func (d *desk) reopen(ctx context.Context, v *view, items []*item, dec rules.Decision) (rules.Decision, error) {
	key := dec.Document.Incident.Key
	rec, err := d.e.load(ctx, state.Ref{Key: key})
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return dec, err
	}
	doc, err := decodeDocument(rec)
	if err != nil {
		return dec, err
	}
	if rec.ID != v.rec.ID && doc.Incident.Status.Active() {
		v.rival = doc.Incident.Name()
		return d.decide(ctx, v, items)
	}
	v.binds, v.key, v.bound = true, key, rec.ID
	if rec.ID != v.rec.ID {
		v.boundRev = rec.Rev
	}
	return dec, nil
}

// afterwards counts the items at the front that tell the end of an alert to an incident that has ended before it.
func (v *view) afterwards(items []*item) int {
	for n, it := range items {
		a := it.sub.Alert
		if a == nil || a.Status != ifsev.AlertIsResolved || !v.over.Incident.Fires(a) {
			return n
		}
	}
	return len(items)
}

// view answers the incident the desk is for; of a key whose last incident is over, the one to be declared next.
func (d *desk) view(ctx context.Context) (view, error) {
	if d.rec == nil {
		rec, err := d.e.load(ctx, state.Ref{ID: d.id, Key: d.key})
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return view{}, err
		}
		d.rec = &rec
	}
	doc, err := decodeDocument(*d.rec)
	if err != nil {
		d.e.log.Error("an incident cannot be read", "incident", d.rec.ID, "error", err)
		return view{}, err
	}
	v := view{rec: *d.rec, doc: doc, key: d.key, fresh: d.rec.Rev == ""}
	if d.key != "" && !doc.Incident.Status.Active() {
		v = view{key: d.key, bound: d.rec.ID, boundRev: d.rec.Rev, fresh: true, over: doc}
	}
	return v, nil
}

// name gives the incident to be declared its ID.
func (d *desk) name(v *view) {
	if d.next == "" {
		d.number, d.next = 0, d.id
		if d.key != "" {
			d.next = ifsev.NewIncidentID(d.e.opts.NewID(), ifsev.PartitionOfKey(d.key))
		}
	}
	v.rec.ID = d.next
}

// takeNumber gives the incident to be declared its number.
func (d *desk) takeNumber(ctx context.Context, v *view) error {
	if d.number == 0 {
		err := d.e.patiently(ctx, func() (err error) {
			d.number, err = d.e.store.Number(ctx, d.next)
			return err
		})
		if err != nil {
			return err
		}
	}
	v.number = d.number
	return nil
}

// vain answers the items that open no incident although they ask for one, because they were carried out before or ask
// for what cannot be, and hands back the rest: a number taken for them would be missing in the list for ever. A
// repetition is looked for where a person's key says that there may be one, or where the key has had an incident; of the
// first alert of a key it would cost a look at the store in vain.
func (d *desk) vain(ctx context.Context, v *view, items []*item) ([]*item, error) {
	var again []*item
	for _, it := range items {
		if it.declares() && (it.sub.Change != nil || v.bound != "") {
			again = append(again, it)
		}
	}
	if moved, err := d.carriedOut(ctx, v, again); moved || err != nil {
		return items, err
	}
	for _, it := range again {
		if c := it.sub.Change; c != nil && !it.answered {
			if _, err := c.Events(&ifsev.Incident{}); err != nil {
				it.reply(answer{err: err})
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(items), func(it *item) bool { return it.answered }), nil
}

// admit answers the items that still have to be decided, and those that are for another version; it answers the others.
func (v *view) admit(items []*item) (left, late []*item) {
	for _, it := range items {
		switch {
		case it.ifMatch != 0 && it.ifMatch != v.doc.Incident.Version:
			late = append(late, it)
		case v.moot(it):
			it.reply(answer{id: v.rec.ID})
		default:
			left = append(left, it)
		}
	}
	return left, late
}

// moot reports whether somebody else has already looked at what the item is about.
func (v *view) moot(it *item) bool {
	switch {
	case !it.look():
		return false
	case it.sweep != 0:
		return v.doc.Epoch >= it.sweep
	}
	return v.doc.Wake.IsZero() || wakeAt(v.doc.Wake).After(it.wake)
}

// withoutIncident deals with the first n items, which concern an incident that is not there: alerts of a key are
// recorded, anything else has nothing to be done to.
func (d *desk) withoutIncident(ctx context.Context, v *view, items []*item, n int) ([]*item, error) {
	if d.key == "" {
		fail(items[:n], fmt.Errorf("%w: there is no incident %s", state.ErrNotFound, d.id))
		return items[n:], nil
	}
	v.identify(items[:n], d.instant(v, items[:n]))
	c, err := d.e.recordOf(d.key, items[:n])
	if err != nil {
		return items, err
	}
	res, sure, err := d.e.commit(ctx, c)
	if err != nil {
		return items, err
	}
	if res.Status == state.Duplicate && (sure || !writtenBefore(&c, &res)) {
		if moved, err := d.moved(ctx, items[:n]); moved || err != nil {
			return items, err
		}
		return d.duplicates(ctx, v, items, res)
	}
	for _, it := range items[:n] {
		it.reply(answer{alert: ifsev.AlertRecorded})
	}
	return items[n:], nil
}
