package engine

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// leases are the partitions this process polls. Who holds a lease wrongly wastes work and spoils nothing.
type leases struct {
	turns
	store state.Queue
	// roster says who else is there; nil where nobody else can be.
	roster state.Roster
	owner  string
	ttl    time.Duration
	now    func() time.Time
	log    *slog.Logger
	// self answers the rules this replica decides with, and whether it can decide at all.
	self func() (r state.Replica, able bool)
	// met is told who is there, itself included.
	met func(ctx context.Context, all []state.Replica)
	// changed is called when other partitions are held than before.
	changed func()

	// share is how many partitions are this replica's; asked says that what a former life of it held was asked for. Only
	// run touches them.
	share int
	asked bool

	mu    sync.Mutex
	parts []ifsev.Partition
	// until is when the lease may have ended: counted from before it was asked for.
	until time.Time
	// failed says that the last renewal did not come through.
	failed bool
}

// run takes, renews and hands over what it should, until ctx ends, and then gives everything up.
func (l *leases) run(ctx context.Context) {
	// What is held is given up with a context of its own: the other one is over by then.
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		l.release(ctx)
	}()
	l.share = ifsev.Partitions
	beat := l.ttl / 3
	if l.roster != nil {
		beat = l.ttl / 10 // what another gives up is taken within it
	}
	for {
		l.enroll(ctx)
		l.renew(ctx)
		if !l.pause(ctx, beat) {
			return
		}
	}
}

func (l *leases) renew(ctx context.Context) {
	at := l.now()
	got, err := l.settle(ctx)
	l.mu.Lock()
	before, failedBefore := l.parts, l.failed
	l.failed = err != nil
	if err == nil {
		l.parts, l.until = got, at.Add(l.ttl)
	}
	l.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil:
	case err != nil && !failedBefore:
		l.log.Warn("leases could not be renewed; deliveries and deadlines wait until they are", "error", err)
	case err == nil && !slices.Equal(got, before):
		if len(got) != len(before) {
			l.log.Info("partitions leased", "partitions", len(got))
		}
		l.changed()
	}
}

// release gives up everything and leaves the roster, in this order: who sees that it has left finds its partitions free.
func (l *leases) release(ctx context.Context) {
	l.mu.Lock()
	parts := l.parts
	l.parts = nil
	l.mu.Unlock()
	if len(parts) > 0 {
		if _, err := l.store.Lease(ctx, l.owner, parts, 0); err != nil {
			l.log.Warn("leases could not be given up; they end by themselves", "after", l.ttl, "error", err)
		}
	}
	if l.roster != nil {
		_, _ = l.roster.Enroll(ctx, state.Replica{Owner: l.owner}, 0) // it is gone after its time in any case
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
