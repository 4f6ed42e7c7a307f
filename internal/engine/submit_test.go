package engine

import (
	"context"
	"errors"
	"fmt"
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

func TestRequestsThatWaitAreCommittedTogether(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		before := w.store.written()
		w.store.set(func(p *probe) { p.slow = 10 * time.Millisecond })
		const n = 200
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				reply, err := e.note(inc.ID, fmt.Sprint("note ", i))
				if err != nil || !reply.Changed || reply.Created || reply.Replayed {
					t.Errorf("note %d: %+v, %v", i, reply, err)
				}
			})
		}
		wg.Wait()
		if got := len(e.events(inc.ID, ifsev.Noted)); got != n {
			t.Errorf("%d notes, want %d", got, n)
		}
		// The first goes alone; the others wait meanwhile.
		if got, most := w.store.written()-before, 1+(n-1+maxBatch-1)/maxBatch; got > most {
			t.Errorf("%d commits for %d notes, want at most %d", got, n, most)
		}
		synctest.Wait()
		if n := len(e.boxes.boxes); n != 0 {
			t.Errorf("%d mailboxes are left over", n)
		}
	})
}

func TestTwoEnginesShareAHotIncident(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start("", owner("a")), w.start("", owner("b"))
		inc := a.declare(ifsev.Declaration{Key: "hot"})
		var wg sync.WaitGroup
		const n = 150
		for i := range n {
			for _, e := range []*running{a, b} {
				wg.Go(func() {
					if _, err := e.note(inc.ID, fmt.Sprint(e.opts.Owner, i)); err != nil {
						t.Errorf("note: %v", err)
					}
				})
			}
		}
		wg.Wait()
		notes := map[string]int{}
		for _, ev := range a.events(inc.ID, ifsev.Noted) {
			notes[ev.Data.String("text")]++
		}
		if len(notes) != 2*n {
			t.Errorf("%d different notes, want %d", len(notes), 2*n)
		}
		for text, times := range notes {
			if times != 1 {
				t.Errorf("note %q %d times", text, times)
			}
		}
	})
}

func TestDeclareWithAKeyThatIsActive(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		declare := func() Reply {
			return e.must(Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t", Key: "db"}}, Actor: alice})
		}
		first, second := declare(), declare()
		if !first.Created || second.Created || second.Changed || second.Incident.ID != first.Incident.ID {
			t.Fatalf("first %+v, second %+v: want one incident, created once", first, second)
		}
		if p, err := ifsev.PartitionOfID(first.Incident.ID); err != nil || p != ifsev.PartitionOfKey("db") {
			t.Errorf("partition %d of an incident whose key's is %d", p, ifsev.PartitionOfKey("db"))
		}
		e.must(Request{Ref: state.Ref{Number: first.Incident.Number}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
		if third := declare(); !third.Created || third.Incident.ID == first.Incident.ID || third.Incident.Number != first.Incident.Number+1 {
			t.Errorf("after closing: %+v, want the next incident", third)
		}
	})
}

// There is one active incident under a key: whoever reopens one whose place another has taken is told which, and one that
// is reopened is found under its key again.
func TestReopenedUnderAKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("\n  again:\n    if: '\"again\" in tags and status == \"closed\"'\n    rearm: when_false\n    then: [reopen: it is back]\n")
		declare := func() ifsev.Incident { return e.declare(ifsev.Declaration{Key: "db"}) }
		to := func(inc ifsev.Incident, s ifsev.Status) error {
			_, err := e.Submit(t.Context(), Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Status: status(s)}, Actor: alice})
			return err
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		first := declare()
		must(to(first, ifsev.StatusClosed))
		second := declare()
		if err := to(first, ifsev.StatusOpen); !errors.Is(err, ifsev.ErrChange) || !strings.Contains(err.Error(), second.Name()) {
			t.Errorf("reopened beside %s: %v", second.Name(), err)
		}
		_, err := e.Submit(t.Context(), Request{Ref: state.Ref{ID: first.ID}, Change: ifsev.Change{AddTags: []string{"again"}}, Actor: alice})
		must(err)
		w.pass(time.Minute)
		if inc := e.document(first.ID).Incident; inc.Status.Active() || len(e.events(first.ID, ifsev.ActionFailed)) == 0 {
			t.Errorf("a rule has reopened it: %s", inc.Status)
		}

		must(to(second, ifsev.StatusClosed))
		_, err = e.Submit(t.Context(), Request{Ref: state.Ref{ID: first.ID}, Change: ifsev.Change{RemoveTags: []string{"again"}}, Actor: alice})
		must(err)
		must(to(first, ifsev.StatusOpen))
		if third := declare(); third.ID != first.ID {
			t.Errorf("%s was declared while %s is open again", third.Name(), first.Name())
		}
		must(to(first, ifsev.StatusClosed))
		if fourth := declare(); fourth.ID == first.ID || fourth.ID == second.ID {
			t.Errorf("%s was found though it is closed", fourth.Name())
		}
	})
}

