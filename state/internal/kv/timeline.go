package kv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ifsev/ifsev/state"
)

// A page's key holds the last seq of the timeline up to it. So the first page above after is found at once, and
// commits without entries come right behind the one before them.
func pageKey(id string, lastSeq, ordinal int64) key {
	return key{}.text(id).number(lastSeq).number(ordinal)
}

// writePage appends what the commit adds to the timeline and answers the head that knows of it.
func (t *tx) writePage(h head, c state.Commit) head {
	h.pages++
	if n := len(c.Entries); n > 0 {
		h.lastSeq = max(h.lastSeq, c.Entries[n-1].Seq)
	}
	t.Put(pages, pageKey(c.ID, h.lastSeq, h.pages), encodePage(state.Page{Rev: c.Next, DocSum: c.Sum(), Entries: c.Entries}))
	return h
}

func encodePage(p state.Page) record {
	size := len(p.Rev) + len(p.DocSum) + 64
	for _, e := range p.Entries {
		size += len(e.Body) + 16
	}
	out := make(record, 0, size)
	out = out.bytes([]byte(p.Rev)).bytes([]byte(p.DocSum)).number(int64(len(p.Entries)))
	for _, e := range p.Entries {
		out = out.number(e.Seq).bytes(e.Body)
	}
	return out
}

func (t *tx) page(v []byte) state.Page {
	r := reader{b: v}
	p := state.Page{Rev: state.Rev(r.bytes()), DocSum: string(r.bytes())}
	for range r.number() {
		if p.Entries = append(p.Entries, state.Entry{Seq: r.number(), Body: bytes.Clone(r.bytes())}); r.bad {
			t.damaged("a page of a timeline")
			break
		}
	}
	return p
}

// Timeline answers the commits of an incident above after; see state.Incidents.
func (s *Store) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	var found []state.Page
	var known bool
	err := s.view(ctx, func(t *tx) {
		if _, known = t.head(id); known {
			found = t.timeline(id, after, limit)
		}
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, fmt.Errorf("incident %s: %w", id, state.ErrNotFound)
	}
	return found, nil
}

func (t *tx) timeline(id string, after int64, limit int) []state.Page {
	from := key{}.text(id)
	if after > 0 {
		from = pageKey(id, after+1, 0)
	}
	prefix := key{}.text(id)
	var found []state.Page
	gathered := 0
	for k, v := range t.Scan(pages, from) {
		if !prefix.begins(k) {
			break
		}
		p := t.page(v)
		if gathered >= limit && len(p.Entries) > 0 { // those without go with the one before
			break
		}
		gathered += len(p.Entries)
		found = append(found, p)
	}
	return found
}
