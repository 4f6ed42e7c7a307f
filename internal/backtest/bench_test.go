package backtest

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// What one incident with a score of events costs, played twice.
func BenchmarkAdd(b *testing.B) {
	set := load(b, ladder+"\n  nag: {if: severity == 1, every: 10m, max: 3, then: [page: carol]}\n")
	l := live(b, set, 1).declare(ifsev.Declaration{Severity: 1}).after("2h").change(ifsev.Change{Note: "x"}).after("5h")
	h := l.history()
	b.ReportMetric(float64(len(h.Events)), "events")
	for b.Loop() {
		t := New(Options{Candidate: set, Recorded: l.sets, End: l.now.Add(time.Hour)})
		if err := t.Add(h); err != nil {
			b.Fatal(err)
		}
	}
}
