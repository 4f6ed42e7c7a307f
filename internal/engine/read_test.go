package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

func TestTimelinePages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		for i := range 9 {
			if _, err := e.note(inc.ID, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		var seqs []int64
		for after := int64(0); ; {
			page, err := e.Timeline(t.Context(), state.Ref{Number: inc.Number}, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			if len(page) > 4 {
				t.Errorf("a page of %d", len(page))
			}
			for _, ev := range page {
				seqs = append(seqs, ev.Seq)
			}
			after = page[len(page)-1].Seq
		}
		if len(seqs) != 10 || seqs[0] != 1 || seqs[9] != 10 {
			t.Errorf("%v", seqs)
		}
	})
}

func TestReadsOfWhatIsNotThere(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		ref := state.Ref{Number: 7}
		_, incident := e.Incident(t.Context(), ref)
		_, timeline := e.Timeline(t.Context(), ref, 0, 10)
		_, verdicts := e.Verdicts(t.Context(), ref)
		_, _, explain := e.Explain(t.Context(), ref)
		for name, err := range map[string]error{"incident": incident, "timeline": timeline, "verdicts": verdicts, "explain": explain} {
			if !errors.Is(err, state.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestVerdictsSayWhy(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		inc := e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(0)
		verdicts, err := e.Verdicts(t.Context(), state.Ref{ID: inc.ID})
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts["database-oncall"]
		if v.Kind != rules.VerdictFired || v.Firing == "" || len(v.Atoms) < 2 {
			t.Errorf("%+v", v)
		}
		doc, explained, err := e.Explain(t.Context(), state.Ref{ID: inc.ID})
		if err != nil || len(explained) != 2 {
			t.Fatalf("%+v, %v", explained, err)
		}
		slow := explained[1]
		if slow.Rule != "database-slow" || slow.Verdict != rules.VerdictFalse || slow.ChangesAt.IsZero() || doc.Wake.IsZero() {
			t.Errorf("%+v, wake %s", slow, doc.Wake)
		}
	})
}

func TestHistoryIsKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  worst: {if: severity == 1, rearm: when_false, then: [note: x]}\n  noted: {when: noted, then: [{add_tags: [n]}]}\n")
		inc := e.declare(ifsev.Declaration{Severity: 2})
		for i := range 50 {
			severity := ifsev.Severity(1 + i%2)
			e.must(Request{Ref: state.Ref{ID: inc.ID}, Actor: alice, Change: ifsev.Change{Severity: &severity}})
			w.pass(time.Minute)
		}
		verdicts, err := e.Verdicts(t.Context(), state.Ref{ID: inc.ID})
		if err != nil || len(verdicts) != 2 {
			t.Fatalf("%+v, %v", verdicts, err)
		}
		v := verdicts["worst"]
		if len(v.History) != rules.MaxHistory || !slices.IsSortedFunc(v.History, rules.Past.Compare) || v.History[rules.MaxHistory-1].N != 49 || v.Kind != rules.VerdictFalse {
			t.Errorf("%d changes are kept of %s: %+v", len(v.History), v.Rule, v.History)
		}
		_, explained, err := e.Explain(t.Context(), state.Ref{ID: inc.ID})
		if err != nil || len(explained) != 2 || len(explained[0].History) != rules.MaxHistory || len(explained[1].History) != rules.MaxHistory {
			t.Errorf("%+v, %v", explained, err)
		}
	})
}

func TestListIsTheStores(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		for i := range 5 {
			e.declare(ifsev.Declaration{Title: fmt.Sprint("incident ", i), Severity: ifsev.Severity(i + 1), Commander: "alice"})
		}
		got, err := e.List(t.Context(), state.Query{Severities: []ifsev.Severity{2, 4}, Limit: 10})
		if err != nil || len(got) != 2 || got[0].Title != "incident 3" || got[1].Commander != "alice" || got[1].Version != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestPendingDeliveriesAreShown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(hang)
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(0)
		got, err := e.Deliveries(t.Context(), state.DeliveryQuery{Incident: inc.ID, Limit: 10})
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if d := got[0]; d.State != ifsev.DeliveryInFlight || d.Attempts != 1 || d.Rule != "tell" || d.NextAttempt.IsZero() || d.Incident != inc.ID {
			t.Errorf("%+v", d)
		}
	})
}

func TestDamagedDocumentIsSaid(t *testing.T) {
	t.Parallel()
	if _, err := decodeDocument(state.Record{ID: "x", Rev: "r", Doc: []byte("{")}); err == nil {
		t.Error("no error")
	}
	if doc, err := decodeDocument(state.Record{ID: "x"}); err != nil || doc.Incident.Exists() {
		t.Errorf("of nothing: %+v, %v", doc, err)
	}
}

func TestWhatFailuresMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		reason ifsev.FailureReason
		trips  bool
	}{
		{"success", nil, ifsev.ReasonNone, false},
		{"a failure", &ifsev.Failure{Reason: ifsev.ReasonNetwork}, ifsev.ReasonNetwork, true},
		{"a wrapped failure", fmt.Errorf("while: %w", &ifsev.Failure{Reason: ifsev.ReasonServer}), ifsev.ReasonServer, true},
		{"its time is over", context.DeadlineExceeded, ifsev.ReasonTimeout, true},
		{"anything", errors.New("odd"), ifsev.ReasonInternal, false},
		{"a refusal", &ifsev.Failure{Reason: ifsev.ReasonClient, Permanent: true}, ifsev.ReasonClient, false},
		{"too fast", &ifsev.Failure{Reason: ifsev.ReasonRateLimited}, ifsev.ReasonRateLimited, false},
	} {
		f := failureOf(c.err)
		if (f == nil) != (c.err == nil) || f != nil && f.Reason != c.reason {
			t.Errorf("%s: %+v", c.name, f)
		}
		if got := breakerError(f) != nil; got != c.trips {
			t.Errorf("%s: counts for the breaker: %t", c.name, got)
		}
	}
}

func TestAnUnreadableDeliveryIsGivenUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		rec, err := w.store.Load(t.Context(), state.Ref{ID: inc.ID})
		if err != nil {
			t.Fatal(err)
		}
		c := state.Commit{
			ID: inc.ID, Expect: rec.Rev, Next: state.NextRev(rec.Rev, rec.Doc, nil), Doc: rec.Doc, Summary: summaryOf(&inc),
			Outbox: []state.OutboxItem{{ID: "dlv_x", Destination: "webhook:status", Action: "webhook", Due: inc.DeclaredAt, Created: inc.DeclaredAt, Body: []byte("{")}},
		}
		if res, err := w.store.Commit(t.Context(), c); err != nil || res.Status != state.Written {
			t.Fatalf("%s, %v", res.Status, err)
		}
		e.nudge()
		w.pass(2 * defaultVisibility)
		if n := len(w.calls.all()); n != 0 {
			t.Errorf("%d attempts", n)
		}
		if got := e.events(inc.ID, ifsev.ActionFailed); len(got) != 1 || got[0].Data.String("reason") != "internal" {
			t.Errorf("%+v", got)
		}
		dead, err := e.Deliveries(t.Context(), state.DeliveryQuery{Dead: true, Limit: 10})
		if err != nil || len(dead) != 1 || dead[0].State != ifsev.DeliveryDead || dead[0].LastError == "" {
			t.Errorf("it hides the others: %+v, %v", dead, err)
		}
	})
}
