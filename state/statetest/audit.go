package statetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Spoil is one way an index and what it is made of can come to disagree.
type Spoil string

// The ways.
const (
	// SpoilWakeGone takes the document out of the index of wakes.
	SpoilWakeGone Spoil = "a wake is gone"
	// SpoilWakeMoved puts the document an hour later into it.
	SpoilWakeMoved Spoil = "a wake is elsewhere"
	// SpoilWakeOfNothing puts the ID of a document that is not there into it, due now.
	SpoilWakeOfNothing Spoil = "a wake of nothing"
	// SpoilLaneForgotten takes the lane out of the index of what is due.
	SpoilLaneForgotten Spoil = "a lane is forgotten"
	// SpoilLaneOfNothing puts a lane that holds nothing into it, due now.
	SpoilLaneOfNothing Spoil = "a lane of nothing"
	// SpoilDeliveryGone takes the only delivery of a lane away, with all that knows of it.
	SpoilDeliveryGone Spoil = "a delivery is gone"
	// SpoilSummary makes lists show another title.
	SpoilSummary Spoil = "a summary is another"
)

// Spoilt is where a store is to be spoilt.
type Spoilt struct {
	Partition             ifsev.Partition
	ID, Destination       string
	Delivery              string
	Number                int64
	Wake, Due, DeliveryAt time.Time
}

// Spoiler spoils a store, past all that it promises.
type Spoiler func(t *testing.T, s state.Store, how Spoil, at Spoilt)

// RunAudit is the part of the suite for a state.Auditor: it spoils the store in every way, wants it to be found, and
// repaired where that can be.
func RunAudit(t *testing.T, open Open, spoil Spoiler, opts ...Option) {
	t.Helper()
	s := &suite{open: open}
	for _, o := range opts {
		o(s)
	}
	for _, c := range []struct {
		how  Spoil
		want state.Invariant
		// repairs says that it can be made anew; group that a group's document is spoilt.
		repairs, group bool
	}{
		{SpoilWakeGone, state.InvariantWake, true, false},
		{SpoilWakeGone, state.InvariantWake, true, true},
		{SpoilWakeMoved, state.InvariantWake, true, false},
		{SpoilWakeMoved, state.InvariantWake, true, true},
		{SpoilWakeOfNothing, state.InvariantWake, true, false},
		{SpoilLaneForgotten, state.InvariantLane, true, false},
		{SpoilLaneOfNothing, state.InvariantLane, true, false},
		{SpoilDeliveryGone, state.InvariantDelivery, false, false},
		{SpoilSummary, state.InvariantSummary, false, false},
	} {
		name := string(c.how)
		if c.group {
			name += ", a group's"
		}
		s.run(t, promise{name: name, show: func(t *testing.T, w *world) {
			a := w.audited(t)
			at := a.incident
			if c.group {
				at = a.group
			}
			switch c.how {
			case SpoilWakeOfNothing:
				at.ID = w.newID(at.Partition)
			case SpoilLaneOfNothing:
				at.Destination = "webhook:nobody"
			}
			spoil(t, w.Store, c.how, at)
			found := w.audit(t, 1)
			for _, v := range found {
				if v.Invariant != c.want || v.ID != at.ID || v.Partition != at.Partition || v.Text == "" {
					t.Errorf("%+v", v)
				}
			}
			if len(found) == 0 {
				t.Fatal("it was not found")
			}
			w.repair(t, found[0], c.repairs)
			if left := w.audit(t, 100); c.repairs != (len(left) == 0) {
				t.Errorf("afterwards: %+v", left)
			}
			if c.repairs {
				w.repair(t, found[0], false)
				a.works(t)
			}
		}})
	}
	s.run(t, promise{name: "Audit finds nothing where all is well", show: showAuditWell})
	s.run(t, promise{name: "Audit keeps to the partitions it is given", show: func(t *testing.T, w *world) { showAuditParts(t, w, spoil) }})
}

// audited is a store with an incident and a group, a delivery and wakes.
type audited struct {
	w               *world
	i               *incident
	incident, group Spoilt
}

