package lang

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// The property that everything rests on: of a random condition, the value at now, the candidate of Eval and the
// instant of NextFlip agree with looking at every instant. The generator makes, beside the source, a Go func that
// computes the same with nothing of this package.

// clockChanges are days with a change of the clock: by an hour both ways in two hemispheres, and by half an hour.
var clockChanges = []struct {
	zone  string
	start time.Time
}{
	{"Europe/Berlin", time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC)},
	{"Europe/Berlin", time.Date(2026, 10, 23, 22, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 10, 30, 20, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 4, 3, 3, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 10, 2, 3, 0, 0, 0, time.UTC)},
}

func TestTimeIsExact(t *testing.T) {
	t.Parallel()
	conditions := 60
	if n, err := strconv.Atoi(os.Getenv("IFSEV_EXACT_CONDITIONS")); err == nil {
		conditions = n // for each of the six
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("IFSEV_EXACT_SEED"), 10, 64); err == nil {
		seed = n
	}
	for i, change := range clockChanges {
		t.Run(change.zone+change.start.Format("-Jan"), func(t *testing.T) {
			t.Parallel()
			in := zone(change.zone)
			businesses := bruteCalendars(in, change.start)
			s := exactScope(t, in, change.start)
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			flips := 0
			for n := range conditions {
				g := newGenerator(r, in, change.start, n%2 == 1)
				g.businesses = businesses
				if g.check(t, s) {
					flips++
				}
				if t.Failed() {
					t.Fatalf("IFSEV_EXACT_SEED=%d", seed)
				}
			}
			if conditions >= 20 && flips == 0 {
				t.Errorf("no condition of %d ever changed: the generator is broken", conditions)
			}
			t.Logf("%d conditions, %d changed within the horizon", conditions, flips)
		})
	}
}

// exactScope knows the calendars of the days around start.
func exactScope(tb testing.TB, in *time.Location, start time.Time) *Scope {
	tb.Helper()
	s, err := NewScope(incidentVariables(), append(testFunctions(), Business(testCalendars(in, start))...), nil, in)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// check compares one random condition with brute force and tells whether it changed within the horizon.
func (g *generator) check(t *testing.T, s *Scope) bool {
	src, brute := g.condition(1 + g.r.IntN(3))
	c, err := s.Condition(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	now := g.start.Add(time.Duration(g.r.IntN(g.most)) * g.unit)
	if g.r.IntN(3) == 0 {
		now = now.Add(time.Duration(g.r.Int64N(int64(g.unit))))
	}
	if !g.until.IsZero() && now.Before(g.until) {
		now = g.until
	}
	got, err := c.Eval(g.env, now)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	horizon := now.Add(g.horizon)
	flip, found, err := c.NextFlip(g.env, now, horizon)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	value := brute(now)
	if got.Value != value {
		t.Errorf("%s\nat %v is %v, computed %v", src, now, value, got.Value)
		return false
	}
	first := g.firstChange(brute, now, horizon)
	t.Helper()
	switch {
	case found && (flip.After(horizon) || !flip.After(now)):
		t.Errorf("%s\nat %v: flip %v is outside the horizon", src, now, flip)
	case found && brute(flip) == value:
		t.Errorf("%s\nat %v: nothing changes at %v (really %v)", src, now, flip, first)
	case found && flip.Add(-1).After(now) && brute(flip.Add(-1)) != value:
		t.Errorf("%s\nat %v: %v is late", src, now, flip)
	case !first.IsZero() && (!found || first.Before(flip)):
		t.Errorf("%s\nat %v: missed %v, gave %v %v", src, now, first, flip, found)
	case !first.IsZero() && (got.Next.IsZero() || got.Next.After(first)):
		t.Errorf("%s\nat %v: Eval's next %v is later than %v", src, now, got.Next, first)
	}
	return found
}

// firstChange looks at every half unit, and a nanosecond to each side.
func (g *generator) firstChange(value func(time.Time) bool, now, horizon time.Time) time.Time {
	was := value(now)
	for at := now.Truncate(g.unit); !at.After(horizon); at = at.Add(g.unit / 2) {
		for _, x := range []time.Time{at.Add(-1), at, at.Add(1)} {
			if x.After(now) && !x.After(horizon) && value(x) != was {
				return x
			}
		}
	}
	return time.Time{}
}
