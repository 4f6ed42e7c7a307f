package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/ifsev/ifsev/rules"
)

// Plan is what a reload changed.
type Plan struct {
	// Epoch is the number of the set now in use; Hash tells sets apart.
	Epoch int64
	Hash  string
	// Added, Changed and Removed name rules, sorted; Unchanged counts the others.
	Added, Changed, Removed []string
	Unchanged               int
	// PendingDeadlines counts the incidents that wait for an instant; all of them are kept.
	PendingDeadlines int
}

// Use takes over a rule set and a performer, all or nothing: on an error the old ones go on. The set gets its epoch from
// the store (the set passed in is not changed), the incidents decided from now on are decided with it, and the active
// ones are looked at once in the background. A nil performer keeps the present one. The same set again is no reload of
// the rules, and answers an empty plan.
func (e *Engine) Use(ctx context.Context, set *rules.Set, performer Performer) (Plan, error) {
	before, after, err := e.rules.put(ctx, set)
	if err != nil {
		e.ReloadFailed(err)
		return Plan{}, err
	}
	if performer != nil {
		e.performer.Store(&performer)
	}
	plan := compare(before.manifest, after.manifest)
	plan.Epoch, plan.Hash = after.set.Epoch, after.set.Hash
	stats, err := e.store.Stats(ctx)
	if err != nil {
		e.log.Warn("the pending deadlines could not be counted", "error", err)
	}
	plan.PendingDeadlines = stats.Wakes
	e.metrics.reloaded(true, e.now())
	e.log.Info("rules reloaded", "epoch", plan.Epoch, "rules", len(after.set.Rules), "added", len(plan.Added),
		"changed", len(plan.Changed), "removed", len(plan.Removed), "deadlines", plan.PendingDeadlines)
	return plan, nil
}

// compare answers how the rules of two sets differ.
func compare(before, after map[string]string) (p Plan) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		switch old, ok := before[name]; {
		case !ok:
			p.Added = append(p.Added, name)
		case old != after[name]:
			p.Changed = append(p.Changed, name)
		default:
			p.Unchanged++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[name]; !ok {
			p.Removed = append(p.Removed, name)
		}
	}
	return p
}

// ReloadFailed tells the metrics and the log that a reload failed before it came to Use, and why.
func (e *Engine) ReloadFailed(err error) {
	e.metrics.reloaded(false, e.now())
	e.log.Error("reload failed; the rules in use stay", "error", err)
}

// Rules answers the set in use, with its epoch once Start has returned.
func (e *Engine) Rules() *rules.Set { return e.rules.current().set }
