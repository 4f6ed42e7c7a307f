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

	"github.com/sony/gobreaker/v2"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const (
	auditEvery = time.Minute
	// auditFirst is the wait after the start: until leases are taken, and what was due meanwhile is dealt with.
	auditFirst = 10 * time.Second
	// auditLook is how much one look is at, auditMost how much is looked at in a minute.
	auditLook, auditMost = 500, 5000
	auditLooks           = 20
	// overdueLimit is how late what is due may be dealt with.
	overdueLimit = time.Minute
	overdueLook  = 16
	// chainSample is how many timelines are verified in a minute, chainPages how long they may be, and brokenMost how many of
	// those that were broken are looked at again.
	chainSample, chainPages, brokenMost = 2, 50, 20
)

// auditor looks every minute whether what must always be true of the store is: a part of it at a time, in the
// partitions this replica holds. What is wrong with an index it makes anew; what else is wrong it says.
type auditor struct {
	turns
	store  state.Auditor
	kept   state.Store
	held   func() []ifsev.Partition
	excuse func(destination string) string
	nudge  func()
	log    *slog.Logger
	watch  *watchMetrics

	// Only run touches these. cursor is where to go on; pass counts how often everything was looked at; since is how long
	// partitions are held; broken are timelines that were.
	cursor string
	pass   int
	since  map[ifsev.Partition]time.Time
	broken map[string]bool
	now    func() time.Time

	mu    sync.Mutex
	known map[string]wrong
	at    time.Time
	away  bool
}

// wrong is a violation with the pass in which it was last seen.
type wrong struct {
	state.Violation
	pass int
}

func newAuditor(e *Engine, store state.Auditor) *auditor {
	return &auditor{
		turns: e.turns, store: store, kept: e.store, held: e.leases.held, excuse: e.courier.excuse, nudge: e.nudge, log: e.log,
		watch: &e.metrics.watch, now: e.now, since: map[ifsev.Partition]time.Time{}, broken: map[string]bool{}, known: map[string]wrong{},
	}
}

// run audits until ctx ends.
func (a *auditor) run(ctx context.Context) {
	for wait := auditFirst; a.pause(ctx, wait); wait = auditEvery {
		a.once(ctx)
	}
}

// once looks at a part of the store.
func (a *auditor) once(ctx context.Context) {
	parts := a.hold()
	found, complete, err := a.look(ctx, parts)
	if err == nil && len(parts) > 0 {
		var late []state.Violation
		late, err = a.overdue(ctx, parts)
		found = append(found, late...)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		a.unanswered(err)
		return
	}
	a.tell(found, parts, complete)
}

// hold answers the partitions that are held, and notes since when.
func (a *auditor) hold() []ifsev.Partition {
	parts := a.held()
	maps.DeleteFunc(a.since, func(p ifsev.Partition, _ time.Time) bool { return !slices.Contains(parts, p) })
	for _, p := range parts {
		if _, ok := a.since[p]; !ok {
			a.since[p] = a.now()
		}
	}
	return parts
}

// look goes on through the store, for so long, and answers what is wrong and was not made anew; complete means that
// everything has been looked at once more.
func (a *auditor) look(ctx context.Context, parts []ifsev.Partition) (found []state.Violation, complete bool, err error) {
	if len(parts) == 0 {
		a.cursor = ""
		return nil, true, nil
	}
	seen := 0
	var incidents []string
	for range auditLooks {
		part, err := a.store.Audit(ctx, parts, a.cursor, auditLook)
		if err != nil {
			a.cursor = "" // it may be the cursor
			return nil, false, err
		}
		for _, v := range part.Violations {
			if !a.repaired(ctx, v) {
				found = append(found, v)
			}
		}
		a.watch.documented.Add(float64(part.Documents + part.Lanes))
		seen += part.Documents + part.Lanes
		incidents = append(incidents, part.Incidents...)
		if a.cursor = part.Next; a.cursor == "" || seen >= auditMost {
			break
		}
	}
	found = append(found, a.chains(ctx, incidents)...)
	return found, a.cursor == "", nil
}

// repaired makes an index entry anew, and reports whether there is nothing wrong any more.
func (a *auditor) repaired(ctx context.Context, v state.Violation) bool {
	if v.Invariant != state.InvariantWake && v.Invariant != state.InvariantLane {
		return false
	}
	done, err := a.store.Repair(ctx, v)
	switch {
	case err != nil:
		a.log.Error("an index is wrong and could not be made anew", "invariant", v.Invariant, "wrong", v.Text, "error", err)
		return false
	case done:
		a.watch.repairs.WithLabelValues(string(v.Invariant)).Inc()
		a.log.Warn("an index was wrong, and its entry is made anew", "invariant", v.Invariant, "wrong", v.Text)
		a.nudge() // it may be due
	}
	return true
}

