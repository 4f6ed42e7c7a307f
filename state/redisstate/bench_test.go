package redisstate_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

// BenchmarkCommit measures whole commits (mark, delivery, wake, page, verdict, document, key) by how the server keeps
// its data and how many commit at once.
func BenchmarkCommit(b *testing.B) {
	for _, fsync := range []string{"memory", "everysec", "always"} {
		for _, workers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", fsync, workers), func(b *testing.B) { benchCommit(b, fsync, workers) })
		}
	}
}

func benchStore(b *testing.B, fsync string) *redisstate.Store {
	b.Helper()
	var opts []redistest.Option
	if fsync != "memory" {
		opts = append(opts, redistest.AOF(fsync))
	}
	store, err := redisstate.Open(b.Context(), redistest.Start(b, opts...).URL(), redisstate.Options{PoolSize: 64})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	return store
}

func benchCommit(b *testing.B, fsync string, workers int) {
	store := benchStore(b, fsync)
	took := make([][]time.Duration, workers)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range workers {
		wg.Go(func() {
			s := newStory(fmt.Sprint("bench ", w))
			for n := w; n < b.N; n += workers {
				if n/workers%100 == 99 {
					s = newStory(fmt.Sprint("bench ", w, " ", n)) // incidents do not grow for ever
				}
				c := s.next(fmt.Sprint(n))
				start := time.Now()
				res, err := store.Commit(b.Context(), c)
				took[w] = append(took[w], time.Since(start))
				if err != nil || res.Status != state.Written {
					errs[w] = fmt.Errorf("%v: %w", res.Status, err)
					return
				}
				s.rev, s.seq = c.Next, s.seq+1
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
}

// BenchmarkDue measures a look at all partitions, where nothing is due.
func BenchmarkDue(b *testing.B) {
	store := benchStore(b, "memory")
	parts := make([]ifsev.Partition, ifsev.Partitions)
	for i := range parts {
		parts[i] = ifsev.Partition(i)
	}
	for b.Loop() {
		if _, err := store.Due(b.Context(), parts, 64); err != nil {
			b.Fatal(err)
		}
	}
}
