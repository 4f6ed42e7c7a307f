package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const late = 10 * time.Second

// recurring is a report of an alert that started once and for all: status and start are all its ID is made of.
func recurring(status ifsev.AlertStatus, fingerprint string) ifsev.Alert {
	a := firing(string(status)+fingerprint, "db", fingerprint)
	a.Status, a.Repetition = status, ifsev.Repetition{Recurs: true, Late: late}
	return a
}

func TestAnAlertTurns(t *testing.T) {
	up, down := recurring(ifsev.AlertIsResolved, "a"), recurring(ifsev.AlertIsFiring, "a")
	other := recurring(ifsev.AlertIsFiring, "b")
	soon, later := time.Second, time.Minute
	type step struct {
		after time.Duration
		alert ifsev.Alert
		want  string
	}
	for name, steps := range map[string][]step{
		"sent twice":                  {{0, down, "declared "}, {soon, down, "duplicate "}, {24 * time.Hour, down, "duplicate "}},
		"it fires again":              {{0, down, "declared "}, {later, up, "resolved "}, {later, down, "updated "}, {soon, down, "duplicate "}, {later, up, "resolved "}, {later, up, "duplicate "}},
		"the old report comes late":   {{0, down, "declared "}, {later, up, "resolved "}, {soon, down, "duplicate "}, {later, down, "updated "}},
		"the old end comes late":      {{0, down, "declared "}, {later, up, "resolved "}, {later, down, "updated "}, {soon, up, "duplicate "}, {later, up, "resolved "}},
		"its end came first":          {{0, up, "recorded "}, {soon, down, "declared "}, {soon, up, "resolved "}, {soon, up, "duplicate "}},
		"a short one":                 {{0, down, "declared "}, {soon, up, "resolved "}, {later, up, "duplicate "}},
		"another of the incident":     {{0, down, "declared "}, {0, other, "updated "}, {later, up, "resolved "}, {0, other, "duplicate "}, {later, down, "updated "}},
		"another start, soon after":   {{0, down, "declared "}, {later, up, "resolved "}, {soon, renamed(down), "updated "}, {soon, renamed(down), "duplicate "}},
		"recorded, then it is joined": {{0, quiet(down), "recorded "}, {soon, quiet(down), "duplicate "}, {soon, other, "declared "}, {soon, quiet(down), "updated "}, {soon, quiet(down), "duplicate "}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("")
				for i, s := range steps {
					w.pass(s.after)
					if got := kinds(e.alerts(s.alert)); got != s.want {
						t.Errorf("step %d, %s: %s, want %s", i+1, s.alert.ID, got, s.want)
					}
				}
			})
		})
	}
}

func renamed(a ifsev.Alert) ifsev.Alert {
	a.ID += " anew"
	return a
}

func quiet(a ifsev.Alert) ifsev.Alert {
	a.RecordOnly = true
	return a
}

// Somebody closes the incident of an alert that burns on: that it does is repeated again and again, and declares
// nothing. Once it has resolved, the next time it fires does.
func TestARepeatedAlertOfAClosedIncident(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		up, down := recurring(ifsev.AlertIsResolved, "a"), recurring(ifsev.AlertIsFiring, "a")
		first := e.alerts(down)[0].Incident
		e.must(Request{Ref: state.Ref{ID: first}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		for range 3 {
			w.pass(time.Hour)
			if got := e.alerts(down); kinds(got) != "duplicate " || got[0].Incident != first {
				t.Errorf("it burns on: %+v", got)
			}
		}
		if got := kinds(e.alerts(up)); got != "resolved " {
			t.Errorf("it ends: %s", got)
		}
		if got := kinds(e.alerts(down)); got != "duplicate " {
			t.Errorf("the old report comes late: %s", got)
		}
		w.pass(time.Minute)
		second := e.alerts(down)
		if kinds(second) != "declared " || second[0].Incident == first {
			t.Errorf("it fires again: %+v", second)
		}
		if got := kinds(e.alerts(down, up, up)); got != "duplicate resolved duplicate " {
			t.Errorf("of the second incident: %s", got)
		}
	})
}

// The state of an alert is what was last reported of it, except for what is sent again within the time in which it is
// taken for a report that has come late.
func TestAnAlertIsWhatWasLastReported(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				replicas := []*running{w.start("", owner("a")), w.start("", owner("b"))}
				rnd := rand.New(rand.NewPCG(seed, 1))
				id := replicas[0].alerts(recurring(ifsev.AlertIsFiring, "a"))[0].Incident
				is, turns, turned := ifsev.AlertIsFiring, 1, time.Now()
				for i := range 40 {
					w.pass(time.Duration(rnd.Int64N(int64(2 * late))))
					said := []ifsev.AlertStatus{ifsev.AlertIsFiring, ifsev.AlertIsResolved}[rnd.IntN(2)]
					if said != is && (turns < 2 || time.Since(turned) >= late) {
						is, turns, turned = said, turns+1, time.Now()
					}
					for range 1 + rnd.IntN(2) {
						replicas[rnd.IntN(2)].alerts(recurring(said, "a"))
					}
					if got := replicas[0].document(id).Incident.Alerts[0]; got.Status != is || got.Turns != turns {
						t.Fatalf("after report %d it is %s, turned %d times; want %s, %d", i, got.Status, got.Turns, is, turns)
					}
				}
				told := len(replicas[0].events(id, ifsev.AlertFiring)) + len(replicas[0].events(id, ifsev.AlertResolved))
				if told != turns {
					t.Errorf("%d events of %d turns", told, turns)
				}
			})
		})
	}
}

