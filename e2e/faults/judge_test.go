package faults

import (
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return epoch.Add(d) }

// goodRun is a run with nothing to object to: two alerts about one incident, both delivered, and its deadline.
func goodRun() evidence {
	return evidence{
		accepted: []acceptance{{alert{"a", 1}, at(0), at(time.Second)}, {alert{"a", 2}, at(time.Second), at(time.Second)}},
		arrivals: []arrival{{alert{"a", 1}, "k1", at(time.Second)}, {alert{"a", 2}, "k2", at(2 * time.Second)}, {alert{"a", 0}, "k0", at(4*time.Second + time.Millisecond)}},
		recorded: map[alert]int{{"a", 1}: 1, {"a", 2}: 1},
		deadline: 3 * time.Second,
	}
}

func TestJudgeFindsEachKindOfFault(t *testing.T) {
	t.Parallel()
	if c := judge(goodRun()); c.kept() != nil || c.accepted != 2 || c.deadlines != 1 || c.late99 != time.Millisecond || c.longestWait != time.Second {
		t.Fatal(c)
	}
	for name, tt := range map[string]struct {
		spoil func(*evidence)
		want  tally
		fine  bool
	}{
		"lost":             {func(e *evidence) { delete(e.recorded, alert{"a", 2}) }, tally{lost: 1}, false},
		"lost and skipped": {func(e *evidence) { delete(e.recorded, alert{"a", 2}); e.arrivals = e.arrivals[2:] }, tally{lost: 1, skipped: 1}, false},
		"skipped":          {func(e *evidence) { e.arrivals = e.arrivals[1:] }, tally{skipped: 1}, false},
		"doubled":          {func(e *evidence) { e.arrivals = append(e.arrivals, e.arrivals[0]) }, tally{doubled: 1}, true},
		"foreign":          {func(e *evidence) { e.arrivals = append(e.arrivals, arrival{alert{"a", 1}, "k9", epoch}) }, tally{foreign: 1}, false},
		"told twice":       {func(e *evidence) { e.recorded[alert{"a", 1}]++ }, tally{twice: 1}, false},
		"deadline twice":   {func(e *evidence) { e.arrivals = append(e.arrivals, arrival{alert{"a", 0}, "k9", epoch}) }, tally{foreign: 1}, false},
		"order":            {func(e *evidence) { e.arrivals[0], e.arrivals[1] = e.arrivals[1], e.arrivals[0] }, tally{outOfOrder: 1}, false},
		"early":            {func(e *evidence) { e.arrivals[2].at = at(3*time.Second - 1) }, tally{early: 1}, false},
		"no deadline":      {func(e *evidence) { e.arrivals = e.arrivals[:2] }, tally{missing: 1}, false},
		"none accepted":    {func(e *evidence) { *e = evidence{} }, tally{}, false},
		"none is due":      {func(e *evidence) { e.deadline = 0; e.arrivals = e.arrivals[:2] }, tally{}, true},
	} {
		e := goodRun()
		tt.spoil(&e)
		c := judge(e)
		got := tally{lost: c.lost, skipped: c.skipped, doubled: c.doubled, foreign: c.foreign, twice: c.twice, outOfOrder: c.outOfOrder, missing: c.missing, early: c.early}
		if got != tt.want || (c.kept() == nil) != tt.fine {
			t.Errorf("%s: %s, kept: %v", name, c, c.kept())
		}
	}
	if s := judge(goodRun()).String(); !strings.Contains(s, "accepted 2, lost 0, skipped 0") {
		t.Error(s)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	all := []time.Duration{3, 1, 2, 4}
	for p, want := range map[int]time.Duration{1: 1, 50: 2, 75: 3, 99: 4, 100: 4} {
		if got := percentile(all, p); got != want {
			t.Errorf("p%d: %d, want %d", p, got, want)
		}
	}
	if percentile(nil, 99) != 0 || all[0] != 3 {
		t.Error("of none it is 0, and the order stays")
	}
}
