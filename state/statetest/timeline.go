package statetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func timelinePromises() []promise {
	return []promise{
		{name: "Timeline answers the commits from after on, oldest first, until limit entries are gathered", show: showTimelineLimit},
		{name: "Timeline keeps commits without entries in the chain", show: showTimelineEmptyCommits},
		{name: "Timeline of an unknown incident is ErrNotFound", show: showTimelineUnknown},
		{name: "An incident from elsewhere keeps its number and its chain", show: showAdopted},
	}
}

func byteBoundPromises() []promise {
	return []promise{
		{name: "Bytes are answered as they were committed", show: showBytes},
		{name: "Names may hold anything", show: showNames},
		{name: "A document of 1 MiB is kept", show: showLargeDocument},
		{name: "A timeline of 5000 entries is kept", show: showLongTimeline},
		{name: "300 deliveries in one commit are kept in order", show: showManyDeliveries},
	}
}

// wantChain compares the whole timeline with what was written and verifies it.
func wantChain(t testing.TB, w *world, i *incident, limit int) {
	t.Helper()
	pages := w.pages(t, i.id, limit)
	if !slices.EqualFunc(i.pages, pages, samePage) {
		t.Fatalf("timeline gathered by %d (-want +got):\n%.4000s", limit, cmp.Diff(i.pages, pages, cmpopts.EquateEmpty()))
	}
	if err := state.Verify(pages, i.rev); err != nil {
		t.Fatalf("Verify: %v", err)
	}
}

func samePage(a, b state.Page) bool {
	return a.Rev == b.Rev && a.DocSum == b.DocSum &&
		slices.EqualFunc(a.Entries, b.Entries, func(a, b state.Entry) bool { return a.Seq == b.Seq && bytes.Equal(a.Body, b.Body) })
}

func showTimelineLimit(t *testing.T, w *world) {
	i := w.declare(t, "k") // entry 1
	i.write(t, i.next("two", "2", "3", "4"))
	i.write(t, i.next("three", "5"))
	i.write(t, i.next("four", "6", "7"))
	for _, tc := range []struct {
		after       int64
		limit       int
		first, last int64
	}{
		{0, 100, 1, 7}, {0, 1, 1, 1}, {0, 2, 1, 4}, {1, 1, 2, 4}, {2, 1, 2, 4}, {3, 1, 2, 4}, {4, 1, 5, 5}, {5, 1, 6, 7}, {6, 1, 6, 7},
	} {
		pages, err := w.Timeline(t.Context(), i.id, tc.after, tc.limit)
		if err != nil || len(pages) == 0 || pages[0].Entries[0].Seq != tc.first || lastSeq(pages) != tc.last {
			t.Errorf("after %d, limit %d: %+v, %v, want %d to %d", tc.after, tc.limit, pages, err, tc.first, tc.last)
		}
	}
	if pages, err := w.Timeline(t.Context(), i.id, 7, 10); err != nil || len(pages) != 0 {
		t.Errorf("after the last: %+v, %v, want nothing", pages, err)
	}
	for limit := range 9 {
		wantChain(t, w, i, limit+1)
	}
}

// Of what was committed elsewhere only the last document is known, and the hashes of those before it.
func showAdopted(t *testing.T, w *world) {
	i := w.declare(t, "here")
	i = &incident{w: w, id: w.newID(i.p), key: "there", p: i.p, number: i.number + 900, declared: i.declared}
	for _, doc := range []string{"first", "second", "last"} {
		c := i.next(doc, doc)
		c.Doc, c.DocSum = []byte("last"), state.DocSum([]byte(doc))
		i.write(t, c)
	}
	wantChain(t, w, i, 2)
	rec, err := w.Load(t.Context(), state.Ref{Number: i.number})
	if err != nil || rec.ID != i.id || string(rec.Doc) != "last" {
		t.Errorf("by its number: %+v, %v", rec, err)
	}
	if _, err := w.Load(t.Context(), state.Ref{Number: i.number + 1}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("an unknown number: %v", err)
	}
}

func showTimelineEmptyCommits(t *testing.T, w *world) {
	i := w.incident(t, "k")
	i.write(t, i.next("nothing to tell yet"))
	i.write(t, i.next("first", "1", "2"))
	i.write(t, i.next("quiet"))
	i.write(t, i.next("quiet again"))
	i.write(t, i.next("second", "3"))
	i.write(t, i.next("quiet at the end"))
	for limit := range 4 {
		wantChain(t, w, i, limit+1)
	}
	if pages, err := w.Timeline(t.Context(), i.id, i.seq, 10); err != nil || len(pages) != 0 {
		t.Errorf("after the last: %+v, %v, want nothing", pages, err)
	}
}

func showTimelineUnknown(t *testing.T, w *world) {
	if pages, err := w.Timeline(t.Context(), w.newID(3), 0, 10); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("%+v, %v, want ErrNotFound", pages, err)
	}
}

// nasty are texts that have broken stores: escapes of HTML and JSON, braces that hash tags are made of, separators,
// control characters, text that is not ASCII.
func nasty() []string {
	return []string{
		`<script>&amp;</script>`, `{p7}`, `{}`, `}{`, "a|b:c/d*e?f[g]h\\", "\u2028 line \u2029", "Ωmega 🚨 größe", "tab\tnew\nline\r", "'\"`", "\x00nul\x00",
		" ", strings.Repeat("long", 100),
	}
}

