package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev/state"
)

// roomEvery is how often the store is asked how much room it has.
const roomEvery = 5 * time.Second

// roomWatch knows whether the store runs out of room, so that what can be done without is refused while the rest, and
// everything that was accepted before, still has some. It is asked by one loop and never on the way of an event.
type roomWatch struct {
	turns
	ask     func(context.Context) (state.Room, error)
	log     *slog.Logger
	metrics *metrics

	low    atomic.Bool
	failed bool // the last time; only the loop looks at it
}

// newRoomWatch answers nil for a store that knows no bound.
func newRoomWatch(o *Options, t turns, m *metrics) *roomWatch {
	s, ok := o.Store.(state.Roomy)
	if !ok {
		return nil
	}
	return &roomWatch{turns: t, ask: s.Room, log: o.Log, metrics: m}
}

// run asks until ctx ends.
func (r *roomWatch) run(ctx context.Context) {
	for {
		r.once(ctx)
		if !r.pause(ctx, roomEvery) {
			return
		}
	}
}

// once asks; where that fails, what was known stays.
func (r *roomWatch) once(ctx context.Context) {
	room, err := r.ask(ctx)
	if err != nil {
		// That it is away others say.
		if !r.failed && ctx.Err() == nil && !errors.Is(err, state.ErrUnavailable) {
			r.log.Warn("the store does not say how much room it has; what was known stays", "error", err)
		}
		r.failed = true
		return
	}
	r.failed = false
	r.metrics.roomRatio.Set(room.Ratio())
	switch low := r.low.Load(); {
	case !low && room.Low():
		r.turn(true)
		r.log.Warn("the store runs out of room: sources marked sheddable are refused until there is more", "free_mib", room.Free>>20, "of_mib", room.Total>>20)
	case low && room.Ample():
		r.turn(false)
		r.log.Info("the store has room again: all sources are taken", "free_mib", room.Free>>20, "of_mib", room.Total>>20)
	}
}

func (r *roomWatch) turn(low bool) {
	r.low.Store(low)
	r.metrics.shedding.Set(map[bool]float64{true: 1}[low])
}

// Shedding reports whether the store runs out of room, so that what can be done without should be refused. It asks
// nobody and may be a few seconds old.
func (e *Engine) Shedding() bool { return e.room != nil && e.room.low.Load() }
