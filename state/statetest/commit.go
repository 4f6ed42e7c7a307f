package statetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func commitPromises() []promise {
	return []promise{
		{name: "Commit of a new incident is loaded by id, key and number", show: showLoad},
		{name: "Commit replaces the document", show: showReplace},
		{name: "Commit without an incident keeps marks and entries only", show: showNoIncident},
		{name: "Commits without an incident keep the newest of a partition", show: showNoIncidentBounded},
		{name: "Commits without an incident trim what an older version kept", show: showNoIncidentTrimmed},
		{name: "Commit binds a key to another incident when Bound says so", show: showRebind},
		{name: "Commit again with marks is Duplicate and writes nothing", show: showRedoMarks},
		{name: "Commit again without marks is Conflict with the record it wrote", show: showRedoPlain},
		{name: "Commit does not add a delivery that is already in its lane", show: showSameDelivery},
		{name: "Commit whose id and key live in different partitions is an error", show: showWrongPartition},
		{name: "Commit takes the same mark twice as one", show: showMarkTwice},
		{name: "Commit remembers marks for DedupKeep", show: showMarksKept, virtual: true},
		{name: "Commit forgets marks after DedupKeep", show: showMarksForgotten, virtual: true},
	}
}

func showLoad(t *testing.T, w *world) {
	i := w.declare(t, "prometheus:disk")
	for _, ref := range []state.Ref{{ID: i.id}, {Key: i.key}, {Number: i.number}} {
		wantRecord(t, w.load(t, ref), i)
	}
}

func wantRecord(t testing.TB, rec state.Record, i *incident) {
	t.Helper()
	if rec.ID != i.id || rec.Rev != i.rev || !bytes.Equal(rec.Doc, i.doc) {
		t.Fatalf("record is %s at %.8s: %.40q\nwant      %s at %.8s: %.40q", rec.ID, rec.Rev, rec.Doc, i.id, i.rev, i.doc)
	}
}

func showReplace(t *testing.T, w *world) {
	i := w.declare(t, "k")
	for _, doc := range []string{"two", "", "four, longer than the ones before"} {
		i.write(t, i.next(doc, "entry"))
		wantRecord(t, w.load(t, state.Ref{ID: i.id}), i)
	}
}

func showNoIncident(t *testing.T, w *world) {
	c := state.Commit{
		Partition: 7, Marks: []state.Mark{{ID: "orphan", Sum: "s"}},
		Entries: []state.Entry{{Seq: 1, Body: []byte(`"recorded"`)}},
		// What follows is not written without an incident.
		Key: "k", Doc: []byte("doc"), Summary: state.Summary{Number: 1, Title: "nobody"}, Wake: w.now(t),
		Outbox: []state.OutboxItem{{ID: "d", Destination: "x", Action: "webhook", Due: w.now(t), Created: w.now(t)}},
	}
	if res := w.commit(t, c); res.Status != state.Written {
		t.Fatalf("status %s, want written", res.Status)
	}
	taken := w.refused(t, c, state.Duplicate).Duplicates["orphan"]
	if (taken != state.Taken{Sum: "s"}) {
		t.Fatalf("taken by %+v, want by no incident with sum s", taken)
	}
	if due := w.due(t, 10, 7); len(due.Wakes)+len(due.Destinations) != 0 {
		t.Fatalf("due: %+v, want nothing", due)
	}
	if _, err := w.Load(t.Context(), state.Ref{Key: "k"}); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("Load by key: %v, want ErrNotFound", err)
	}
	if list := w.list(t, state.Query{}); len(list) != 0 {
		t.Fatalf("listed %d incidents, want none", len(list))
	}
}

// apart makes the n-th commit of entries about no incident.
func apart(p ifsev.Partition, n int) state.Commit {
	return state.Commit{Partition: p, Entries: []state.Entry{{Seq: 1, Body: fmt.Appendf(nil, `"%d"`, n)}, {Seq: 2, Body: []byte(`"more"`)}}}
}