func showBytes(t *testing.T, w *world) {
	i := w.incident(t, "k")
	bodies := []string{
		`{"a":"<b> & </b>"}`, `{ "spaced" :  [1, 2 ] , "\u003c": 1e2}`, "{\"line\":\n\t\"\u2028\"}", `"\ud83d\ude00 😀"`, `12345678901234567890.10`, `null`,
	}
	for n, body := range bodies {
		doc := []byte{0, 1, 2, 253, 254, 255, byte(n), '\r', '\n', 0}
		c := i.nextOf(doc, []state.Entry{{Seq: i.seq + 1, Body: []byte(body)}})
		c.Verdicts = map[string][]byte{"rule": doc}
		item := i.item(fmt.Sprint("d", n))
		item.Body = append([]byte(body), doc...)
		c.Outbox = []state.OutboxItem{item}
		i.write(t, c)
		wantRecord(t, w.load(t, state.Ref{ID: i.id}), i)
		claim := w.claimOne(t, i.p, i.destination, item.ID, long)
		if !bytes.Equal(claim.Body, item.Body) {
			t.Fatalf("claimed body %q, want %q", claim.Body, item.Body)
		}
		i.write(t, i.settle(claim, true, "<failed> & {dead}"))
	}
	wantChain(t, w, i, 2)
	for n, l := range w.letters(t, state.DeliveryQuery{}) {
		if !bytes.HasPrefix(l.Body, []byte(bodies[n])) || l.LastError != "<failed> & {dead}" {
			t.Errorf("letter %d: %+v", n, l)
		}
	}
}

func showNames(t *testing.T, w *world) {
	for n, name := range nasty() {
		i := w.declare(t, name)
		wantRecord(t, w.load(t, state.Ref{Key: name}), i)
		c := i.next(name, name)
		c.Verdicts = map[string][]byte{name: []byte(name)}
		c.Marks = []state.Mark{{ID: name, Sum: name}}
		item := i.item(name)
		item.Destination, item.Rule, item.Action = name, name, name
		c.Outbox = []state.OutboxItem{item}
		i.write(t, c)
		if got := w.refused(t, c, state.Duplicate).Duplicates[name]; got != (state.Taken{Incident: i.id, Sum: name}) {
			t.Errorf("%q: taken by %+v", name, got)
		}
		if v, err := w.Verdicts(t.Context(), i.id); err != nil || string(v[name]) != name {
			t.Errorf("%q: verdicts %q, %v", name, v, err)
		}
		if due := w.due(t, 1000, i.p); !hasDestination(due, name) {
			t.Errorf("%q: due destinations %+v", name, due.Destinations)
		}
		claim := w.claimOne(t, i.p, name, name, long)
		if claim.Incident != i.id || claim.Destination != name {
			t.Errorf("%q: claimed %+v", name, claim)
		}
		i.write(t, i.settle(claim, true, name))
		if got := len(w.letters(t, state.DeliveryQuery{Rule: name, Dead: true})); got != 1 {
			t.Errorf("%q: %d letters of the rule, want 1", name, got)
		}
		if err := w.Revive(t.Context(), name, i.p); err != nil {
			t.Errorf("%q: Revive: %v", name, err)
		}
		if got := len(w.letters(t, state.DeliveryQuery{})); got != n+1 {
			t.Errorf("%q: %d letters, want %d", name, got, n+1)
		}
	}
}

func hasDestination(due state.Due, name string) bool {
	for _, d := range due.Destinations {
		if d.Destination == name {
			return true
		}
	}
	return false
}

func showLargeDocument(t *testing.T, w *world) {
	i := w.declare(t, "k")
	doc := make([]byte, 1<<20)
	for n := range doc {
		doc[n] = byte(n * 7919 >> 3)
	}
	for range 3 {
		doc = bytes.Clone(doc)
		doc[0]++
		i.write(t, i.nextOf(doc, []state.Entry{{Seq: i.seq + 1, Body: []byte(`"large"`)}}))
		wantRecord(t, w.load(t, state.Ref{Key: "k"}), i)
	}
	wantRecord(t, w.refused(t, changedExpect(i), state.Conflict).Record, i)
	wantChain(t, w, i, 10)
}

func changedExpect(i *incident) state.Commit {
	c := i.next("mine", "mine")
	c.Expect = "another"
	return c
}

func showLongTimeline(t *testing.T, w *world) {
	i := w.declare(t, "k")
	for i.seq < 5000 {
		texts := make([]string, 1+i.seq%499)
		for n := range texts {
			texts[n] = fmt.Sprintf("entry %d & <more>", i.seq+int64(n)+1)
		}
		i.write(t, i.next("doc", texts...))
	}
	for range 200 { // and a tail of small commits
		i.write(t, i.next("doc", "one more"))
	}
	wantChain(t, w, i, 100)
	wantChain(t, w, i, 100_000)
}

func showManyDeliveries(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	var want []string
	for n := range 300 {
		item := i.item(fmt.Sprintf("d%03d", n))
		item.Destination = fmt.Sprint("destination ", n%3)
		c.Outbox = append(c.Outbox, item)
		want = append(want, string(item.Body))
	}
	i.write(t, c)
	var got []string
	for _, l := range w.letters(t, state.DeliveryQuery{Incident: i.id}) {
		got = append(got, string(l.Body))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("deliveries (-want +got):\n%s", diff)
	}
	for n := range 15 {
		claim := w.claimOne(t, i.p, "destination 1", fmt.Sprintf("d%03d", 1+3*n), long)
		i.write(t, i.settle(claim, false, ""))
	}
}

// keyIn answers a key of the partition that begins with the name.
func keyIn(p ifsev.Partition, name string) string {
	for n := 0; ; n++ {
		if key := fmt.Sprint(name, "/", n); ifsev.PartitionOfKey(key) == p {
			return key
		}
	}
}
