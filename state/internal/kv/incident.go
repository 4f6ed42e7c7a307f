package kv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// head is what is kept of an incident beside its document.
type head struct {
	rev  state.Rev
	wake time.Time // zero for never
	// pages and lastSeq say where the next page goes.
	pages, lastSeq int64
}

func (h head) encode() record {
	return key{}.bytes([]byte(h.rev)).instant(h.wake).number(h.pages).number(h.lastSeq)
}

func (t *tx) head(id string) (head, bool) {
	v := t.Get(heads, key{}.text(id))
	if v == nil {
		return head{}, false
	}
	r := reader{b: v}
	h := head{rev: state.Rev(r.bytes()), wake: r.instant(), pages: r.number(), lastSeq: r.number()}
	if r.bad {
		t.damaged("the head of incident " + id)
	}
	return h, true
}

// record answers what is kept of the incident, and false if there is none.
func (t *tx) record(id string) (state.Record, bool) {
	h, ok := t.head(id)
	if !ok {
		return state.Record{}, false
	}
	return state.Record{ID: id, Rev: h.rev, Doc: bytes.Clone(t.Get(docs, key{}.text(id)))}, true
}

// bound answers the incident the key is bound to, or "".
func (t *tx) bound(dedupKey string) string { return string(t.Get(keys, key{}.text(dedupKey))) }

// Load answers what is kept of the incident ref points to; see state.Incidents.
func (s *Store) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	var rec state.Record
	var ok bool
	err := s.view(ctx, func(t *tx) { rec, ok = t.record(t.resolve(ref)) })
	if err != nil {
		return state.Record{}, err
	}
	if !ok {
		return state.Record{}, fmt.Errorf("incident %s: %w", named(ref), state.ErrNotFound)
	}
	return rec, nil
}

func (t *tx) resolve(ref state.Ref) string {
	switch {
	case ref.ID != "":
		return ref.ID
	case ref.Key != "":
		return t.bound(ref.Key)
	default:
		if id := t.Get(byNumber, key{}.number(ref.Number)); id != nil {
			return string(id)
		}
		// It was not numbered here: it came with its number.
		s, _ := t.summary(t.Get(summaries, key{}.number(-ref.Number)))
		return s.ID
	}
}

func named(ref state.Ref) string {
	switch {
	case ref.ID != "":
		return ref.ID
	case ref.Key != "":
		return fmt.Sprintf("with key %.100q", ref.Key)
	default:
		return fmt.Sprintf("INC-%d", ref.Number)
	}
}

// Number answers the incident number of id; see state.Incidents.
func (s *Store) Number(ctx context.Context, id string) (int64, error) {
	if _, err := ifsev.PartitionOfID(id); err != nil {
		return 0, err
	}
	k := key{}.text(id)
	var n int64
	if err := s.view(ctx, func(t *tx) { n = t.number(numbers, k) }); err != nil || n != 0 {
		return n, err
	}
	var taken int64
	err := s.update(ctx, func(t *tx) {
		if taken = t.number(numbers, k); taken == 0 {
			taken = t.next("incidents")
			t.Put(numbers, k, key{}.number(taken))
			t.Put(byNumber, key{}.number(taken), []byte(id))
		}
	})
	if err != nil {
		return 0, err
	}
	return taken, nil
}

// writeSummary replaces the summary under its number, and counts. Numbers begin at 1; without one it is not listed.
func (t *tx) writeSummary(s state.Summary) {
	if s.Number < 1 {
		return // see state.Commit.Listed
	}
	k := key{}.number(-s.Number)
	if old, ok := t.summary(t.Get(summaries, k)); ok {
		t.count(classKey(old), -1)
	}
	t.count(classKey(s), 1)
	v, err := json.Marshal(s)
	if err != nil {
		t.err = fmt.Errorf("summary of incident %s: %w", s.ID, err)
		return
	}
	t.Put(summaries, k, v)
}

func (t *tx) summary(v []byte) (state.Summary, bool) {
	var s state.Summary
	if v == nil {
		return s, false
	}
	if err := json.Unmarshal(v, &s); err != nil {
		t.damaged("a summary: " + err.Error())
	}
	return s, true
}

// List answers summaries, highest number first; see state.Incidents.
func (s *Store) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	var list []state.Summary
	err := s.view(ctx, func(t *tx) { list = t.list(ctx, q) })
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (t *tx) list(ctx context.Context, q state.Query) []state.Summary {
	var from key
	if q.Before != 0 {
		from = key{}.number(1 - q.Before)
	}
	list := []state.Summary{}
	for _, v := range t.Scan(summaries, from) {
		if len(list) >= q.Limit || t.err != nil {
			break
		}
		if s, _ := t.summary(v); q.Matches(s) {
			list = append(list, s)
		}
		if ctx.Err() != nil { // a filter that lets little through reads long
			t.err = Interrupted(ctx)
		}
	}
	return list
}

// Verdicts answers the last verdict of each rule on an incident; see state.Incidents.
func (s *Store) Verdicts(ctx context.Context, id string) (map[string][]byte, error) {
	var all map[string][]byte
	err := s.view(ctx, func(t *tx) { all = t.verdicts(id) })
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (t *tx) verdicts(id string) map[string][]byte {
	all := map[string][]byte{}
	prefix := key{}.text(id)
	for k, v := range t.under(verdicts, prefix) {
		r := reader{b: k[len(prefix):]}
		all[r.text()] = bytes.Clone(v)
	}
	return all
}
