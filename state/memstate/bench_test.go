package memstate_test

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func BenchmarkCommit(b *testing.B) {
	statetest.Benchmark(b, func(*testing.B) state.Store { return memstate.New(time.Now) })
}
