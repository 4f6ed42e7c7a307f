package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// all answers everything that was written and not taken.
func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "")
}

// probing has a synthetic event sent every minute.
func probing(o *Options) { o.SelfWatch = func() SelfWatch { return SelfWatch{Synthetic: time.Minute} } }

func TestASyntheticEventGoesTheWholeWayAndLeavesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.store.set(func(p *probe) { p.slow = 20 * time.Millisecond })
		e := w.start("", probing)
		w.pass(3*time.Minute + 20*time.Second)
		last, failed := e.watch.prober.result()
		if failed != "" || len(last.Took) != len(stages()) || last.Partition != 3 {
			t.Fatalf("%+v %q", last, failed)
		}
		within(t, "commit", last.Took[stageCommit], 20*time.Millisecond, 20*time.Millisecond)
		within(t, "settle", last.Took[stageSettle], 20*time.Millisecond, 21*time.Millisecond)
		within(t, "wake", last.Took[stageWake], 0, time.Second)
		if got := testutil.CollectAndCount(e.metrics.watch.stages); got != len(stages()) {
			t.Errorf("%d stages", got)
		}
		if at := testutil.ToFloat64(e.metrics.watch.probed); at != stamp(last.At) || testutil.ToFloat64(e.metrics.watch.probeFailures) != 0 {
			t.Errorf("last success: %v", at)
		}
		ctx := t.Context()
		if list, err := e.List(ctx, state.Query{Limit: 10}); err != nil || len(list) > 0 {
			t.Errorf("listed: %+v, %v", list, err)
		}
		stats, err := w.store.Stats(ctx)
		if o := stats.Outbox[ifsev.ActionProbe]; err != nil || stats.Wakes != 0 || len(stats.Incidents) > 0 || o.Pending+o.Dead > 0 {
			t.Errorf("%+v, %v", stats, err)
		}
		if _, err := e.Incident(ctx, state.Ref{ID: ifsev.ProbeID(3)}); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("its document is shown: %v", err)
		}
		if inc := e.declare(ifsev.Declaration{}); inc.Number != 1 {
			t.Errorf("it took a number: %d", inc.Number)
		}
		for _, name := range []string{"ifsev_action_attempts_total", "ifsev_timer_lag_seconds", "ifsev_rule_evaluations_total"} {
			families, err := e.registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				for _, m := range f.GetMetric() {
					if f.GetName() == name && name != "ifsev_rule_evaluations_total" && m.GetCounter().GetValue()+float64(m.GetHistogram().GetSampleCount()) > 0 {
						t.Errorf("%s counts it: %v", name, m)
					}
				}
			}
		}
	})
}

func TestASyntheticEventThatIsHeldUpIsSaidOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		log := &lines{}
		e := w.start("", probing, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
		w.store.set(func(p *probe) {
			p.trouble = func(op string) (error, error) { // nothing is claimed
				if op == "claim" {
					return state.ErrUnavailable, nil
				}
				return nil, nil
			}
		})
		w.pass(4 * time.Minute)
		if n := testutil.ToFloat64(e.metrics.watch.probeFailures); n < 2 || testutil.ToFloat64(e.metrics.watch.probed) != 0 {
			t.Errorf("%v failures", n)
		}
		if n := strings.Count(log.all(), "did not go the whole way"); n != 1 {
			t.Errorf("it was said %d times", n)
		}
		if _, failed := e.watch.prober.result(); !strings.Contains(failed, stageClaim) {
			t.Errorf("%q does not say where", failed)
		}
		w.store.set(func(p *probe) { p.trouble = nil })
		w.pass(3 * time.Minute)
		if _, failed := e.watch.prober.result(); failed != "" || !strings.Contains(log.all(), "the whole way again") {
			t.Errorf("afterwards: %q", failed)
		}
	})
}

// beats counts what is told outside.
type beats struct {
	mu  sync.Mutex
	n   int
	err error
}

func (b *beats) beat(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	return b.err
}

func (b *beats) take(err error) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.n
	b.n, b.err = 0, err
	return n
}

func TestAHeartbeatIsSentOnlyWhileAllIsWell(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b, log := &beats{}, &lines{}
		e := w.start("", func(o *Options) {
			o.SelfWatch = func() SelfWatch { return SelfWatch{Beat: b.beat, Every: 10 * time.Second} }
			o.Log = slog.New(slog.NewTextHandler(log, nil))
		})
		said := func(text string, want int) {
			t.Helper()
			if n := strings.Count(log.all(), text); n != want {
				t.Errorf("%q was said %d times, want %d", text, n, want)
			}
		}
		w.pass(time.Minute)
		if n := b.take(nil); n != 7 || testutil.ToFloat64(e.metrics.watch.beaten) == 0 {
			t.Errorf("%d beats", n)
		}
		w.store.set(func(p *probe) { p.away = true })
		w.pass(time.Minute)
		if n := b.take(nil); n > 1 {
			t.Errorf("%d beats while the store is away", n)
		}
		said("no heartbeat is sent", 1)
		w.store.set(func(p *probe) { p.away = false })
		w.pass(time.Minute)
		if n := b.take(errors.New("refused")); n < 5 {
			t.Errorf("%d beats", n)
		}
		w.pass(time.Minute)
		said("the heartbeat did not arrive", 1)
		said("the heartbeat arrives again", 1)
		if _, silent := e.watch.heartbeat.state(); !strings.Contains(silent, "refused") || testutil.ToFloat64(e.metrics.watch.beatFailures) < 5 {
			t.Errorf("%q", silent)
		}
	})
}

