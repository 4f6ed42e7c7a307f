package engine

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		var n atomic.Int64
		w.store.set(func(p *probe) {
			p.after = func(state.Commit) error {
				if n.Add(1)%2 == 0 {
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

// groups answers the IDs of the groups the store keeps.
func (w *world) groups() (ids []string) {
	w.t.Helper()
	err := w.store.Store.(state.Dumper).Dump(w.t.Context(), func(r state.Row) error {
		if r.Incident != nil && strings.Contains(string(r.Incident.Doc), `"group":`) {
			ids = append(ids, r.Incident.ID)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// Groups of every kind leave the store once nothing is left to remember, and with them their wakes.
func TestEmptyGroupsLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		log := &lines{}
		e := w.start(storm+`
  told: {when: declared, budget: {firings: 1, in: 1h, per: rule}, then: [page: bob]}
  daily: {when: {schedule: "0 9 * * *", each: false}, then: [page: bob]}
`, func(o *Options) {
			o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			o.Poll, o.Lease = time.Hour, 24*time.Hour // days pass
		})
		for range 3 {
			e.declare(ifsev.Declaration{Tags: []string{"db"}})
		}
		w.pass(time.Minute)
		wantGroups := func(after string, want int) {
			t.Helper()
			if got := w.groups(); len(got) != want {
				t.Errorf("%d groups %s, want %d", len(got), after, want)
			}
		}
		wantGroups("at once, window and budget", 2)
		w.pass(3 * time.Hour)
		wantGroups("after their time", 0)
		w.pass(10 * time.Hour) // 9 o'clock comes within
		wantGroups("after a roll", 1)
		for n := range int64(4) {
			e.must(Request{Ref: state.Ref{Number: n + 1}, Actor: alice, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		}
		w.pass(10 * 24 * time.Hour)
		wantGroups("after all", 0)
		if stats, err := e.store.Stats(t.Context()); err != nil || stats.Wakes > 0 {
			t.Errorf("%d wakes are left, %v", stats.Wakes, err)
		}
		if len(log.text) > 0 {
			t.Errorf("warnings: %v", log.text)
		}
	})
}

// One that is joined in the moment it is taken away stays, or begins anew: nobody who joined is forgotten.
func TestJoiningAGroupThatLeaves(t *testing.T) {
	id := ifsev.GroupID(ifsev.GroupWindow, "storm", "db")
	for name, late := range map[string]bool{"before it is gone": false, "when it is gone": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				leaving := &leavingStore{probe: w.store, late: late}
				e := w.start(storm, func(o *Options) { o.Store = leaving })
				other := w.start(storm, owner("other"), func(o *Options) { o.Store = pollingNothing{w.store} })
				e.declare(ifsev.Declaration{Tags: []string{"db"}})
				joined := 0
				leaving.set(func() {
					at := w.store.now(t)
					for range 3 {
						joined++
						member := ifsev.Member{Incident: ifsev.NewIncidentID([16]byte{byte(joined)}, 1), Number: int64(90 + joined), ID: string(rune('a' + joined)), At: at}
						in := &ifsev.Inward{Group: id, Join: &ifsev.Join{Kind: ifsev.GroupWindow, Rule: "storm", Key: "db", Member: member, Last: 10 * time.Minute, Count: 5}}
						if _, err := other.inward(t.Context(), &ifsev.Delivery{ID: member.ID, Inward: in}); err != nil {
							t.Errorf("joining: %v", err)
						}
					}
				})
				w.pass(21 * time.Minute) // the time of the window, and of those that come late
				if joined != 3 {
					t.Fatal("it did not leave")
				}
				rec, err := w.store.Load(t.Context(), state.Ref{ID: id})
				if err != nil {
					t.Fatal(err)
				}
				if doc, err := decodeDocument(rec); err != nil || len(doc.Group.Members) != 3 {
					t.Errorf("%d members, want the 3 that joined meanwhile, %v", len(doc.Group.Members), err)
				}
				w.pass(time.Hour)
				if left := w.groups(); len(left) > 0 {
					t.Errorf("left: %v", left)
				}
			})
		})
	}
}

// leavingStore lets something happen just before or just after the first removal.
type leavingStore struct {
	*probe
	late bool

	once      sync.Mutex
	meanwhile func()
}

func (s *leavingStore) set(meanwhile func()) {
	s.once.Lock()
	defer s.once.Unlock()
	s.meanwhile = meanwhile
}

// take answers what is to happen, once.
func (s *leavingStore) take() func() {
	s.once.Lock()
	defer s.once.Unlock()
	do := s.meanwhile
	s.meanwhile = nil
	if do == nil {
		return func() {}
	}
	return do
}

func (s *leavingStore) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	do := s.take()
	if !s.late {
		do()
	}
	removal, err := s.probe.Remove(ctx, id, expect)
	if s.late {
		do()
	}
	return removal, err
}

// pollingNothing has no lease to give, so that who uses it only decides what it is asked to; and nobody leaves it a
// share, because it is on no roster.
type pollingNothing struct{ *probe }

func (pollingNothing) Enroll(_ context.Context, self state.Replica, _ time.Duration) ([]state.Replica, error) {
	return []state.Replica{self}, nil
}

func (pollingNothing) Lease(context.Context, string, []ifsev.Partition, time.Duration) ([]ifsev.Partition, error) {
	return nil, nil
}

func (p *probe) now(t *testing.T) time.Time {
	t.Helper()
	now, err := p.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// A store that removes nothing keeps its groups, as before.
func TestGroupsStayWhereNothingCanBeRemoved(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(storm, func(o *Options) { o.Store = struct{ state.Store }{w.store} })
		e.declare(ifsev.Declaration{Tags: []string{"db"}})
		w.pass(time.Hour)
		if got := w.groups(); len(got) != 1 {
			t.Errorf("groups: %v", got)
		}
	})
}