// wantApart wants the entries about no incident of a partition to be those of the commits from first to last, in order.
func (w *world) wantApart(t *testing.T, p ifsev.Partition, first, last int) {
	t.Helper()
	var got, want []string
	err := w.Store.(state.Dumper).Dump(t.Context(), func(r state.Row) error {
		if r.Page != nil && r.Page.Incident == "" && r.Page.Partition == p {
			got = append(got, string(r.Page.Page.Entries[0].Body))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := first; n <= last; n++ {
		want = append(want, fmt.Sprintf(`"%d"`, n))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("partition %d keeps %v, want %d to %d", p, got, first, last)
	}
}

func showNoIncidentBounded(t *testing.T, w *world) {
	w.keepApart(t, state.ApartKept-2)
	for n := state.ApartKept - 1; n <= state.ApartKept+2; n++ {
		w.commit(t, apart(7, n))
		w.wantApart(t, 7, max(1, n+1-state.ApartKept), n)
	}
	for _, other := range []ifsev.Partition{6, 8} {
		w.wantApart(t, other, 1, 1)
	}
	w.whole(t, w.Store)
}

func showNoIncidentTrimmed(t *testing.T, w *world) {
	const old = 3*state.ApartKept + 20
	w.keepApart(t, old)
	for n := old + 1; n <= old+3; n++ {
		w.commit(t, apart(7, n))
	}
	w.wantApart(t, 7, old+4-state.ApartKept, old+3)
}

// keepApart fills an empty store with commits about no incident: so many in partition 7, and one in each beside it.
func (w *world) keepApart(t *testing.T, n int) {
	t.Helper()
	to := w.fillable(t)
	var rows []state.Row
	keep := func(p ifsev.Partition, n int) {
		page := state.Page{Entries: apart(p, n).Entries}
		rows = append(rows, state.Row{Page: &state.KeptPage{Partition: p, LastSeq: 2, Page: page}})
	}
	keep(6, 1)
	keep(8, 1)
	for i := range n {
		keep(7, i+1)
	}
	if err := errors.Join(to.BeginFill(t.Context()), to.Fill(t.Context(), 1, rows), to.EndFill(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.wantApart(t, 7, 1, n)
}

func showRebind(t *testing.T, w *world) {
	old := w.declare(t, "k")
	c := old.next("closed")
	c.Summary.Status = ifsev.StatusClosed
	old.write(t, c)
	wantRecord(t, w.load(t, state.Ref{Key: "k"}), old) // whatever its status

	young := w.incident(t, "k")
	c = young.next("declared", "declared")
	c.Key, c.Bound, c.BoundRev = "k", old.id, old.rev
	young.write(t, c)
	wantRecord(t, w.load(t, state.Ref{Key: "k"}), young)
	wantRecord(t, w.load(t, state.Ref{ID: old.id}), old)

	c = young.next("again", "again")
	c.Key, c.Bound = "k", young.id
	young.write(t, c)
	wantRecord(t, w.load(t, state.Ref{Key: "k"}), young)
}

// fullCommit is a commit that has some of everything.
func fullCommit(t *testing.T, i *incident) state.Commit {
	t.Helper()
	c := i.next("full", "one", "two")
	c.Outbox = []state.OutboxItem{i.item(i.id + "-d1"), i.item(i.id + "-d2")}
	c.Verdicts = map[string][]byte{"rule": []byte("fired")}
	c.Wake = i.w.now(t).Add(long)
	c.Epoch = 3
	return c
}

func showRedoMarks(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := fullCommit(t, i)
	c.Marks = []state.Mark{{ID: "m1", Sum: "s1"}, {ID: "m2", Sum: "s2"}}
	i.write(t, c)
	before := w.picture(t, i)
	res := w.refused(t, c, state.Duplicate)
	for _, m := range c.Marks {
		if got := res.Duplicates[m.ID]; got != (state.Taken{Incident: i.id, Sum: m.Sum}) {
			t.Errorf("mark %s was taken by %+v, want %s with its sum", m.ID, got, i.id)
		}
	}
	before.same(t, w.picture(t, i))
}

func showRedoPlain(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := fullCommit(t, i)
	i.write(t, c)
	before := w.picture(t, i)
	res := w.refused(t, c, state.Conflict)
	wantRecord(t, res.Record, i)
	if res.Record.Rev != c.Next {
		t.Fatal("the record does not show that the commit was written")
	}
	before.same(t, w.picture(t, i))
}

func showSameDelivery(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.send(t, "d1", "d2")
	claim := w.claimOne(t, i.p, i.destination, "d1", long)
	i.send(t, "d1", "d2", "d3", "d3")
	if got := len(w.letters(t, state.DeliveryQuery{})); got != 3 {
		t.Fatalf("%d deliveries, want 3", got)
	}
	i.write(t, i.settle(claim, false, "")) // its claim is still the holder's
	for _, id := range []string{"d2", "d3"} {
		i.write(t, i.settle(w.claimOne(t, i.p, i.destination, id, long), false, ""))
	}
	w.claimNone(t, i.p, i.destination)
}

func showWrongPartition(t *testing.T, w *world) {
	i := w.incident(t, "k")
	i.id = w.newID(i.p ^ 1)
	c := i.next("doc", "declared")
	c.Key = "k"
	if res, err := w.Commit(t.Context(), c); err == nil {
		t.Fatalf("answered %s, want an error", res.Status)
	}
	for _, ref := range []state.Ref{{ID: i.id}, {Key: "k"}} {
		if _, err := w.Load(t.Context(), ref); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("Load %+v: %v, want ErrNotFound", ref, err)
		}
	}
}

func showMarkTwice(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	c.Marks = []state.Mark{{ID: "m", Sum: "s"}, {ID: "m", Sum: "s"}}
	i.write(t, c)
	again := i.next("doc", "entry")
	again.Marks = []state.Mark{{ID: "fresh"}, {ID: "m"}, {ID: "m"}}
	res := w.refused(t, again, state.Duplicate)
	if len(res.Duplicates) != 1 || res.Duplicates["m"].Incident != i.id {
		t.Fatalf("duplicates: %+v, want m alone, taken by %s", res.Duplicates, i.id)
	}
	again.Marks = []state.Mark{{ID: "fresh"}} // a refused commit takes no marks
	i.write(t, again)
}

func showMarksKept(t *testing.T, w *world) {
	i := w.declare(t, "k")
	c := i.next("doc", "entry")
	c.Marks = []state.Mark{{ID: "m", Sum: "s"}}
	i.write(t, c)
	for range 7 {
		w.pass(t, state.DedupKeep/7-1)
		i.write(t, markedWith(i, w.now(t).String())) // other marks come and old ones may be swept
		w.refused(t, markedWith(i, "m"), state.Duplicate)
	}
}

func markedWith(i *incident, mark string) state.Commit {
	c := i.next("doc", "entry")
	c.Marks = []state.Mark{{ID: mark}}
	return c
}

func showMarksForgotten(t *testing.T, w *world) {
	i := w.declare(t, "k")
	i.write(t, markedWith(i, "m"))
	w.pass(t, 2*state.DedupKeep)
	i.write(t, markedWith(i, "m"))
	w.refused(t, markedWith(i, "m"), state.Duplicate)
}
