package boltstate

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/statetest"
)

func BenchmarkCommit(b *testing.B) {
	statetest.Benchmark(b, func(b *testing.B) state.Store {
		b.Helper()
		s, err := Open(b.TempDir(), Options{Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() }) // what was measured was durable before
		return s
	})
}

// BenchmarkCommitBesideBackups says what backups cost those who commit: of the same commits, with and without a backup
// that never ends, how long the slowest hundredth took. The store holds 128 MiB of other incidents.
func BenchmarkCommitBesideBackups(b *testing.B) {
	const incidents, size = 64, 2 << 20
	for _, backups := range []bool{false, true} {
		b.Run(fmt.Sprint("backups=", backups), func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(dir, Options{Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }() // what was measured was durable before
			for k := range incidents {
				c := newChain(k)
				if _, err := s.Commit(b.Context(), c.next(size)); err != nil {
					b.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan int)
			go func() {
				n := 0
				for backups && ctx.Err() == nil {
					if _, err := s.Backup(ctx, filepath.Join(dir, BackupDir), time.Now()); err == nil {
						n++
					}
					_, _ = PruneBackups(filepath.Join(dir, BackupDir), 1, time.Now()) // the next one tells
				}
				ended <- n
			}()
			c, took := newChain(100), make([]time.Duration, 0, b.N)
			for b.Loop() {
				next, began := c.next(2000), time.Now()
				if _, err := s.Commit(b.Context(), next); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				c.wrote(next)
			}
			cancel()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
			b.ReportMetric(float64(<-ended), "backups")
		})
	}
}
