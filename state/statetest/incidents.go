package statetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func incidentPromises() []promise {
	return []promise{
		{name: "Load of what is not there is ErrNotFound", show: showLoadNone},
		{name: "Number starts at 1, stays with its incident and is never used twice", show: showNumber},
		{name: "List answers summaries as committed last, highest number first", show: showList},
		{name: "List continues below Before", show: showListPages},
		{name: "List filters", show: showListFilters},
		{name: "What has no number is kept, and in no list, count or timeline", show: showUnlisted},
		{name: "Verdicts replace those kept, by rule", show: showVerdicts},
		{name: "Verdicts in a ring of keys stay as many", show: showVerdictRing},
	}
}

func showLoadNone(t *testing.T, w *world) {
	i := w.incident(t, "k") // has a number, but was never committed
	for _, ref := range []state.Ref{{ID: i.id}, {Key: "k"}, {Number: i.number}, {Number: 4711}} {
		if rec, err := w.Load(t.Context(), ref); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("Load %+v: %+v, %v, want ErrNotFound", ref, rec, err)
		}
	}
}

func showNumber(t *testing.T, w *world) {
	ids := []string{w.newID(1), w.newID(2), w.newID(1)}
	for range 2 {
		for n, id := range ids {
			got, err := w.Number(t.Context(), id)
			if err != nil || got != int64(n)+1 {
				t.Fatalf("Number of the %d. incident: %d, %v", n+1, got, err)
			}
		}
	}
}

