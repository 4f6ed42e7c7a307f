package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// attic is an archive for tests.
type attic struct {
	mu   sync.Mutex
	kept []Archived
	err  error
	// meanwhile is called once, between keeping and removing.
	meanwhile func()
}

func (a *attic) set(err error, meanwhile func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err, a.meanwhile = err, meanwhile
}

func (a *attic) Keep(_ context.Context, all []Archived) error {
	a.mu.Lock()
	err, meanwhile := a.err, a.meanwhile
	a.meanwhile = nil
	if err == nil {
		a.kept = append(a.kept, all...)
	}
	a.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	return err
}

func TestClosedIncidentsLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := &attic{err: errors.New("no room")}
		var c atomic.Pointer[Retention]
		c.Store(&Retention{Closed: time.Hour})
		e := w.start("", func(o *Options) { o.Retention = func() Retention { return *c.Load() } })
		open, closed, again := e.declare(ifsev.Declaration{}), e.declare(ifsev.Declaration{}), e.declare(ifsev.Declaration{})
		status := func(id string, s ifsev.Status) {
			if _, err := e.Submit(t.Context(), Request{Ref: state.Ref{ID: id}, Change: ifsev.Change{Status: &s}}); err != nil {
				t.Error(err)
			}
		}
		there := func(id string, want bool) {
			t.Helper()
			if _, err := e.Incident(t.Context(), state.Ref{ID: id}); (err == nil) != want {
				t.Errorf("%s: %v", id, err)
			}
		}
		status(closed.ID, ifsev.StatusClosed)
		status(again.ID, ifsev.StatusClosed)
		w.pass(2 * time.Hour)
		there(closed.ID, true) // there is no archive
		c.Store(&Retention{Closed: time.Hour, Archive: a})
		w.pass(2 * time.Hour)
		there(closed.ID, true) // it could not be kept
		a.set(nil, func() { status(again.ID, ifsev.StatusOpen) })
		w.pass(2 * time.Hour)
		there(closed.ID, false)
		there(open.ID, true)
		there(again.ID, true) // it was reopened in between
		if len(a.kept) != 2 || len(a.kept[0].Events) != 2 {
			t.Errorf("%+v", a.kept)
		}
	})
}

// Remove implements state.Remover.
func (p *probe) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	return p.Store.(state.Remover).Remove(ctx, id, expect)
}

// Incidents that were counted in a window, are related to others, and were held back by a budget leave like any other.
func TestIncidentsOfGroupsLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := &attic{}
		e := w.start(storm+`
  told: {when: declared, budget: {firings: 1, in: 30m, per: rule}, then: [page: bob]}
`, func(o *Options) {
			o.Retention = func() Retention { return Retention{Closed: time.Hour, Archive: a} }
		})
		for range 3 {
			e.declare(ifsev.Declaration{Tags: []string{"db"}})
		}
		w.pass(time.Minute)
		if got := e.related(4); len(got) != 3 {
			t.Errorf("the parent has %v", got)
		}
		for n := range int64(3) {
			e.must(Request{Ref: state.Ref{Number: n + 1}, Actor: alice, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		}
		w.pass(4 * time.Hour)
		if got := a.names(); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("left: %v, want the three that are closed", got)
		}
		if got := e.related(4); len(got) != 3 {
			t.Errorf("their parent has %v", got)
		}
		e.must(Request{Ref: state.Ref{Number: 4}, Actor: alice, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		w.pass(4 * time.Hour)
		if got := a.names(); !slices.Equal(got, []int64{1, 2, 3, 4}) {
			t.Errorf("left: %v, want all", got)
		}
		err := w.store.Store.(state.Dumper).Dump(t.Context(), func(r state.Row) error {
			if r.Incident != nil || r.Page != nil || r.Summary != nil || r.Number != nil || r.Delivery != nil {
				t.Errorf("it is still there: %+v", r)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// spoiled is a store that answers the timeline of one incident cut, and lets something happen to another while its own is
// read.
type spoiled struct {
	*probe
	cut, moves string
	meanwhile  func()
}

func (s *spoiled) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	if id == s.moves && s.meanwhile != nil {
		then := s.meanwhile
		s.meanwhile = nil
		then()
	}
	pages, err := s.probe.Timeline(ctx, id, after, limit)
	if id == s.cut {
		pages = pages[:min(len(pages), int(1-min(after, 1)))] // its first alone
	}
	return pages, err
}

// One that is damaged, or that somebody changes just then, keeps nobody else in the store.
func TestADamagedIncidentHoldsUpNoOther(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := &attic{}
		e := w.start("")
		var all []string
		for range 3 {
			inc := e.declare(ifsev.Declaration{})
			e.must(Request{Ref: state.Ref{ID: inc.ID}, Actor: alice, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
			all = append(all, inc.ID)
		}
		time.Sleep(2 * time.Hour)
		s := &spoiled{probe: w.store, cut: all[2], moves: all[1]}
		s.meanwhile = func() {
			if _, err := e.note(all[1], "one more thing"); err != nil {
				t.Error(err)
			}
		}
		log := &lines{}
		r := &retention{
			store: s, remover: w.store, holds: func(ifsev.Partition) bool { return true }, now: e.now, log: slog.New(slog.NewTextHandler(log, nil)),
			metrics: &e.metrics.upkeep, conf: func() Retention { return Retention{Closed: time.Hour, Archive: a} },
		}
		if err := r.sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if got := a.names(); !slices.Equal(got, []int64{1}) {
			t.Errorf("left: %v, want the first alone", got)
		}
		if text := log.all(); strings.Count(text, "it is not as it was written") != 1 || !strings.Contains(text, all[2]) {
			t.Errorf("%s", text)
		}
	})
}

// names are the numbers of what was kept, sorted.
func (a *attic) names() (all []int64) {
	for _, k := range a.kept {
		all = append(all, k.Number)
	}
	slices.Sort(all)
	return all
}