// However reopening and declaring race, one incident is active in the end.
func TestRacingReopenings(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		engines := []*running{w.start("", owner("a")), w.start("", owner("b")), w.start("", owner("c"))}
		w.store.set(func(p *probe) { p.slow = time.Millisecond })
		var all []ifsev.Incident
		for range 3 {
			inc := engines[0].declare(ifsev.Declaration{Key: "k"})
			engines[0].must(Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
			all = append(all, inc)
		}
		for round := range 20 {
			var wg sync.WaitGroup
			for i, e := range engines {
				wg.Go(func() {
					_, _ = e.Submit(t.Context(), Request{Ref: state.Ref{ID: all[i].ID}, Change: ifsev.Change{Status: status(ifsev.StatusOpen)}, Actor: alice})
				})
			}
			wg.Go(func() {
				all = append(all, engines[round%3].declare(ifsev.Declaration{Key: "k"}))
			})
			wg.Wait()
			var active []string
			for _, inc := range all {
				if now := engines[0].document(inc.ID).Incident; now.Status.Active() && !slices.Contains(active, now.Name()) {
					active = append(active, now.Name())
				}
			}
			if len(active) != 1 {
				t.Fatalf("round %d: %v are active", round, active)
			}
			for _, inc := range all {
				engines[1].must(Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
			}
		}
	})
}

func TestRacingDeclarationsOfOneKeyMakeOneIncident(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		engines := []*running{w.start("", owner("a")), w.start("", owner("b")), w.start("", owner("c"))}
		w.store.set(func(p *probe) { p.slow = time.Millisecond })
		var mu sync.Mutex
		created, ids := 0, map[string]bool{}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				reply, err := engines[i%3].Submit(t.Context(), Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t", Key: "k"}}, Actor: alice})
				if err != nil {
					t.Errorf("declare: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[reply.Incident.ID] = true
				if reply.Created {
					created++
				}
			})
		}
		wg.Wait()
		if created != 1 || len(ids) != 1 {
			t.Errorf("created %d times, %d incidents: want one", created, len(ids))
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		req := Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t"}}, Actor: alice, ID: "abc", Sum: "1"}
		first, again := e.must(req), e.must(req)
		if !first.Created || again.Created || !again.Replayed || again.Incident.ID != first.Incident.ID {
			t.Errorf("first %+v, again %+v", first, again)
		}
		req.Sum = "2"
		if _, err := e.Submit(t.Context(), req); !errors.Is(err, ErrReused) {
			t.Errorf("other body: %v, want ErrReused", err)
		}
		note := Request{Ref: state.Ref{ID: first.Incident.ID}, Change: ifsev.Change{Note: "n"}, Actor: alice, ID: "note", Sum: "n"}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { e.must(note) })
		}
		wg.Wait()
		if n := len(e.events(first.Incident.ID, ifsev.Noted)); n != 1 {
			t.Errorf("%d notes of one request sent ten times", n)
		}
		// What changes nothing is remembered too.
		same := Request{Ref: note.Ref, Change: ifsev.Change{Severity: sev(first.Incident.Severity)}, Actor: alice, ID: "same", Sum: "s"}
		if r := e.must(same); r.Changed || r.Replayed {
			t.Errorf("no change: %+v", r)
		}
		if r := e.must(same); !r.Replayed {
			t.Errorf("no change again: %+v, want a replay", r)
		}
	})
}

