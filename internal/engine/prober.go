package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// The parts of the way of an event.
const (
	stageDecide = "decide" // accepted, until it is decided
	stageCommit = "commit" // decided, until it is durable
	stageClaim  = "claim"  // durable, until its delivery is in hand
	stageSettle = "settle" // in hand, until its end is durable
	stageWake   = "wake"   // how late its wake was dealt with
)

func stages() []string { return []string{stageDecide, stageCommit, stageClaim, stageSettle, stageWake} }

const (
	probeTimeout = 30 * time.Second
	probeRest    = 2 * time.Second // while nothing is leased, and after the start
)

// prober sends a synthetic event the way of every other, through each partition it holds in turn: what is measured is
// what real events meet.
//
//	accept ─ decide ─► commit ─► outbox ─ claim ─► settle
//	                     └────── wake ─────────────────► lateness
type prober struct {
	turns
	e       *Engine
	metrics *watchMetrics
	next    ifsev.Partition // only run touches it

	mu     sync.Mutex
	under  *probeRun
	last   ProbeResult
	failed string
}

// ProbeResult is how a synthetic event fared.
type ProbeResult struct {
	At        time.Time
	Partition ifsev.Partition
	// Took is the time of each stage.
	Took map[string]time.Duration
}

// probeRun is a probe on its way.
type probeRun struct {
	ProbeResult
	id   string
	mark time.Time // when the stage before ended
	wake time.Time
	done chan struct{}
}

func newProber(e *Engine) *prober { return &prober{turns: e.turns, e: e, metrics: &e.metrics.watch} }

// run probes as often as configured until ctx ends.
func (b *prober) run(ctx context.Context) {
	for wait := probeRest; b.pause(ctx, wait); {
		every := b.e.watched().Synthetic
		if wait = watchRest; every <= 0 {
			continue
		}
		p, ok := b.choose(b.e.leases.held())
		if wait = probeRest; !ok {
			continue
		}
		began := b.e.opts.Now()
		b.tell(ctx, p, b.once(ctx, p))
		wait = max(time.Millisecond, every-b.e.opts.Now().Sub(began))
	}
}

// choose answers the next of the partitions, in turn.
func (b *prober) choose(held []ifsev.Partition) (ifsev.Partition, bool) {
	if len(held) == 0 {
		return 0, false
	}
	held = slices.Sorted(slices.Values(held))
	i, _ := slices.BinarySearch(held, b.next)
	p := held[i%len(held)]
	b.next = p + 1
	return p, true
}

// once sends a probe and waits until it has gone the whole way.
func (b *prober) once(ctx context.Context, p ifsev.Partition) error {
	uuid := b.e.opts.NewID()
	round := hex.EncodeToString(uuid[:])
	it, answers := b.e.newItem("probe:", round, "")
	it.outside, it.mark = false, state.Mark{} // it is never turned away, and its document remembers it
	run := &probeRun{
		ProbeResult: ProbeResult{At: b.e.opts.Now(), Partition: p, Took: map[string]time.Duration{}},
		id:          ifsev.ProbeID(p), mark: b.e.opts.Now(), done: make(chan struct{}, 1),
	}
	it.sub.Inward = &ifsev.Inward{Group: run.id, Probe: &ifsev.Probe{Round: round}}
	b.watch(run)
	defer b.watch(nil)
	if err := b.e.boxes.post(letter{address{id: run.id}, it}); err != nil {
		return err
	}
	a, ok := receive(ctx, b.turns, answers, probeTimeout)
	if a.err != nil {
		return a.err
	}
	if ok {
		_, ok = receive(ctx, b.turns, run.done, probeTimeout)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !ok {
		for _, s := range stages() {
			if _, there := run.Took[s]; !there {
				return fmt.Errorf("%q did not come to its end within %s", s, probeTimeout)
			}
		}
	}
	b.last = run.ProbeResult
	return nil
}

func (b *prober) watch(run *probeRun) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.under = run
}

// tell counts how a probe fared, and logs what has changed since the last.
func (b *prober) tell(ctx context.Context, p ifsev.Partition, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.failed
	switch {
	case err == nil:
		for stage, took := range b.last.Took {
			b.metrics.stages.WithLabelValues(stage).Observe(max(0, took.Seconds()))
		}
		b.metrics.probed.Set(stamp(b.last.At))
		if b.failed = ""; before != "" {
			b.e.log.Info("synthetic events go the whole way again")
		}
	case ctx.Err() != nil || !b.e.leases.holds(p): // another replica has it in hand by now
	default:
		b.metrics.probeFailures.Inc()
		if b.failed = err.Error(); before == "" {
			b.e.log.Error("a synthetic event did not go the whole way", "partition", p, "error", err)
		}
	}
}

// result answers how the last one that went the whole way fared, and why none has since.
func (b *prober) result() (ProbeResult, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last, b.failed
}

// committed is told of every commit that was written: when it was begun, and when it was done.
func (b *prober) committed(c *state.Commit, began, done time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.under
	if r == nil || r.id != c.ID {
		return
	}
	switch {
	case len(c.Outbox) > 0:
		r.Took[stageDecide], r.Took[stageCommit] = began.Sub(r.mark), done.Sub(began)
		r.mark, r.wake = done, c.Wake
	case c.Settle != nil && r.has(stageClaim):
		r.Took[stageSettle] = done.Sub(r.mark)
	}
	if c.Wake.IsZero() && !r.wake.IsZero() && !r.has(stageWake) {
		r.Took[stageWake] = b.e.now().Sub(r.wake)
	}
	r.end()
}

// claimed is told that the delivery of a probe is in hand.
func (b *prober) claimed(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.under; r != nil && r.id == id && !r.has(stageClaim) {
		now := b.e.opts.Now()
		r.Took[stageClaim], r.mark = now.Sub(r.mark), now
	}
}

func (r *probeRun) has(stage string) bool {
	_, ok := r.Took[stage]
	return ok
}

// end says that it has gone the whole way, once it has.
func (r *probeRun) end() {
	if len(r.Took) == len(stages()) {
		select {
		case r.done <- struct{}{}:
		default: // it was said
		}
	}
}

// probed is told of every commit that was written.
func (e *Engine) probed(c *state.Commit, began, done time.Time) {
	e.watch.prober.committed(c, began, done)
}

// probesEndHere performs what stays within the store: that of a probe comes to its end here.
func probesEndHere(e *Engine, then func(context.Context, *ifsev.Delivery) (ifsev.Receipt, error)) func(context.Context, *ifsev.Delivery) (ifsev.Receipt, error) {
	return func(ctx context.Context, d *ifsev.Delivery) (ifsev.Receipt, error) {
		if d.Inward.Probe == nil {
			return then(ctx, d)
		}
		e.watch.prober.claimed(d.Incident)
		return ifsev.Receipt{Summary: "measured"}, nil
	}
}

// probes reports whether the document is that of probes, which no statistics are made of.
func probes(doc *ifsev.Document) bool { return doc.Group != nil && doc.Group.Kind == ifsev.GroupProbe }
