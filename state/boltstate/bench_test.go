package boltstate

import (
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
