package statetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Benchmark measures Commit on an empty store, each with a timeline entry, a mark, a delivery, a verdict and a wake, by
// one goroutine and by 64, each on an incident of its own.
func Benchmark(b *testing.B, open func(b *testing.B) state.Store) {
	b.Helper()
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", n), func(b *testing.B) {
			s := open(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			errs := make(chan error, n)
			b.ReportAllocs()
			b.ResetTimer()
			for k := range n {
				go func() { errs <- commitMany(b, s, byte(k), &left) }()
			}
			for range n {
				if err := <-errs; err != nil {
					b.Error(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// commitMany makes commits until none are left.
func commitMany(b *testing.B, s state.Store, k byte, left *atomic.Int64) error {
	id := ifsev.NewIncidentID([16]byte{1, k}, ifsev.Partition(k%ifsev.Partitions))
	number, err := s.Number(b.Context(), id)
	if err != nil {
		return err
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	doc := make([]byte, 1200) // as large as a usual incident
	var rev state.Rev
	for seq := int64(1); left.Add(-1) >= 0; seq++ {
		entries := []state.Entry{{Seq: seq, Body: []byte(`{"type":"noted","text":"about as much as one says in a line of a timeline"}`)}}
		c := state.Commit{
			ID: id, Expect: rev, Next: state.NextRev(rev, doc, entries), Doc: doc, Entries: entries,
			Marks:    []state.Mark{{ID: fmt.Sprint(k, "/", seq), Sum: "sum"}},
			Summary:  state.Summary{ID: id, Number: number, Title: "Benchmark", Severity: 1, Status: ifsev.StatusOpen, DeclaredAt: now},
			Verdicts: map[string][]byte{"rule": []byte("fired")},
			Outbox: []state.OutboxItem{{
				ID: fmt.Sprint("d", k, "/", seq), Destination: "webhook:example.org", Action: "webhook", Due: now, Created: now, Body: make([]byte, 300),
			}},
			Wake: now.Add(time.Duration(seq) * time.Second),
		}
		res, err := s.Commit(b.Context(), c)
		if err != nil || res.Status != state.Written {
			return errors.Join(err, fmt.Errorf("commit %d: status %s", seq, res.Status))
		}
		rev = c.Next
	}
	return nil
}
