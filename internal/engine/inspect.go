package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ifsev/ifsev/state"
)

const (
	inspectEvery = time.Minute
	// inspectAgain is how soon one that was refused or could not be asked is asked again.
	inspectAgain = 5 * time.Second
	// maxClockOffset is how far the clocks of store and process may be apart before it is said.
	maxClockOffset = time.Second
)

// inspector asks the store every minute what takes away from the promises. It says what is new and what is over, once
// each; what makes the store unfit makes the replica unready.
type inspector struct {
	turns
	inspect func(context.Context) ([]state.Finding, error)
	clock   func(context.Context) (time.Time, error)
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics

	mu      sync.Mutex
	known   map[string]state.Finding
	refused error
}

// newInspector answers nil for a store that cannot change behind ifsev's back.
func newInspector(o *Options, t turns, store state.Store, m *metrics) *inspector {
	s, ok := o.Store.(state.Inspector)
	if !ok {
		return nil
	}
	return &inspector{
		turns: t, inspect: s.Inspect, clock: store.Now, now: o.Now, log: o.Log, metrics: m,
		known: map[string]state.Finding{},
	}
}

// run inspects until ctx ends.
func (i *inspector) run(ctx context.Context) {
	for {
		wait := inspectEvery
		if !i.once(ctx) {
			wait = inspectAgain
		}
		if !i.pause(ctx, wait) {
			return
		}
	}
}

// once inspects and answers whether the store could be asked and is fit.
func (i *inspector) once(ctx context.Context) bool {
	found, err := i.inspect(ctx)
	if errors.Is(err, state.ErrUnavailable) || ctx.Err() != nil {
		return false // others say that it is away, and what was known of it stays
	}
	if err != nil {
		found = append(found, state.Finding{Kind: state.FindingUnfit, Key: err.Error(), Text: err.Error()})
	}
	i.tell(append(found, i.compareClocks(ctx)...), err)
	return err == nil
}

// compareClocks finds clocks that are further apart than asking can explain.
func (i *inspector) compareClocks(ctx context.Context) []state.Finding {
	asked := i.now()
	theirs, err := i.clock(ctx)
	if err != nil {
		return nil
	}
	took := i.now().Sub(asked)
	offset := theirs.Sub(asked.Add(took / 2))
	i.metrics.clockOffset.Set(offset.Seconds())
	if offset.Abs()-took/2 <= maxClockOffset {
		return nil
	}
	return []state.Finding{{Kind: state.FindingClock, Key: "clock", Text: fmt.Sprintf(
		"the clock of the store is %v %s this process's: the store's says what is due, this one's is what signatures of sources are held against; set both by NTP",
		offset.Abs().Round(time.Millisecond), map[bool]string{true: "ahead of", false: "behind"}[offset > 0])}}
}

// tell logs what has changed since the last time.
func (i *inspector) tell(found []state.Finding, refused error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before, counts := i.known, map[state.FindingKind]int{}
	i.known, i.refused = map[string]state.Finding{}, refused
	for _, f := range found {
		key := string(f.Kind) + " " + f.Key
		i.known[key] = f
		counts[f.Kind]++
		switch _, told := before[key]; {
		case told:
		case f.Kind == state.FindingUnfit:
			i.log.Error(f.Text)
		default:
			i.log.Warn(f.Text, "finding", f.Kind)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, still := i.known[key]; !still {
			i.log.Info("no longer so: "+before[key].Text, "finding", before[key].Kind)
		}
	}
	for _, kind := range state.FindingKinds() {
		i.metrics.findings.WithLabelValues(string(kind)).Set(float64(counts[kind]))
	}
}

// fit answers why the store must not be used, or nil. There may be no inspector.
func (i *inspector) fit() error {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.refused
}
