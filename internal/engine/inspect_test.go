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

// watched is a store with something to say of itself.
type watched struct {
	*probe
	mu     sync.Mutex
	found  []state.Finding
	err    error
	ahead  time.Duration
	looked int
}

func (s *watched) Inspect(context.Context) ([]state.Finding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked++
	return s.found, s.err
}

func (s *watched) Now(ctx context.Context) (time.Time, error) {
	now, err := s.probe.Now(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Add(s.ahead), err
}

func (s *watched) say(ahead time.Duration, err error, found ...state.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found, s.err, s.ahead = found, err, ahead
}

// lines is a log of which only level and text are kept.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, string(p))
	return len(p), nil
}

// take answers what was written since the last time, without what the engine says of itself.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range l.text {
		if strings.Contains(line, "the store") {
			out = append(out, line)
		}
	}
	l.text = nil
	return strings.Join(out, "")
}

// A store that may lose what it is told is told nothing: what comes is refused for a while, what is due waits, and goes
// on by itself.
func TestAnUnfitStoreIsNotUsed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &watched{probe: w.store}
		s.say(0, nil)
		e := w.start("\n  late:\n    if: severity == 2\n    for: 10m\n    then: [{page: database}]\n"+tell[1:], func(o *Options) { o.Store = s })
		waiting, told := e.declare(ifsev.Declaration{Severity: 2}), e.declare(ifsev.Declaration{Severity: 3})
		w.pass(time.Minute)
		s.say(0, errors.New("the store throws keys away: set noeviction"))
		w.pass(time.Minute + time.Second)
		written, calls := w.store.written(), len(w.calls.all())

		if _, err := e.note(told.ID, "hello"); !errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), "noeviction") {
			t.Errorf("a note: %v", err)
		}
		if _, err := e.SubmitAlerts(t.Context(), []ifsev.Alert{firing("1", "db", "a")}); !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("an alert: %v", err)
		}
		w.pass(20 * time.Minute)
		if n := w.store.written(); n != written || len(w.calls.all()) != calls {
			t.Errorf("%d commits and %d deliveries on an unfit store", n-written, len(w.calls.all())-calls)
		}
		if _, err := e.Incident(t.Context(), state.Ref{ID: told.ID}); err != nil {
			t.Errorf("reading: %v", err)
		}
		s.say(0, nil)
		w.pass(2 * time.Minute)
		if _, err := e.note(waiting.ID, "hello"); err != nil || len(w.calls.all("page:database")) != 1 {
			t.Errorf("once it is fit again: %v, paged %d times", err, len(w.calls.all("page:database")))
		}
	})
}

func TestTheStoreIsInspectedEveryMinute(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, log := &watched{probe: w.store}, &lines{}
		full := func(text string) state.Finding {
			return state.Finding{Kind: state.FindingMemory, Key: "full", Text: text}
		}
		s.say(0, nil, full("the store is at 71 %"))
		e := w.start(tell, func(o *Options) { o.Store, o.Log = s, slog.New(slog.NewTextHandler(log, nil)) })
		gauge := func(kind state.FindingKind) float64 {
			return testutil.ToFloat64(e.metrics.findings.WithLabelValues(string(kind)))
		}
		step := func(what string, words ...string) {
			t.Helper()
			w.pass(time.Minute)
			got := log.take()
			for _, word := range words {
				if !strings.Contains(got, word) {
					t.Errorf("%s: %q does not say %q", what, got, word)
				}
			}
			if len(words) == 0 && got != "" {
				t.Errorf("%s: %q, want silence", what, got)
			}
		}
		w.pass(time.Second)
		if got := log.take(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "71 %") || gauge(state.FindingMemory) != 1 {
			t.Errorf("at the start: %q", got)
		}
		s.say(0, nil, full("the store is at 72 %"))
		step("only the number has changed")
		s.say(0, nil)
		step("room was made", "level=INFO", "no longer so: the store is at 72 %")
		s.say(-3*time.Second, nil)
		step("a clock is wrong", "level=WARN", "3s behind this process's")
		if gauge(state.FindingClock) != 1 || testutil.ToFloat64(e.metrics.clockOffset) > -2.9 {
			t.Error("the gauges do not say it")
		}
		s.say(900*time.Millisecond, nil)
		step("a clock is nearly right", "no longer so")
		s.say(0, nil, full("the store is at 73 %"))
		step("it fills again", "level=WARN", "73 %")
		s.say(0, errors.New("the store throws keys away: set noeviction"), full("the store is at 74 %"))
		w.pass(time.Minute)
		if got := log.take(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "noeviction") || strings.Contains(got, "no longer so") {
			t.Errorf("it has become unfit: %q", got)
		}
		if gauge(state.FindingMemory) != 1 {
			t.Error("the gauges have forgotten what else was found")
		}
		if err := e.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "noeviction") || gauge(state.FindingUnfit) != 1 {
			t.Errorf("ready on an unfit store: %v", err)
		}
		s.say(0, state.ErrUnavailable)
		step("it cannot be asked")
		if e.Ready(t.Context()) == nil {
			t.Error("ready although nothing says that the store is fit again")
		}
		s.say(0, nil)
		w.pass(inspectAgain)
		if err := e.Ready(t.Context()); err != nil || gauge(state.FindingUnfit) != 0 {
			t.Errorf("not ready %v after it was repaired: %v", inspectAgain, err)
		}
		if !e.hands.runs("inspector") {
			t.Error("nobody inspects")
		}
	})
}