// What opens no incident takes no number.
func TestNumbersAreNotTakenInVain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		declare := func(id, sum string, d ifsev.Declaration) (Reply, error) {
			return e.Submit(t.Context(), Request{Change: ifsev.Change{Declare: &d}, Actor: alice, ID: id, Sum: sum})
		}
		next := int64(1)
		for _, key := range []string{"", "db"} {
			d := ifsev.Declaration{Title: "t", Key: key}
			first, err := declare("once"+key, "1", d)
			if err != nil || !first.Created || first.Incident.Number != next {
				t.Fatalf("key %q: %+v, %v: want number %d", key, first, err, next)
			}
			next++
			e.must(Request{Ref: state.Ref{ID: first.Incident.ID}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
			for range 2 {
				if again, err := declare("once"+key, "1", d); err != nil || !again.Replayed || again.Incident.ID != first.Incident.ID {
					t.Errorf("key %q again: %+v, %v", key, again, err)
				}
			}
			if _, err := declare("once"+key, "2", d); !errors.Is(err, ErrReused) {
				t.Errorf("key %q for another request: %v", key, err)
			}
			if _, err := declare("", "", ifsev.Declaration{Key: key}); !errors.Is(err, ifsev.ErrChange) {
				t.Errorf("key %q without a title: %v", key, err)
			}
		}
		alert := ifsev.Alert{ID: "a1", Source: "s", Key: "db", Title: "t", Status: ifsev.AlertIsFiring, Severity: 2}
		results, err := e.SubmitAlerts(t.Context(), []ifsev.Alert{alert})
		if err != nil || results[0].Result != ifsev.AlertDeclared {
			t.Fatalf("%+v, %v", results, err)
		}
		e.must(Request{Ref: state.Ref{ID: results[0].Incident}, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
		if results, err = e.SubmitAlerts(t.Context(), []ifsev.Alert{alert}); err != nil || results[0].Result != ifsev.AlertDuplicate {
			t.Errorf("the same alert after the end: %+v, %v", results, err)
		}
		last, err := declare("", "", ifsev.Declaration{Title: "t"})
		if want := next + 1; err != nil || last.Incident.Number != want {
			t.Errorf("number %d, want %d; %v", last.Incident.Number, want, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		ref := state.Ref{ID: inc.ID}
		cases := []struct {
			name string
			req  Request
			want error
		}{
			{"unknown ID", Request{Ref: state.Ref{ID: "01990000-0000-7000-8000-000000000000"}, Change: ifsev.Change{Note: "n"}}, state.ErrNotFound},
			{"no ID at all", Request{Ref: state.Ref{ID: "nonsense"}, Change: ifsev.Change{Note: "n"}}, state.ErrNotFound},
			{"unknown number", Request{Ref: state.Ref{Number: 99}, Change: ifsev.Change{Note: "n"}}, state.ErrNotFound},
			{"bad severity", Request{Ref: ref, Change: ifsev.Change{Severity: sev(9)}}, ifsev.ErrChange},
			{"no title", Request{Change: ifsev.Change{Declare: &ifsev.Declaration{}}}, ifsev.ErrChange},
			{"no title, with a key", Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Key: "k"}}}, ifsev.ErrChange},
			{"long key", Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t", Key: strings.Repeat("k", 501)}}}, ifsev.ErrChange},
			{"other version", Request{Ref: ref, Change: ifsev.Change{Note: "n"}, IfMatch: inc.Version + 1}, ErrVersion},
		}
		for _, c := range cases {
			if _, err := e.Submit(t.Context(), c.req); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		if got := e.document(inc.ID).Incident.Version; got != inc.Version {
			t.Errorf("version %d after refusals, was %d", got, inc.Version)
		}
		if r := e.must(Request{Ref: ref, Change: ifsev.Change{Note: "n"}, Actor: alice, IfMatch: inc.Version}); !r.Changed {
			t.Error("the present version is refused")
		}
	})
}

func TestOfManyWithOneVersionOneWins(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.slow = 10 * time.Millisecond })
		var mu sync.Mutex
		won := 0
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := e.Submit(t.Context(), Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Note: "n"}, Actor: alice, IfMatch: inc.Version})
				if err != nil && !errors.Is(err, ErrVersion) {
					t.Errorf("unexpected: %v", err)
				}
				if err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d requests went through, want 1", won)
		}
	})
}

