package engine

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func firing(id, key, fingerprint string) ifsev.Alert {
	return ifsev.Alert{ID: id, Source: "prom", Key: key, Fingerprint: fingerprint, Status: ifsev.AlertIsFiring, Title: "Alert " + fingerprint, Severity: 2}
}

func resolved(id, key, fingerprint string) ifsev.Alert {
	a := firing(id, key, fingerprint)
	a.Status = ifsev.AlertIsResolved
	return a
}

func (r *running) alerts(alerts ...ifsev.Alert) []ifsev.AlertResult {
	r.w.t.Helper()
	results, err := r.SubmitAlerts(r.w.t.Context(), alerts)
	if err != nil {
		r.w.t.Fatalf("SubmitAlerts: %v", err)
	}
	return results
}

func kinds(results []ifsev.AlertResult) string {
	var s string
	for _, r := range results {
		s += string(r.Result) + " "
	}
	return s
}

func TestAlertsOfOneKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		steps := []struct {
			name   string
			alerts []ifsev.Alert
			want   string
		}{
			{"resolved before it ever fired", []ifsev.Alert{resolved("1", "db", "a")}, "recorded "},
			{"that again", []ifsev.Alert{resolved("1", "db", "a")}, "duplicate "},
			{"a batch", []ifsev.Alert{resolved("2", "db", "a"), firing("3", "db", "a"), firing("4", "db", "b"), firing("3", "db", "a"), firing("5", "web", "c")},
				"recorded declared updated duplicate declared "},
			{"the same batch", []ifsev.Alert{resolved("2", "db", "a"), firing("3", "db", "a"), firing("4", "db", "b")}, "duplicate duplicate duplicate "},
			{"resolved", []ifsev.Alert{resolved("6", "db", "a")}, "resolved "},
			{"what cannot be", []ifsev.Alert{firing("7", "", "a"), {Key: "x", Status: "odd"}, firing("8", "db", "c")}, "rejected rejected updated "},
		}
		for _, s := range steps {
			if got := kinds(e.alerts(s.alerts...)); got != s.want {
				t.Errorf("%s: %s, want %s", s.name, got, s.want)
			}
		}
		inc, err := e.Incident(t.Context(), state.Ref{Key: "db"})
		if err != nil {
			t.Fatal(err)
		}
		if n := inc.Incident.FiringAlerts(); n != 2 || len(inc.Incident.Alerts) != 3 {
			t.Errorf("%d of %d alerts are firing, want 2 of 3", n, len(inc.Incident.Alerts))
		}
		e.events(inc.Incident.ID)
		for result, want := range map[string]float64{"accepted": 7, "duplicate": 5, "rejected": 0} { // whoever tells the sender counts what is rejected
			if got := testutil.ToFloat64(e.metrics.eventsReceived.WithLabelValues("prom", result)); got != want {
				t.Errorf("%v received were %s, want %v", got, result, want)
			}
		}
	})
}

func TestAlertRecordOnlyJoinsButDoesNotOpen(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		quiet := firing("1", "db", "a")
		quiet.RecordOnly = true
		if got := kinds(e.alerts(quiet)); got != "recorded " {
			t.Errorf("alone: %s", got)
		}
		quiet.ID = "2"
		if got := kinds(e.alerts(firing("3", "db", "b"), quiet)); got != "declared updated " {
			t.Errorf("with another: %s", got)
		}
	})
}

func TestAlertWithATitleThatCannotBeDeclared(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		bad := firing("1", "db", "a")
		bad.Title = " "
		results := e.alerts(bad, resolved("2", "db", "a"), firing("3", "db", "b"))
		if got := kinds(results); got != "rejected recorded declared " {
			t.Errorf("%s", got)
		}
		if results[0].Reason == "" || results[0].Incident != "" || results[2].Incident == "" {
			t.Errorf("%+v", results)
		}
		if got := kinds(e.alerts(bad)); got != "updated " {
			t.Errorf("sent again: %s: what was refused is not remembered, and there is an incident now", got)
		}
	})
}

func TestAfterTheEndOfAnIncidentTheNextAlertOpensAnother(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  over:
    if: alerts > 0 and firing_alerts == 0
    then: [{close: all alerts have resolved}]
`)
		first := e.alerts(firing("1", "db", "a"))
		both := e.alerts(resolved("2", "db", "a"), firing("3", "db", "b"))
		if kinds(both) != "resolved declared " || both[0].Incident != first[0].Incident || both[1].Incident == first[0].Incident {
			t.Errorf("first %+v, then %+v: want the second alert to open another incident", first, both)
		}
		if st := e.document(first[0].Incident).Incident.Status; st != ifsev.StatusClosed {
			t.Errorf("the first is %s", st)
		}
		late := e.alerts(resolved("4", "db", "b"), resolved("5", "db", "a"))
		if got := kinds(late); got != "resolved recorded " {
			t.Errorf("late: %s", got)
		}
	})
}

func TestAlertStormFromManySenders(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start("", owner("a")), w.start("", owner("b"))
		w.store.set(func(p *probe) { p.slow = time.Millisecond })
		var wg sync.WaitGroup
		const senders = 40
		for i := range senders {
			for _, e := range []*running{a, b} { // each alert comes to both, as from a pair of Alertmanagers
				wg.Go(func() {
					e.alerts(firing(fmt.Sprint("x", i), "db", fmt.Sprint(i)), firing(fmt.Sprint("y", i), "web", fmt.Sprint(i)))
				})
			}
		}
		wg.Wait()
		for _, key := range []string{"db", "web"} {
			doc, err := a.Incident(t.Context(), state.Ref{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(a.events(doc.Incident.ID, ifsev.AlertFiring)); n != senders {
				t.Errorf("%s: %d alerts recorded, want %d", key, n, senders)
			}
		}
		if all, err := a.List(t.Context(), state.Query{Limit: 200}); err != nil || len(all) != 2 {
			t.Errorf("%d incidents, %v", len(all), err)
		}
	})
}

// Somebody closes the incident while its alert still fires; when the alert ends, the incident says so, and only the
// next time it fires is there a new one.
func TestAClosedIncidentHearsOfTheEndOfItsAlert(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		first := e.alerts(firing("1", "db", "a"))
		e.must(Request{Ref: state.Ref{ID: first[0].Incident}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		both := e.alerts(resolved("2", "db", "a"), firing("3", "db", "a"))
		if kinds(both) != "resolved declared " || both[0].Incident != first[0].Incident || both[1].Incident == first[0].Incident {
			t.Errorf("%+v", both)
		}
		if inc := e.document(first[0].Incident).Incident; inc.FiringAlerts() != 0 || inc.Status != ifsev.StatusClosed {
			t.Errorf("%+v", inc)
		}
	})
}
