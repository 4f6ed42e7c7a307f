package kv

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Dumper = (*Store)(nil)

// Dump tells everything in one transaction; see state.Dumper.
func (s *Store) Dump(ctx context.Context, row func(state.Row) error) error {
	return s.db.View(ctx, func(r Reader) error {
		d := &dumper{tx: &tx{Reader: r, now: s.now()}, row: row}
		for _, part := range []func(){d.counters, d.incidents, d.summaries, d.orphans, d.bindings, d.deliveries, d.marks} {
			if part(); d.err != nil {
				return d.err
			}
			if ctx.Err() != nil {
				return Interrupted(ctx)
			}
		}
		return nil
	})
}

type dumper struct {
	*tx
	row func(state.Row) error
}

// tell hands a row over, and reports whether to go on.
func (d *dumper) tell(r state.Row) bool {
	if d.err == nil {
		d.err = d.row(r)
	}
	return d.err == nil
}

func (d *dumper) counters() {
	if last := d.number(meta, key{}.text("incidents")); last > 0 {
		d.tell(state.Row{LastNumber: &last})
	}
	for k := range d.Scan(numbers, nil) {
		r := reader{b: k}
		id := r.text()
		if !d.tell(state.Row{Number: &state.Numbered{ID: id, Number: d.number(numbers, key(k))}}) {
			return
		}
	}
	for k := range d.Scan(rulesets, nil) {
		r := reader{b: k}
		set, _ := d.ruleSet(r.number())
		if !d.tell(state.Row{RuleSet: &set}) {
			return
		}
	}
	for p := range ifsev.Partition(ifsev.Partitions) {
		if epoch := d.number(meta, epochKey(p)); epoch > 0 {
			d.tell(state.Row{Epoch: &state.EpochSeen{Partition: p, Epoch: epoch}})
		}
	}
}

func (d *dumper) incidents() {
	for k := range d.Scan(heads, nil) {
		r := reader{b: k}
		id := r.text()
		h, _ := d.head(id)
		rec, _ := d.record(id)
		kept := state.Kept{Record: rec, Wake: h.wake, Verdicts: d.verdicts(id)}
		if !d.tell(state.Row{Incident: &kept}) || !d.pages(id) {
			return
		}
	}
}

func (d *dumper) pages(id string) bool {
	p, _ := ifsev.PartitionOfID(id) // it is in the store, so it has one
	prefix := key{}.text(id)
	for k, v := range d.under(pages, prefix) {
		r := reader{b: k[len(prefix):]}
		if !d.tell(state.Row{Page: &state.KeptPage{Partition: p, Incident: id, LastSeq: r.number(), Page: d.page(v)}}) {
			return false
		}
	}
	return true
}

func (d *dumper) summaries() {
	for _, v := range d.Scan(summaries, nil) {
		s, _ := d.summary(v)
		if !d.tell(state.Row{Summary: &s}) {
			return
		}
	}
}

func (d *dumper) orphans() {
	for k, v := range d.Scan(orphans, nil) {
		r := reader{b: k}
		page := d.page(v)
		if !d.tell(state.Row{Page: &state.KeptPage{Partition: r.part(), LastSeq: lastSeq(page), Page: page}}) {
			return
		}
	}
}

func lastSeq(p state.Page) int64 {
	if n := len(p.Entries); n > 0 {
		return p.Entries[n-1].Seq
	}
	return 0
}

func (d *dumper) bindings() {
	for k, v := range d.Scan(keys, nil) {
		r := reader{b: k}
		if !d.tell(state.Row{Binding: &state.Binding{Key: r.text(), Incident: string(v)}}) {
			return
		}
	}
}

// spot is where a delivery is kept, with what orders it among those of its partition.
type spot struct {
	table   Table
	at      key
	ordinal int64
	place   int
}

// deliveries tells those of a partition in the order in which they were put in, so that lists show them in the same
// order afterwards.
func (d *dumper) deliveries() {
	for p := range ifsev.Partition(ifsev.Partitions) {
		for _, found := range d.placedIn(p) {
			if !d.tell(state.Row{Delivery: d.kept(found)}) {
				return
			}
		}
	}
}

func (d *dumper) placedIn(p ifsev.Partition) []spot {
	var all []spot
	var before key
	place := 0
	for k := range d.under(items, key{}.part(p)) {
		in := key(k[:len(k)-8]) // the lane
		if place++; !bytes.Equal(in, before) {
			place, before = 0, bytes.Clone(in)
		}
		r := reader{b: k[len(k)-8:]}
		all = append(all, spot{items, bytes.Clone(k), r.number(), place})
	}
	for k, v := range d.under(dead, key{}.part(p)) {
		all = append(all, spot{dead, bytes.Clone(k), d.delivery(v).ordinal, 0})
	}
	slices.SortFunc(all, func(a, b spot) int { return cmp.Compare(a.ordinal, b.ordinal) })
	return all
}

func (d *dumper) kept(found spot) *state.KeptDelivery {
	x := d.delivery(d.Get(found.table, found.at))
	kept := &state.KeptDelivery{
		Partition: x.p, Incident: x.incident, Attempts: x.attempts, Claimed: x.claimed, Dead: found.table == dead, LastError: x.failure, Place: found.place,
		OutboxItem: state.OutboxItem{
			ID: x.id, Destination: x.destination, Action: x.action, Rule: x.rule, Created: x.created, Due: x.next, Body: bytes.Clone(x.body),
		},
	}
	if kept.Dead {
		kept.Due = time.Time{}
	}
	return kept
}

func (d *dumper) marks() {
	for k, v := range d.Scan(marks, nil) {
		r := reader{b: k}
		m := d.mark(v)
		if len(m.ID) == 0 {
			continue // its name was not kept at first, and cannot be told
		}
		row := state.KeptMark{Day: r.number(), Partition: r.part(), ID: string(m.ID), Taken: m.Taken}
		if !d.tell(state.Row{Mark: &row}) {
			return
		}
	}
}