func TestTooMuchWaiting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("", func(o *Options) { o.MaxWaiting = 5 })
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.slow = time.Second })
		var wg sync.WaitGroup
		results := make([]error, 20)
		for i := range results {
			wg.Go(func() { _, results[i] = e.note(inc.ID, "n") })
		}
		wg.Wait()
		busy := 0
		for _, err := range results {
			if errors.Is(err, ErrBusy) {
				busy++
			} else if err != nil {
				t.Error(err)
			}
		}
		if busy == 0 || busy > 15 {
			t.Errorf("%d of 20 were told to come again with room for 5", busy)
		}
		if n := len(e.events(inc.ID, ifsev.Noted)); n != 20-busy {
			t.Errorf("%d notes, want %d", n, 20-busy)
		}
	})
}

// What is being decided waits for its answer too: a store that hangs does not collect one of each incident without end.
func TestTooMuchInHand(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("", func(o *Options) { o.MaxWaiting = 5 })
		w.store.set(func(p *probe) { p.slow = time.Minute })
		var wg sync.WaitGroup
		var busy atomic.Int32
		for i := range 20 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second) // what came before is in hand by then
				_, err := e.SubmitAlerts(t.Context(), []ifsev.Alert{firing(fmt.Sprint(i), fmt.Sprint("key-", i), "a")})
				if errors.Is(err, ErrBusy) {
					busy.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := busy.Load(); n != 15 {
			t.Errorf("%d of 20 were told to come again with room for 5", n)
		}
		w.store.set(func(p *probe) { p.slow = 0 })
		e.declare(ifsev.Declaration{Title: "there is room again"})
	})
}

func TestACallerWhoLeavesIsNotWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.slow = time.Minute })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := e.Submit(ctx, Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Note: "n"}, Actor: alice})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		w.pass(2 * time.Minute)
		if n := len(e.events(inc.ID, ifsev.Noted)); n != 1 {
			t.Errorf("%d notes: what was accepted is still done", n)
		}
	})
}

func TestSubmitBeforeStartAndAfterStop(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e, err := New(Options{Store: w.store, Rules: w.rules(""), Performer: w.calls})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := e.Submit(t.Context(), Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "early"}}})
			done <- err
		}()
		synctest.Wait()
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("submitted before Start: %v", err)
		}
		if err := errors.Join(e.Stop(t.Context()), e.Stop(t.Context())); err != nil {
			t.Errorf("Stop twice: %v", err)
		}
		_, err = e.Submit(t.Context(), Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "late"}}})
		if !errors.Is(err, ErrStopping) || !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("submitted after Stop: %v", err)
		}
		if err := e.Start(t.Context()); err == nil {
			t.Error("started twice")
		}
	})
}

func TestStopBeforeStart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e, err := New(Options{Store: w.store, Rules: w.rules(""), Performer: w.calls})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if err := e.Ready(t.Context()); err == nil {
			t.Error("ready without running")
		}
	})
}

func TestTogether(t *testing.T) {
	t.Parallel()
	id := func(s string) *item { return &item{mark: state.Mark{ID: s}} }
	settle := func() *item { return &item{settle: &state.Settlement{}} }
	match := func() *item { return &item{ifMatch: 3} }
	many := func(n int) (l []*item) {
		for i := range n {
			l = append(l, id(fmt.Sprint(i)))
		}
		return l
	}
	for _, c := range []struct {
		name  string
		items []*item
		want  int
	}{
		{"nothing", nil, 0},
		{"some", many(3), 3},
		{"too many", many(100), maxBatch},
		{"one id twice", []*item{id("a"), id("b"), id("a")}, 2},
		{"two outcomes", []*item{settle(), id("a"), settle()}, 2},
		{"a version first", slices.Concat([]*item{match()}, many(2)), 3},
		{"a version later", slices.Concat(many(2), []*item{match()}), 2},
		{"without ids", []*item{{}, {}, {}}, 3},
	} {
		if got := together(c.items); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