// overdue answers what was to be dealt with long ago in partitions that are held long enough, and has no reason not to be.
func (a *auditor) overdue(ctx context.Context, parts []ifsev.Partition) ([]state.Violation, error) {
	due, err := a.kept.Due(ctx, parts, overdueLook)
	if err != nil {
		return nil, err
	}
	limit := due.Now.Add(-overdueLimit)
	late := func(p ifsev.Partition, at time.Time) bool {
		return at.Before(limit) && a.now().Sub(a.since[p]) >= overdueLimit
	}
	var found []state.Violation
	for _, w := range due.Wakes {
		if p, err := ifsev.PartitionOfID(w.ID); err == nil && late(p, w.At) {
			found = append(found, state.Violation{
				Invariant: state.InvariantOverdue, Partition: p, ID: w.ID,
				Text: fmt.Sprintf("a deadline of %s has been due since %s", w.ID, w.At.UTC().Format(time.RFC3339)),
			})
		}
	}
	for _, d := range due.Destinations {
		if late(d.Partition, d.At) && a.excuse(d.Destination) == "" {
			found = append(found, state.Violation{
				Invariant: state.InvariantOverdue, Partition: d.Partition, Destination: d.Destination,
				Text: fmt.Sprintf("a delivery to %s has been due since %s, and nobody attempts it", d.Destination, d.At.UTC().Format(time.RFC3339)),
			})
		}
	}
	return found, nil
}

// chains verifies the timelines that were broken, and a few others.
func (a *auditor) chains(ctx context.Context, incidents []string) []state.Violation {
	ids := slices.Sorted(maps.Keys(a.broken))[:min(len(a.broken), brokenMost)]
	for range min(chainSample, len(incidents)) {
		ids = append(ids, incidents[a.jitter(time.Duration(len(incidents)))])
	}
	var found []state.Violation
	for _, id := range slices.Compact(ids) {
		err := a.chain(ctx, id)
		delete(a.broken, id)
		p, bad := ifsev.PartitionOfID(id)
		if err == nil || bad != nil {
			continue
		}
		a.broken[id] = true
		found = append(found, state.Violation{
			Invariant: state.InvariantChain, Partition: p, ID: id, Text: fmt.Sprintf("incident %s: %v", id, err),
		})
	}
	return found
}

// chain follows the revisions of an incident; nil where they cannot be read now, or are too many.
func (a *auditor) chain(ctx context.Context, id string) error {
	rec, err := a.kept.Load(ctx, state.Ref{ID: id})
	if err != nil {
		return nil //nolint:nilerr // it is gone, or the store is away: others say so
	}
	var chain state.Chain
	met, after := false, int64(0)
	for range chainPages {
		pages, err := a.kept.Timeline(ctx, id, after, 200)
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		if len(pages) == 0 {
			if met || chain.Head() == "" {
				return nil
			}
			return fmt.Errorf("the timeline was cut: its last revision is %.12s, the incident's is %.12s", chain.Head(), rec.Rev)
		}
		for _, p := range pages {
			if err := chain.Add(p); err != nil {
				return err
			}
			if p.Rev == rec.Rev {
				if met = true; p.DocSum != state.DocSum(rec.Doc) {
					return errors.New("its document is not the one that was committed")
				}
			}
			if n := len(p.Entries); n > 0 {
				after = p.Entries[n-1].Seq
			}
		}
	}
	return nil
}

func (a *auditor) unanswered(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.away {
		a.away = true
		a.log.Warn("the store cannot be audited; trying again", "error", err)
	}
}

// tell logs what has changed, and counts what is wrong.
func (a *auditor) tell(found []state.Violation, parts []ifsev.Partition, complete bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := maps.Clone(a.known)
	// What is late is looked for each time; the rest each time everything was looked at.
	maps.DeleteFunc(a.known, func(_ string, w wrong) bool {
		return w.Invariant == state.InvariantOverdue || w.Invariant == state.InvariantChain || !slices.Contains(parts, w.Partition)
	})
	for _, v := range found {
		key := fmt.Sprint(v.Invariant, " ", v.Partition, " ", v.ID, " ", v.Destination)
		if _, told := before[key]; !told {
			a.log.Error("the store is not as it must be", "invariant", v.Invariant, "wrong", v.Text)
		}
		a.known[key] = wrong{v, a.pass}
	}
	if complete {
		maps.DeleteFunc(a.known, func(_ string, w wrong) bool { return w.pass < a.pass })
		a.pass++
	}
	counts := map[state.Invariant]int{}
	for _, w := range a.known {
		counts[w.Invariant]++
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, still := a.known[key]; !still {
			a.log.Info("no longer so: "+before[key].Text, "invariant", before[key].Invariant)
		}
	}
	for _, i := range state.Invariants() {
		a.watch.violations.WithLabelValues(string(i)).Set(float64(counts[i]))
	}
	a.at, a.away = a.now(), false
}

// trouble answers the first thing wrong that keeps something from being done, or nil. There may be no auditor.
func (a *auditor) trouble() error {
	for _, v := range a.violations() {
		switch v.Invariant {
		case state.InvariantWake, state.InvariantLane, state.InvariantDelivery, state.InvariantOverdue:
			return errors.New(v.Text)
		}
	}
	return nil
}

// violations answers what is wrong as far as is known, in order.
func (a *auditor) violations() []state.Violation {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []state.Violation
	for _, key := range slices.Sorted(maps.Keys(a.known)) {
		all = append(all, a.known[key].Violation)
	}
	return all
}

// excuse says why what is due at a destination may wait; empty if nothing does.
func (c *courier) excuse(name string) string {
	c.mu.Lock()
	d := c.dests[name]
	c.mu.Unlock()
	if d == nil {
		return ""
	}
	if st := d.breaker.State(); st != gobreaker.StateClosed {
		return "it has been failing"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pace.gap > 0 {
		return "it has asked to wait"
	}
	if d.attempts >= c.concurrency { // room that is set aside for a claim is none
		return "it is slow"
	}
	return ""
}
