package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// beatTimeout bounds one heartbeat.
const beatTimeout = 10 * time.Second

// heartbeat tells somebody outside that all is well, and nothing while it is not: who hears nothing knows.
type heartbeat struct {
	turns
	conf    func() SelfWatch
	well    func(context.Context) error
	now     func() time.Time
	log     *slog.Logger
	metrics *watchMetrics

	mu sync.Mutex
	// silent is why nothing was said the last time, empty if something was; last is when something was.
	silent string
	last   time.Time
}

// run says so, as often as configured, until ctx ends.
func (h *heartbeat) run(ctx context.Context) {
	for {
		c := h.conf()
		wait := watchRest
		if c.Beat != nil {
			h.once(ctx, c.Beat)
			wait = c.Every
		}
		if !h.pause(ctx, wait) {
			return
		}
	}
}

func (h *heartbeat) once(ctx context.Context, beat func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	err, text := h.well(ctx), "no heartbeat is sent: this replica is not well"
	if err == nil {
		if err, text = beat(ctx), "the heartbeat did not arrive"; err != nil {
			h.metrics.beatFailures.Inc()
		}
	}
	if ctx.Err() != nil && context.Cause(ctx) == context.Canceled { //nolint:errorlint // it is stopping, and nobody is to be told
		return
	}
	h.tell(err, text)
}

// tell logs what has changed since the last time.
func (h *heartbeat) tell(err error, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.silent
	if err != nil {
		if h.silent = text + ": " + err.Error(); before == "" {
			h.log.Error(text, "error", err)
		}
		return
	}
	h.silent, h.last = "", h.now()
	h.metrics.beaten.Set(stamp(h.last))
	if before != "" {
		h.log.Info("the heartbeat arrives again")
	}
}

// state answers when one last arrived, and why not since.
func (h *heartbeat) state() (last time.Time, silent string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.silent
}