// A replica that has not heard of a turn yet does not take what comes after it for a report from before it.
func TestAReplicaThatMissedATurn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start("", owner("a")), w.start("", owner("b"))
		id := a.alerts(looks("firing", 5))[0].Incident
		results := make(chan string, 1)
		w.store.set(func(p *probe) {
			p.after = func(state.Commit) error { // while the answer to a is on its way, b hears of the end, and a of the alert again
				w.store.set(func(p *probe) { p.after = nil })
				b.alerts(looks("resolved", 5))
				time.Sleep(time.Second)
				go func() { results <- kinds(a.alerts(looks("firing", 5))) }()
				time.Sleep(time.Second)
				return nil
			}
		})
		a.alerts(firing("other", "db", "b"))
		if got := <-results; got != "updated " {
			t.Errorf("it was answered %s", got)
		}
		inc := a.document(id).Incident
		if got := inc.FiringAlerts(); got != 2 {
			t.Errorf("%d alerts are firing, want 2", got)
		}
	})
}

// looks is a report known by nothing but its looks, which came in that stretch of time.
func looks(status ifsev.AlertStatus, stretch int) ifsev.Alert {
	a := firing(fmt.Sprint(status, stretch), "db", "a")
	a.Status, a.Repetition = status, ifsev.Repetition{Recurs: true, Earlier: fmt.Sprint(status, stretch-1)}
	return a
}

// The same alert from a pair of senders to two replicas at once is told once each time it turns.
func TestAnAlertOfTwoSendersTurns(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start("", owner("a")), w.start("", owner("b"))
		w.store.set(func(p *probe) { p.slow = time.Millisecond })
		for i := range 6 {
			status := []ifsev.AlertStatus{ifsev.AlertIsFiring, ifsev.AlertIsResolved}[i%2]
			var wg sync.WaitGroup
			for _, e := range []*running{a, b, a} {
				wg.Go(func() { e.alerts(recurring(status, "a")) })
			}
			wg.Wait()
			w.pass(time.Minute)
		}
		doc, err := a.Incident(context.Background(), state.Ref{Key: "db"})
		if err != nil {
			t.Fatal(err)
		}
		if n, m := len(a.events(doc.Incident.ID, ifsev.AlertFiring)), len(a.events(doc.Incident.ID, ifsev.AlertResolved)); n != 3 || m != 3 {
			t.Errorf("it fired %d times and resolved %d times, want 3 and 3", n, m)
		}
	})
}

// What looks the same is the same for a moment, wherever that begins; once the alert has turned it is news at once.
func TestAReportKnownByItsLooks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		for i, s := range []struct {
			alert ifsev.Alert
			want  string
		}{
			{looks("firing", 5), "declared "}, {looks("firing", 5), "duplicate "}, {looks("firing", 6), "duplicate "},
			{looks("firing", 7), "updated "}, {looks("resolved", 7), "resolved "}, {looks("firing", 7), "updated "},
			{looks("firing", 8), "duplicate "}, {looks("resolved", 8), "resolved "}, {looks("resolved", 9), "duplicate "},
		} {
			if got := kinds(e.alerts(s.alert)); got != s.want {
				t.Errorf("step %d: %s, want %s", i+1, got, s.want)
			}
		}
	})
}

// A report that is repeated lets its alert fire for longer, and no rule hears of it.
func TestARepeatedReportRenews(t *testing.T) {
	for name, recurs := range map[string]bool{"by its start": true, "by its own id": false} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("\n  told: {when: alert, then: [{note: heard}]}\n")
				down := recurring(ifsev.AlertIsFiring, "a")
				down.TTL, down.Recurs, down.Renews = 4*time.Minute, recurs, true
				id := e.alerts(down)[0].Incident
				quietSince := e.document(id).Incident.LastActivityAt
				for i, s := range []struct {
					after time.Duration
					want  string
				}{{0, "duplicate "}, {59 * time.Second, "duplicate "}, {time.Second, "updated "}, {time.Second, "duplicate "}, {3 * time.Minute, "updated "}} {
					w.pass(s.after)
					if got := kinds(e.alerts(down)); got != s.want {
						t.Errorf("report %d: %s, want %s", i+2, got, s.want)
					}
				}
				if n := len(e.events(id, ifsev.RuleFired)); n != 1 {
					t.Errorf("the rule fired %d times", n)
				}
				inc := e.document(id).Incident
				if got := len(e.events(id, ifsev.AlertFiring)); got != 3 || !inc.LastActivityAt.Equal(quietSince) {
					t.Errorf("%d events, last activity %s after the first", got, inc.LastActivityAt.Sub(quietSince))
				}
				w.pass(4*time.Minute - time.Second)
				if inc = e.document(id).Incident; inc.FiringAlerts() != 1 {
					t.Error("its time is not over yet")
				}
				w.pass(2 * time.Second)
				if inc = e.document(id).Incident; inc.FiringAlerts() != 0 {
					t.Error("its time is over")
				}
				want := map[bool]string{true: "updated ", false: "duplicate "}[recurs]
				if got := kinds(e.alerts(down)); got != want {
					t.Errorf("reported after its time: %s, want %s", got, want)
				}
			})
		})
	}
}