func (w *world) audited(t *testing.T) *audited {
	t.Helper()
	a := &audited{w: w, i: w.incident(t, "audited")}
	wake := a.i.declared.Add(long).Add(123456) // finer than any store keeps it
	doc := ifsev.Document{
		Incident: ifsev.Incident{
			ID: a.i.id, Number: a.i.number, Key: "audited", Title: "t", Severity: 2, Status: ifsev.StatusOpen, DeclaredAt: a.i.declared,
			Roles: map[string]string{ifsev.RoleCommander: "ann"},
		},
		Firings: []ifsev.Firing{{ID: "f", Rule: "r", Delivery: "d"}}, Wake: wake,
	}
	c := a.i.nextOf(encoded(t, doc), []state.Entry{{Seq: 1, Body: []byte(`{}`)}})
	item := a.i.item("d")
	kept := wake.Add(time.Millisecond - 1).Truncate(time.Millisecond)
	c.Key, c.Summary, c.Wake, c.Outbox = "audited", state.SummaryOf(&doc.Incident), kept, []state.OutboxItem{item}
	a.i.write(t, c)
	a.incident = Spoilt{
		Partition: a.i.p, ID: a.i.id, Destination: a.i.destination, Delivery: "d", Number: a.i.number, Wake: kept, Due: item.Due, DeliveryAt: item.Created,
	}

	g := ifsev.Group{ID: ifsev.GroupID(ifsev.GroupWindow, "r", "k"), Kind: ifsev.GroupWindow}
	body := encoded(t, ifsev.Document{Group: &g, Wake: kept})
	if res := w.commit(t, state.Commit{ID: g.ID, Next: state.NextRev("", body, nil), Doc: body, Wake: kept}); res.Status != state.Written {
		t.Fatalf("the group: %s", res.Status)
	}
	p, err := ifsev.PartitionOfID(g.ID)
	if err != nil {
		t.Fatal(err)
	}
	a.group = Spoilt{Partition: p, ID: g.ID, Wake: kept}
	return a
}

func encoded(t *testing.T, doc ifsev.Document) []byte {
	t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// audit looks at everything, so much at a time, and answers what is wrong, each once.
func (w *world) audit(t *testing.T, limit int) []state.Violation {
	t.Helper()
	var all []state.Violation
	known := map[string]bool{}
	for cursor, n := "", 0; ; n++ {
		found, err := w.Store.(state.Auditor).Audit(t.Context(), partitions(), cursor, limit)
		if err != nil {
			t.Fatalf("Audit: %v", err)
		}
		for _, v := range found.Violations {
			if key := string(v.Invariant) + v.ID + v.Destination; !known[key] {
				known[key] = true
				all = append(all, v)
			}
		}
		if cursor = found.Next; cursor == "" {
			return all
		}
		if n > 10_000 {
			t.Fatal("the audit does not come to an end")
		}
	}
}

func partitions() []ifsev.Partition {
	all := make([]ifsev.Partition, ifsev.Partitions)
	for i := range all {
		all[i] = ifsev.Partition(i)
	}
	return all
}

func (w *world) repair(t *testing.T, v state.Violation, want bool) {
	t.Helper()
	if got, err := w.Store.(state.Auditor).Repair(t.Context(), v); err != nil || got != want {
		t.Errorf("Repair: %v, %v, want %v", got, err, want)
	}
}

// works wants the delivery to be handed out, and each wake to come once.
func (a *audited) works(t *testing.T) {
	t.Helper()
	a.w.claimOne(t, a.i.p, a.i.destination, "d", long)
	stats, err := a.w.Stats(t.Context())
	if err != nil || stats.Wakes != 2 {
		t.Errorf("%d wakes are counted, %v", stats.Wakes, err)
	}
	if c, ok := a.w.Store.(state.Checker); ok {
		if _, err := c.Check(t.Context(), func(fault string) { t.Error(fault) }); err != nil {
			t.Error(err)
		}
	}
}

func showAuditWell(t *testing.T, w *world) {
	a := w.audited(t)
	if diff := cmp.Diff([]state.Violation(nil), w.audit(t, 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a.i.w.claimOne(t, a.i.p, a.i.destination, "d", long)
	if diff := cmp.Diff([]state.Violation(nil), w.audit(t, 1)); diff != "" {
		t.Errorf("while it is claimed (-want +got):\n%s", diff)
	}
	found, err := w.Store.(state.Auditor).Audit(t.Context(), partitions(), "", 1000)
	if err != nil || found.Documents != 2 && found.Next == "" || found.Documents > 0 && len(found.Incidents) > 1 {
		t.Errorf("%+v, %v", found, err)
	}
	for _, v := range []state.Violation{state.Misplaced(a.i.p, a.i.id, time.Time{}, time.Time{}), state.Unlisted(a.i.p, a.i.destination, a.i.id, "")} {
		w.repair(t, v, false)
	}
	if _, err := w.Store.(state.Auditor).Audit(t.Context(), partitions(), "nonsense", 1); err == nil {
		t.Error("a cursor that is none was taken")
	}
}

func showAuditParts(t *testing.T, w *world, spoil Spoiler) {
	a := w.audited(t)
	spoil(t, w.Store, SpoilWakeGone, a.incident)
	others := []ifsev.Partition{(a.i.p + 1) % ifsev.Partitions}
	for cursor := ""; ; {
		found, err := w.Store.(state.Auditor).Audit(t.Context(), others, cursor, 10)
		if err != nil || len(found.Violations) > 0 {
			t.Fatalf("%+v, %v", found, err)
		}
		if cursor = found.Next; cursor == "" {
			return
		}
	}
}