// auditable is a store whose faults are made up.
type auditable struct {
	*probe
	mu       sync.Mutex
	wrong    []state.Violation
	repaired []state.Violation
	err      error
	pages    int // how many looks a pass takes
	looks    int
}

func (s *auditable) Audit(_ context.Context, parts []ifsev.Partition, cursor string, _ int) (state.Audit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looks++; len(parts) == 0 {
		return state.Audit{}, errors.New("nothing to audit")
	}
	found := state.Audit{Documents: auditMost, Violations: s.wrong}
	if len(cursor) < s.pages {
		found.Violations, found.Next = nil, cursor+"x"
	}
	return found, s.err
}

func (s *auditable) Repair(_ context.Context, v state.Violation) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repaired = append(s.repaired, v)
	return true, s.err
}

func (s *auditable) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.repaired)
}

func (s *auditable) say(wrong ...state.Violation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = wrong
}

func TestTheStoreIsAuditedEveryMinute(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, log := &auditable{probe: w.store, pages: 1}, &lines{}
		e := w.start("", func(o *Options) { o.Store, o.Log = s, slog.New(slog.NewTextHandler(log, nil)) })
		gauge := func(i state.Invariant) float64 {
			return testutil.ToFloat64(e.metrics.watch.violations.WithLabelValues(string(i)))
		}
		w.pass(auditFirst + time.Second)
		s.say(state.Unlisted(3, "webhook:x", "i", "is lost"), state.Lost(3, "i", []string{"d"}), state.Misshown(4, "j", "another title"))
		w.pass(2 * time.Minute)
		if gauge(state.InvariantLane) != 0 || gauge(state.InvariantDelivery) != 1 || gauge(state.InvariantSummary) != 1 {
			t.Errorf("lane %v, delivery %v, summary %v", gauge(state.InvariantLane), gauge(state.InvariantDelivery), gauge(state.InvariantSummary))
		}
		if n := testutil.ToFloat64(e.metrics.watch.repairs.WithLabelValues("lane")); n < 1 || s.asked() != int(n) {
			t.Errorf("%v repairs, %d were asked for", n, s.asked())
		}
		w.pass(2 * time.Minute)
		text := log.all()
		if strings.Count(text, "neither in a lane nor dead") != 1 || !strings.Contains(text, "level=WARN msg=\"an index was wrong") {
			t.Errorf("%s", text)
		}
		if err := e.watch.auditor.trouble(); err == nil || !strings.Contains(err.Error(), "waits for") {
			t.Errorf("trouble: %v", err)
		}
		s.say(state.Misshown(4, "j", "another title"))
		w.pass(4 * time.Minute)
		if gauge(state.InvariantDelivery) != 0 || gauge(state.InvariantSummary) != 1 || e.watch.auditor.trouble() != nil {
			t.Error("what is over still counts, or what only looks wrong is taken for trouble")
		}
		if !strings.Contains(log.all(), "no longer so") {
			t.Error("nobody says that it is over")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.looks > 12 {
			t.Errorf("%d looks: a minute is bounded", s.looks)
		}
	})
}

func TestWhatIsOverdueWithoutAReasonIsAViolation(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &auditable{probe: w.store}
		e := w.start(tell, func(o *Options) { o.Store = s })
		gauge := func() float64 { return testutil.ToFloat64(e.metrics.watch.violations.WithLabelValues("overdue")) }
		w.pass(2 * time.Minute)
		w.store.set(func(p *probe) {
			p.trouble = func(op string) (error, error) {
				if op == "claim" {
					return state.ErrUnavailable, nil
				}
				return nil, nil
			}
		})
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(50 * time.Second)
		if gauge() != 0 {
			t.Error("it is not overdue yet")
		}
		w.pass(2 * time.Minute)
		if gauge() != 1 || e.watch.auditor.trouble() == nil {
			t.Errorf("%v are overdue", gauge())
		}
		w.store.set(func(p *probe) { p.trouble = nil })
		w.pass(2 * time.Minute)
		if gauge() != 0 {
			t.Error("it was delivered")
		}
		w.calls.answer(failing(ifsev.ReasonNetwork)) // the breaker opens, which is a reason
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(5 * time.Minute)
		if gauge() != 0 {
			t.Error("a receiver that is down is none of ours")
		}
	})
}

// cut is a store whose timelines end too early.
type cut struct{ *auditable }

func (s *cut) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	pages, err := s.auditable.Timeline(ctx, id, after, limit)
	if err == nil && after == 0 && len(pages) > 1 {
		pages = pages[:1]
	} else {
		pages = nil
	}
	return pages, err
}

func TestTimelinesAreVerified(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		inc := e.declare(ifsev.Declaration{})
		if _, err := e.note(inc.ID, "more"); err != nil {
			t.Fatal(err)
		}
		a := newAuditor(e.Engine, &auditable{probe: w.store})
		if found := a.chains(t.Context(), []string{inc.ID}); len(found) > 0 {
			t.Errorf("%+v", found)
		}
		a.kept = &cut{&auditable{probe: w.store}}
		for range 2 { // one that was broken is looked at again
			if found := a.chains(t.Context(), nil); len(a.broken) > 0 && (len(found) != 1 || found[0].Invariant != state.InvariantChain) {
				t.Errorf("%+v", found)
			}
			a.broken[inc.ID] = true
		}
		if err := a.chain(t.Context(), inc.ID); err == nil || !strings.Contains(err.Error(), "was cut") {
			t.Errorf("%v", err)
		}
	})
}
