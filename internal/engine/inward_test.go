package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const storm = `
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 3}
    then:
      - id: parent
        declare: {severity: 2, title: "Storm of ${window.key}", children: "${window.incidents}"}
      - page: alice
        text: "${steps.parent.name}: ${join(window.incidents, \" \")}"
`

// related answers what other incidents are to one.
func (r *running) related(number int64) []string {
	r.w.t.Helper()
	doc, err := r.Incident(r.w.t.Context(), state.Ref{Number: number})
	if err != nil {
		r.w.t.Fatalf("INC-%d: %v", number, err)
	}
	var list []string
	for _, other := range doc.Incident.Related {
		list = append(list, other.As+" "+other.Incident)
	}
	slices.Sort(list)
	return list
}

func (r *running) wantStorm() {
	r.w.t.Helper()
	if got := strings.Join(r.related(4), ", "); got != "child INC-1, child INC-2, child INC-3" {
		r.w.t.Errorf("INC-4 has %s", got)
	}
	for n := range int64(3) {
		if got := r.related(n + 1); !slices.Equal(got, []string{"parent INC-4"}) {
			r.w.t.Errorf("INC-%d has %v", n+1, got)
		}
	}
	calls := r.w.calls.all()
	if len(calls) != 1 || calls[0].Args.String("text") != "INC-4: INC-1 INC-2 INC-3" {
		r.w.t.Errorf("calls %+v", calls)
	}
	list, err := r.List(r.w.t.Context(), state.Query{Limit: 10})
	if err != nil || len(list) != 4 {
		r.w.t.Errorf("%d incidents, %v", len(list), err)
	}
}

func TestAWindowAcrossIncidents(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(storm)
		for range 3 {
			e.declare(ifsev.Declaration{Tags: []string{"db"}})
			time.Sleep(time.Second)
		}
		synctest.Wait()
		e.wantStorm()
		if stats, err := e.store.Stats(w.t.Context()); err != nil || stats.Outbox[ifsev.ActionJoin].Pending+stats.Outbox[ifsev.ActionJoin].Dead > 0 {
			t.Errorf("%+v, %v", stats.Outbox, err)
		}
	})
}

// Whatever answers of the store are lost on the way, the window fills once and one parent is declared.
func TestAWindowWhileTheStoreLosesAnswers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(storm)
		n := 0
		w.store.set(func(p *probe) {
			p.after = func(state.Commit) error {
				if n++; n%2 == 0 {
					return state.ErrUnavailable
				}
				return nil
			}
		})
		for i := range 3 {
			e.must(Request{ID: "request " + string(rune('a'+i)), Actor: alice, Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Tags: []string{"db"}}}})
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		e.wantStorm()
	})
}

// A replica that dies with all in hand leaves the rest to the next.
func TestAWindowOverARestart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		first := w.start(storm, owner("first"))
		first.declare(ifsev.Declaration{Tags: []string{"db"}})
		first.declare(ifsev.Declaration{Tags: []string{"db"}})
		synctest.Wait()
		w.store.set(func(p *probe) { p.away = true })
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_ = first.Stop(gone) // as if it were killed: nothing is finished
		w.store.set(func(p *probe) { p.away = false })
		second := w.start(storm, owner("second"))
		second.declare(ifsev.Declaration{Tags: []string{"db"}})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		second.wantStorm()
	})
}

func TestABudgetAcrossIncidents(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  told: {when: declared, budget: {firings: 2, in: 1h, per: rule}, then: [page: alice]}
`)
		for range 5 {
			e.declare(ifsev.Declaration{})
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(w.calls.all()); n != 2 {
			t.Errorf("%d pages, want 2", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		noted, held := 0, 0
		for n := range int64(5) {
			doc, err := e.Incident(t.Context(), state.Ref{Number: n + 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range e.events(doc.Incident.ID) {
				switch ev.Type {
				case ifsev.Noted:
					noted++
					if text := ev.Data.String("text"); !strings.Contains(text, "held back 3 firings") {
						t.Errorf("%q", text)
					}
				case ifsev.HeldBack:
					held++
				}
			}
		}
		if noted != 1 || held != 3 {
			t.Errorf("%d digests, %d held back", noted, held)
		}
	})
}

func TestRelatingToNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		e.must(Request{Ref: state.Ref{ID: inc.ID}, Actor: alice, Change: ifsev.Change{Relate: []ifsev.Relation{{Incident: "INC-99", As: "child"}}}})
		time.Sleep(time.Minute)
		synctest.Wait()
		failed := e.events(inc.ID, ifsev.ActionFailed)
		if len(failed) != 1 || !strings.Contains(failed[0].Data.String("error"), "there is no incident INC-99") {
			t.Errorf("%+v", failed)
		}
	})
}

// A group is no incident: nobody finds it as one.
func TestAGroupIsNoIncident(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(storm)
		e.declare(ifsev.Declaration{Tags: []string{"db"}})
		synctest.Wait()
		id := ifsev.GroupID(ifsev.GroupWindow, "storm", "db")
		if rec, err := w.store.Load(t.Context(), state.Ref{ID: id}); err != nil || rec.ID != id {
			t.Fatalf("%+v, %v", rec, err)
		}
		if _, err := e.Incident(t.Context(), state.Ref{ID: id}); err == nil {
			t.Error("the group is shown as an incident")
		}
		if _, err := e.note(id, "x"); err == nil {
			t.Error("a group takes notes")
		}
	})
}
