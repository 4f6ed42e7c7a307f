package statetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev/state"
)

// picture is all that can be seen of an incident.
type picture struct {
	Record   state.Record
	Pages    []state.Page
	Verdicts map[string][]byte
	Listed   []state.Summary
	Letters  []state.Letter
	Wakes    []state.Wake
	Next     bool
}

func (w *world) picture(t testing.TB, i *incident) picture {
	t.Helper()
	verdicts, err := w.Verdicts(t.Context(), i.id)
	if err != nil {
		t.Fatalf("Verdicts: %v", err)
	}
	due := w.due(t, 100, i.p)
	return picture{
		Record: w.load(t, state.Ref{ID: i.id}), Pages: w.pages(t, i.id, 100), Verdicts: verdicts, Listed: w.list(t, state.Query{}),
		Letters: w.letters(t, state.DeliveryQuery{}), Wakes: due.Wakes, Next: due.Next.IsZero(),
	}
}

func (p picture) same(t testing.TB, now picture) {
	t.Helper()
	if diff := cmp.Diff(p, now, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("something changed (-before +after):\n%s", diff)
	}
}

// pages gathers the whole timeline, limit entries at a time.
func (w *world) pages(t testing.TB, id string, limit int) []state.Page {
	t.Helper()
	var all []state.Page
	for after := int64(0); ; {
		pages, err := w.Timeline(t.Context(), id, after, limit)
		if err != nil {
			t.Fatalf("Timeline: %v", err)
		}
		all = append(all, pages...)
		last := lastSeq(pages)
		if last <= after { // nothing, or a beginning without entries
			return all
		}
		after = last
	}
}

func lastSeq(pages []state.Page) int64 {
	var last int64
	for _, p := range pages {
		for _, e := range p.Entries {
			last = e.Seq
		}
	}
	return last
}

func (w *world) list(t testing.TB, q state.Query) []state.Summary {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 200
	}
	list, err := w.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	return list
}