func showList(t *testing.T, w *world) {
	if list := w.list(t, state.Query{}); len(list) != 0 {
		t.Fatalf("an empty store lists %+v", list)
	}
	a, b := w.declare(t, "a"), w.declare(t, "b")
	c := a.next("two", "two")
	c.Summary = state.Summary{
		ID: a.id, Number: a.number, Key: "a", Title: `<"Title" & {more}>`, Severity: 1, Status: ifsev.StatusMitigated,
		Tags: []string{"x", "y"}, Service: "shop", Source: "prometheus", Acknowledged: true, Commander: "ann@example.org",
		DeclaredAt: a.declared, UpdatedAt: a.declared.Add(time.Second), LastActivityAt: a.declared.Add(time.Minute), Version: 2,
	}
	a.write(t, c)
	want := []state.Summary{b.summaryAt(0), c.Summary}
	if diff := cmp.Diff(want, w.list(t, state.Query{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("List (-want +got):\n%s", diff)
	}
}

func showUnlisted(t *testing.T, w *world) {
	i := w.declare(t, "a")
	id := w.newID(i.p)
	for n, rev := 0, state.Rev(""); n < 3; n++ {
		c := state.Commit{
			ID: id, Expect: rev, Doc: []byte(fmt.Sprint("document ", n)), Wake: i.declared.Add(time.Hour),
			Outbox: []state.OutboxItem{{ID: fmt.Sprint("d", n), Destination: "x", Action: "page", Created: i.declared, Due: i.declared, Body: []byte("{}")}},
		}
		c.Next = state.NextRev(rev, c.Doc, nil)
		if res, err := w.Commit(t.Context(), c); err != nil || res.Status != state.Written {
			t.Fatal(res, err)
		}
		rev = c.Next
	}
	if rec := w.load(t, state.Ref{ID: id}); string(rec.Doc) != "document 2" {
		t.Fatalf("%s is kept", rec.Doc)
	}
	if list := w.list(t, state.Query{}); len(list) != 1 {
		t.Fatalf("listed: %+v", list)
	}
	if pages, err := w.Timeline(t.Context(), id, 0, 100); err != nil || len(pages) != 0 {
		t.Fatalf("timeline %+v, %v", pages, err)
	}
	stats, err := w.Stats(t.Context())
	if err != nil || len(stats.Incidents) != 1 || stats.Wakes != 1 || stats.Outbox["page"].Pending != 3 {
		t.Fatalf("stats %+v, %v", stats, err)
	}
}

// summaryAt is the summary as it was committed when seq was the last entry.
func (i *incident) summaryAt(seq int64) state.Summary {
	s := i.summary()
	s.Version = seq
	return s
}

func showListPages(t *testing.T, w *world) {
	for n := range 12 {
		w.declare(t, fmt.Sprint("key ", n))
	}
	var got []int64
	var before int64
	for {
		list := w.list(t, state.Query{Before: before, Limit: 5})
		if len(list) == 0 {
			break
		}
		if len(list) > 5 {
			t.Fatalf("%d summaries, want at most 5", len(list))
		}
		got = append(got, numbers(list)...)
		before = got[len(got)-1]
	}
	if want := []int64{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) {
		t.Fatalf("listed %v, want %v", got, want)
	}
}

func numbers(list []state.Summary) []int64 {
	var all []int64
	for _, s := range list {
		all = append(all, s.Number)
	}
	return all
}

func showListFilters(t *testing.T, w *world) {
	for n, s := range []state.Summary{
		1: {Title: "Disk full", Key: "prom:disk", Service: "Shop", Severity: 1, Status: ifsev.StatusOpen, Tags: []string{"database", "eu"}},
		2: {Title: "Slow", Key: "prom:slow", Service: "search", Severity: 2, Status: ifsev.StatusMitigated, Tags: []string{"database"}},
		3: {Title: "Größe ÜBER Maß", Key: "x", Severity: 2, Status: ifsev.StatusClosed, Tags: []string{}},
	} {
		if n == 0 {
			continue
		}
		i := w.incident(t, s.Key)
		c := i.next("doc", "declared")
		c.Summary = s
		c.Summary.ID, c.Summary.Number = i.id, i.number
		i.write(t, c)
	}
	for _, tc := range []struct {
		name string
		q    state.Query
		want []int64
	}{
		{"everything", state.Query{}, []int64{3, 2, 1}},
		{"one status", state.Query{Statuses: []ifsev.Status{ifsev.StatusOpen}}, []int64{1}},
		{"any of the statuses", state.Query{Statuses: []ifsev.Status{ifsev.StatusOpen, ifsev.StatusClosed}}, []int64{3, 1}},
		{"a status nothing has", state.Query{Statuses: []ifsev.Status{ifsev.StatusInvalid}}, nil},
		{"any of the severities", state.Query{Severities: []ifsev.Severity{2, 5}}, []int64{3, 2}},
		{"all tags", state.Query{Tags: []string{"eu", "database"}}, []int64{1}},
		{"one tag", state.Query{Tags: []string{"database"}}, []int64{2, 1}},
		{"part of a tag", state.Query{Tags: []string{"data"}}, nil},
		{"text in the title", state.Query{Text: "disk FULL"}, []int64{1}},
		{"text in the key", state.Query{Text: "PROM:"}, []int64{2, 1}},
		{"text in the service", state.Query{Text: "shop"}, []int64{1}},
		{"text beyond ASCII", state.Query{Text: "größe über"}, []int64{3}},
		{"several fields", state.Query{Severities: []ifsev.Severity{2}, Tags: []string{"database"}, Text: "slow"}, []int64{2}},
		{"the limit counts what matches", state.Query{Tags: []string{"database"}, Limit: 1}, []int64{2}},
		{"before and filter", state.Query{Tags: []string{"database"}, Before: 2}, []int64{1}},
	} {
		if got := numbers(w.list(t, tc.q)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func showVerdicts(t *testing.T, w *world) {
	i := w.declare(t, "k")
	for _, set := range []map[string][]byte{
		{"a": []byte("1"), "{b}": []byte("1"), "c<&>": {0, 255}}, {"a": []byte("2")}, nil, {"{b}": []byte("3")},
	} {
		c := i.next("doc", "entry")
		c.Verdicts = set
		i.write(t, c)
	}
	got, err := w.Verdicts(t.Context(), i.id)
	want := map[string][]byte{"a": []byte("2"), "{b}": []byte("3"), "c<&>": {0, 255}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("Verdicts: %v (-want +got):\n%s", err, diff)
	}
	other := w.declare(t, "other")
	if got, err := w.Verdicts(t.Context(), other.id); err != nil || len(got) != 0 {
		t.Fatalf("Verdicts of another incident: %v, %v", got, err)
	}
}

// showVerdictRing keeps a history as its owner does: the last verdict under the rule's name, and the changes that led
// to it under as many further keys as are to be kept.
func showVerdictRing(t *testing.T, w *world) {
	const places, changes = 4, 11
	i := w.declare(t, "k")
	for n := range changes {
		c := i.next("doc", "entry")
		body := []byte(strconv.Itoa(n))
		c.Verdicts = map[string][]byte{"rule": body, "rule#" + strconv.Itoa(n%places): body}
		i.write(t, c)
	}
	got, err := w.Verdicts(t.Context(), i.id)
	want := map[string][]byte{"rule": []byte("10"), "rule#0": []byte("8"), "rule#1": []byte("9"), "rule#2": []byte("10"), "rule#3": []byte("7")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("Verdicts: %v (-want +got):\n%s", err, diff)
	}
}
