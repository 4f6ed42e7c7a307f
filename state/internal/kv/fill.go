package kv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Filler = (*Store)(nil)

// fillingKey holds the last batch while the store is being filled.
func fillingKey() key { return key{}.text("filling") }

// Filling reports whether filling was begun and not ended; see state.Filler.
func (s *Store) Filling(ctx context.Context) (bool, error) {
	var filling bool
	err := s.view(ctx, func(t *tx) { filling = t.Get(meta, fillingKey()) != nil })
	return filling, err
}

// clearing bounds how much is taken away in one transaction.
const clearing = 10_000

// BeginFill makes the store ready to be filled; see state.Filler.
func (s *Store) BeginFill(ctx context.Context) error {
	for {
		var more bool
		var holds string
		err := s.update(ctx, func(t *tx) {
			more, holds = false, ""
			if t.Get(meta, fillingKey()) != nil {
				more = t.clear(clearing)
			} else if holds = t.holds(); holds != "" {
				return
			}
			t.Put(meta, fillingKey(), key{}.number(0))
		})
		if err != nil {
			return err
		}
		if holds != "" {
			return fmt.Errorf("%w: it holds %s", state.ErrNotEmpty, holds)
		}
		if !more {
			return nil
		}
	}
}

// holds names the first table that is not empty.
func (t *tx) holds() string {
	for _, table := range Tables() {
		for range t.Scan(table, nil) {
			return table.String()
		}
	}
	return ""
}

// clear takes away up to limit entries, and answers whether there are more.
func (t *tx) clear(limit int) (more bool) {
	for _, table := range Tables() {
		var gone []key
		for k := range t.Scan(table, nil) {
			if table == meta && bytes.Equal(k, fillingKey()) {
				continue
			}
			if len(gone) == limit {
				more = true
				break
			}
			gone = append(gone, bytes.Clone(k))
		}
		for _, k := range gone {
			t.Delete(table, k)
		}
		if limit -= len(gone); more {
			return true
		}
	}
	return false
}

// Fill takes rows in one transaction; see state.Filler.
func (s *Store) Fill(ctx context.Context, batch int64, rows []state.Row) error {
	return s.update(ctx, func(t *tx) {
		if t.Get(meta, fillingKey()) == nil {
			t.err = fmt.Errorf("the store is not being filled")
			return
		}
		if t.number(meta, fillingKey()) >= batch {
			return
		}
		for _, r := range rows {
			if t.fill(r); t.err != nil {
				return
			}
		}
		t.Put(meta, fillingKey(), key{}.number(batch))
	})
}

// EndFill says that all is there; see state.Filler.
func (s *Store) EndFill(ctx context.Context) error {
	return s.update(ctx, func(t *tx) { t.Delete(meta, fillingKey()) })
}

func (t *tx) fill(r state.Row) {
	switch {
	case r.LastNumber != nil:
		t.Put(meta, key{}.text("incidents"), key{}.number(*r.LastNumber))
	case r.Number != nil:
		t.Put(numbers, key{}.text(r.Number.ID), key{}.number(r.Number.Number))
		t.Put(byNumber, key{}.number(r.Number.Number), []byte(r.Number.ID))
	case r.RuleSet != nil:
		t.Put(rulesets, key{}.number(r.RuleSet.Epoch), key{}.bytes([]byte(r.RuleSet.Hash)).bytes(r.RuleSet.Body))
		t.Put(meta, key{}.text("rulesets"), key{}.number(max(r.RuleSet.Epoch, t.newestEpoch())))
	case r.Epoch != nil:
		t.Put(meta, epochKey(r.Epoch.Partition), key{}.number(r.Epoch.Epoch))
	case r.Incident != nil:
		t.fillIncident(r.Incident)
	case r.Summary != nil:
		t.writeSummary(*r.Summary)
	case r.Page != nil:
		t.fillPage(r.Page)
	case r.Binding != nil:
		t.Put(keys, key{}.text(r.Binding.Key), []byte(r.Binding.Incident))
	case r.Delivery != nil:
		t.fillDelivery(r.Delivery)
	case r.Mark != nil:
		t.keepMark(r.Mark.Day, r.Mark.Partition, mark{Taken: r.Mark.Taken, ID: []byte(r.Mark.ID)})
	}
}

func (t *tx) fillIncident(k *state.Kept) {
	p, err := ifsev.PartitionOfID(k.ID)
	if err != nil {
		t.err = err
		return
	}
	t.writeWake(p, k.ID, head{}.wake, k.Wake)
	t.Put(heads, key{}.text(k.ID), head{rev: k.Rev, wake: k.Wake}.encode())
	t.Put(docs, key{}.text(k.ID), k.Doc)
	for rule, verdict := range k.Verdicts {
		t.Put(verdicts, key{}.text(k.ID).text(rule), verdict)
	}
}

func (t *tx) fillPage(p *state.KeptPage) {
	if p.Incident == "" {
		t.Put(orphans, key{}.part(p.Partition).number(t.next("orphans")), encodePage(state.Page{Entries: p.Page.Entries}))
		return
	}
	h, ok := t.head(p.Incident)
	if !ok {
		t.err = fmt.Errorf("a commit of incident %s comes before the incident", p.Incident)
		return
	}
	h.pages++
	h.lastSeq = p.LastSeq
	t.Put(pages, pageKey(p.Incident, h.lastSeq, h.pages), encodePage(p.Page))
	t.Put(heads, key{}.text(p.Incident), h.encode())
}

func (t *tx) fillDelivery(k *state.KeptDelivery) {
	d := newDelivery(lane{k.Partition, k.Destination, k.Incident}, k.OutboxItem)
	d.attempts, d.claimed, d.failure = k.Attempts, k.Claimed, k.LastError
	if !k.Dead {
		t.enqueue(d)
		return
	}
	d.ordinal = t.next("deliveries")
	t.bury(d)
}
