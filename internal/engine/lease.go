package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// leases are the partitions this process polls. Who holds a lease wrongly wastes work and spoils nothing.
type leases struct {
	turns
	store state.Queue
	owner string
	ttl   time.Duration
	now   func() time.Time
	log   *slog.Logger
	// changed is called when other partitions are held than before.
	changed func()

	mu    sync.Mutex
	parts []ifsev.Partition
	// until is when the lease may have ended: counted from before it was asked for.
	until time.Time
	// failed says that the last renewal did not come through.
	failed bool
}

// run takes and renews what is free, until ctx ends, and then gives everything up.
func (l *leases) run(ctx context.Context) {
	// What is held is given up with a context of its own: the other one is over by then.
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		l.release(ctx)
	}()
	for {
		l.renew(ctx)
		if !l.pause(ctx, l.ttl/3) {
			return
		}
	}
}

func (l *leases) renew(ctx context.Context) {
	asked := l.now()
	got, err := l.store.Lease(ctx, l.owner, allPartitions(), l.ttl)
	l.mu.Lock()
	before, failedBefore := len(l.parts), l.failed
	l.failed = err != nil
	if err == nil {
		l.parts, l.until = got, asked.Add(l.ttl)
	}
	l.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil:
	case err != nil && !failedBefore:
		l.log.Warn("leases could not be renewed; deliveries and deadlines wait until they are", "error", err)
	case err == nil && len(got) != before:
		l.log.Info("partitions leased", "partitions", len(got))
		l.changed()
	}
}

func (l *leases) release(ctx context.Context) {
	l.mu.Lock()
	parts := l.parts
	l.parts = nil
	l.mu.Unlock()
	if len(parts) == 0 {
		return
	}
	if _, err := l.store.Lease(ctx, l.owner, parts, 0); err != nil {
		l.log.Warn("leases could not be given up; they end by themselves", "after", l.ttl, "error", err)
	}
}

// held answers the partitions whose lease has not ended.
func (l *leases) held() []ifsev.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.now().Before(l.until) {
		return nil
	}
	return l.parts
}

// holds reports whether the partition's lease has not ended.
func (l *leases) holds(p ifsev.Partition) bool {
	for _, h := range l.held() {
		if h == p {
			return true
		}
	}
	return false
}

func allPartitions() []ifsev.Partition {
	parts := make([]ifsev.Partition, ifsev.Partitions)
	for i := range parts {
		parts[i] = ifsev.Partition(i)
	}
	return parts
}
