package engine

import (
	"context"
	"sync/atomic"
	"time"
)

// skew is how far the store's clock is ahead of this process's, in nanoseconds, as far as is known.
type skew struct{ ns atomic.Int64 }

func (s *skew) get() time.Duration { return time.Duration(s.ns.Load()) }

// ask asks the store what time it is.
func (s *skew) ask(ctx context.Context, now func() time.Time, store func(context.Context) (time.Time, error)) error {
	asked := now()
	at, err := store(ctx)
	if err == nil {
		s.learn(asked, at, now())
	}
	return err
}

// learn is told that the store's clock showed at some time between two instants of this process's clock.
//
// Of what that leaves possible it takes the least: to believe the store's clock to be behind makes things late by as
// long as the way takes, to believe it ahead would make them early. What was known before is kept where it is possible
// and better.
func (s *skew) learn(asked, at, answered time.Time) {
	least, most := at.Sub(answered), at.Sub(asked)
	if known := s.get(); known < least || known > most {
		s.ns.Store(int64(least))
	}
}
