package engine

import (
	"context"
	"errors"
	"fmt"
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
		if c := e.Checkup(t.Context()); c.ArchiveFailed != "no room" {
			t.Errorf("the checkup says %q", c.ArchiveFailed)
		}
		a.set(nil, func() { status(again.ID, ifsev.StatusOpen) })
		w.pass(2 * time.Hour)
		there(closed.ID, false)
		there(open.ID, true)
		there(again.ID, true) // it was reopened in between
		if c := e.Checkup(t.Context()); c.ArchiveFailed != "" {
			t.Errorf("the checkup still says %q", c.ArchiveFailed)
		}
		if len(a.kept) != 2 || len(a.kept[0].Pages) != 2 {
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
		all := e.closed(3)
		time.Sleep(2 * time.Hour)
		s := &spoiled{probe: w.store, cut: all[2], moves: all[1]}
		s.meanwhile = func() {
			if _, err := e.note(all[1], "one more thing"); err != nil {
				t.Error(err)
			}
		}
		log := &lines{}
		if err := e.retention(s, w.store, a, slog.New(slog.NewTextHandler(log, nil))).sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if got := a.names(); !slices.Equal(got, []int64{1}) {
			t.Errorf("left: %v, want the first alone", got)
		}
		if text := log.all(); strings.Count(text, "it cannot be taken out of the store") != 1 || !strings.Contains(text, all[2]) {
			t.Errorf("%s", text)
		}
	})
}

// reluctant is a store that answers errors for some incidents, by what is asked of them.
type reluctant struct {
	*probe
	timeline, load, remove map[string]error
}

func (f *reluctant) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	if err := f.timeline[id]; err != nil {
		return nil, err
	}
	return f.probe.Timeline(ctx, id, after, limit)
}

func (f *reluctant) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	if err := f.load[ref.ID]; err != nil {
		return state.Record{}, err
	}
	return f.probe.Load(ctx, ref)
}

func (f *reluctant) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	if err := f.remove[id]; err != nil {
		return 0, err
	}
	return f.probe.Remove(ctx, id, expect)
}

// What the store cannot tell of one incident keeps no other in it; a store that is away ends the sweep.
func TestAnUnreadableIncidentHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	damaged, away := errors.New("the store holds a damaged record: a page of a timeline"), fmt.Errorf("timeline: %w", state.ErrUnavailable)
	for name, c := range map[string]struct {
		timeline, load, remove map[int]error
		gone                   []int
		fails                  bool
	}{
		"all can be read":        {gone: []int{0, 1, 2, 3, 4}},
		"a damaged timeline":     {timeline: map[int]error{1: damaged}, gone: []int{0, 2, 3, 4}},
		"a damaged document":     {load: map[int]error{1: damaged}, gone: []int{0, 2, 3, 4}},
		"one too large to read":  {timeline: map[int]error{1: away}, gone: []int{0, 2, 3, 4}},
		"two, not in a row":      {timeline: map[int]error{1: away, 3: away, 4: away}, gone: []int{0, 2}},
		"one is not removed":     {remove: map[int]error{1: damaged}, gone: []int{0, 2, 3, 4}},
		"the store is away":      {load: map[int]error{0: away, 1: away, 2: away, 3: away, 4: away}, fails: true},
		"away while it removes":  {remove: map[int]error{1: away, 2: away, 3: away}, gone: []int{4}, fails: true},
		"damaged, every one":     {load: map[int]error{0: damaged, 1: damaged, 2: damaged, 3: damaged, 4: damaged}},
		"away, then one damaged": {load: map[int]error{4: away, 3: damaged}, gone: []int{0, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("")
				all := e.closed(5)
				time.Sleep(2 * time.Hour)
				s := &reluctant{w.store, errorsOf(all, c.timeline), errorsOf(all, c.load), errorsOf(all, c.remove)}
				r := e.retention(s, s, &attic{}, slog.New(slog.DiscardHandler))
				if err := r.sweep(t.Context()); (err != nil) != c.fails {
					t.Errorf("%v, want an error: %t", err, c.fails)
				}
				if one := len(c.gone) > 0 && len(c.gone) < 5 && !c.fails; one && r.left == nil {
					t.Error("it does not tell which one stays")
				}
				for i, id := range all {
					_, err := e.Incident(t.Context(), state.Ref{ID: id})
					if gone := errors.Is(err, state.ErrNotFound); gone != slices.Contains(c.gone, i) {
						t.Errorf("incident %d has left: %t", i, gone)
					}
				}
			})
		})
	}
}

func errorsOf(ids []string, errs map[int]error) map[string]error {
	of := map[string]error{}
	for i, err := range errs {
		of[ids[i]] = err
	}
	return of
}

// closed declares so many incidents and closes them.
func (e *running) closed(n int) (ids []string) {
	for range n {
		inc := e.declare(ifsev.Declaration{})
		e.must(Request{Ref: state.Ref{ID: inc.ID}, Actor: alice, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}})
		ids = append(ids, inc.ID)
	}
	return ids
}

// retention takes what is closed for an hour out of a store.
func (e *running) retention(s state.Store, remover state.Remover, a Archive, log *slog.Logger) *retention {
	return &retention{
		store: s, remover: remover, holds: func(ifsev.Partition) bool { return true }, now: e.now, log: log,
		metrics: &e.metrics.upkeep, conf: func() Retention { return Retention{Closed: time.Hour, Archive: a} },
	}
}

// What is kept together is bounded in number and in size.
func TestABatchIsBounded(t *testing.T) {
	t.Parallel()
	large := func(n int) leaving {
		half := make([]byte, n/2)
		return leaving{Archived: Archived{
			Record: state.Record{Doc: half[:n/4]}, Verdicts: map[string][]byte{"r": half[:n/4]},
			Pages: []state.Page{{}, {Entries: []state.Entry{{Seq: 1, Body: half}}}},
		}}
	}
	for name, c := range map[string]struct{ each, want int }{
		"many small ones": {1 << 10, retentionBatch}, "a few large ones": {1 << 20, 8}, "one that is larger than all": {16 << 20, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b batch
			for !b.full() {
				b.add(large(c.each))
			}
			if len(b.all) != c.want {
				t.Errorf("%d come together, want %d", len(b.all), c.want)
			}
		})
	}
}

// names are the numbers of what was kept, sorted.
func (a *attic) names() (all []int64) {
	for _, k := range a.kept {
		all = append(all, k.Number)
	}
	slices.Sort(all)
	return all
}

// A checkup tells of a backup that failed until one is made.
func TestACheckupTellsOfBackups(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		for _, c := range []struct {
			err  error
			want string
		}{{errors.New("no room"), "no room"}, {errors.New("no folder"), "no folder"}, {nil, ""}} {
			e.CountBackup(c.err, e.now())
			if got := e.Checkup(t.Context()).BackupFailed; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		}
	})
}
