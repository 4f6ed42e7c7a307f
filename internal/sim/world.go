package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

// Result is what became of a world.
type Result struct {
	Seed uint64
	// Violations are the promises that were broken, in the order they were found; none means that all held.
	Violations []string
	// Digest is of everything that happened, in order: two runs of one seed have the same.
	Digest uint64
	Count  Count
}

// Count is what happened in a world.
type Count struct {
	Turns, Sent, Accepted, Incidents, Commits, Deliveries, Attempts, Crashes, Reloads, Compared int
	// Groups counts groups, Inward the deliveries within the store, Tells what groups told, Held what budgets held back.
	Groups, Inward, Tells, Held, Removed, Revived, Dropped, Cancelled int
}

// Add adds up what happened in several worlds.
func (c *Count) Add(o Count) {
	for _, x := range []struct {
		to *int
		by int
	}{
		{&c.Turns, o.Turns}, {&c.Sent, o.Sent}, {&c.Accepted, o.Accepted}, {&c.Incidents, o.Incidents}, {&c.Commits, o.Commits},
		{&c.Deliveries, o.Deliveries}, {&c.Attempts, o.Attempts}, {&c.Crashes, o.Crashes}, {&c.Reloads, o.Reloads}, {&c.Compared, o.Compared},
		{&c.Groups, o.Groups}, {&c.Inward, o.Inward}, {&c.Tells, o.Tells}, {&c.Held, o.Held}, {&c.Removed, o.Removed}, {&c.Revived, o.Revived}, {&c.Dropped, o.Dropped},
		{&c.Cancelled, o.Cancelled},
	} {
		*x.to += x.by
	}
}

// Options is what may be different about a world, beside its seed.
type Options struct {
	// Log takes the trace, line by line; nil means nowhere.
	Log func(line string)
	// Wrap puts something between the replicas and the store, such as a fault that must be found; nil means nothing.
	Wrap func(state.Store, func(n int64) int64) state.Store
}

const (
	replicas = 3
	// troubleFor bounds how long there is trouble, and restFor how long the world may take to come to rest after it.
	troubleFor = 4 * time.Minute
	restFor    = 3 * time.Hour
	// ahead is how far off a wake may be for a world that counts as at rest.
	ahead = time.Hour
	// maxViolations is how many are kept: one tells, the others follow from it.
	maxViolations = 10
)

// world is everything there is.
type world struct {
	s     *scheduler
	store state.Store
	// inner is the store itself, past whatever was put between; its clock is ahead by peek while it is asked for all there is.
	inner   state.Store
	peek    time.Duration
	watch   *watch
	trouble trouble
	sets    []*rules.Set
	// numbered are those with their epochs, as they came.
	numbered map[int64]*rules.Set
	// roster means that the replicas share the partitions among them; forgetting that the world goes on until groups have
	// forgotten everybody.
	roster, forgetting bool
	// newest is the place of the set that was last put into use anywhere.
	newest   int
	replicas []*replica
	senders  []*sender
	healed   time.Time
	// keys are those under which alerts come in; incidents are the IDs of those that were declared.
	keys      []string
	incidents []string
	// stopping has everybody come to an end.
	stopping bool
	ids      uint64
	out      Result
}

// Run makes the world of the seed, runs it until it is at rest, and answers what was found.
func Run(seed uint64, o Options) Result {
	w := &world{s: newScheduler(seed, o.Log), out: Result{Seed: seed}, numbered: map[int64]*rules.Set{}}
	w.inner = memstate.New(func() time.Time { return time.Now().Add(w.peek) })
	w.store = w.inner
	w.watch = newWatch(w)
	if o.Wrap != nil {
		w.store = o.Wrap(w.store, w.s.Rand)
	}
	w.draw()
	for i := range replicas {
		w.replicas = append(w.replicas, &replica{w: w, name: string(rune('a' + i))})
	}
	w.s.Go("director", w.direct)
	if err := w.s.run(w.atRest); err != nil {
		w.violated("rest: %v", err)
	}
	w.store = w.inner
	w.check()
	w.out.Digest, w.out.Count.Turns, w.out.Count.Incidents = w.s.digest.Sum64(), w.s.steps, len(w.incidents)
	w.end()
	return w.out
}

// draw decides what the world is like.
func (w *world) draw() {
	w.sets = drawSets(w.s)
	for i := range 2 + w.s.rand.IntN(2) {
		w.keys = append(w.keys, fmt.Sprintf("prom:%d", i))
	}
	w.roster, w.forgetting = w.s.one(150), w.s.one(30)
	plan, pause := 4, 50*time.Second
	if w.s.one(150) { // a storm
		plan, pause = 8, 8*time.Second
	}
	for i := range 1 + w.s.rand.IntN(3) {
		w.senders = append(w.senders, &sender{w: w, name: fmt.Sprint("sender ", i), plan: 1 + w.s.rand.IntN(plan), pause: pause})
	}
}

// end has every coroutine return, whatever it waits for.
func (w *world) end() {
	w.stopping, w.s.steps = true, 0
	for _, r := range w.replicas {
		if r.engine != nil {
			r.kill()
		}
	}
	if err := w.s.run(never); err != nil {
		w.violated("end: %v", err)
	}
	w.s.end()
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// violated notes that a promise was broken.
func (w *world) violated(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.s.tell("VIOLATION", "%s", text)
	if len(w.out.Violations) < maxViolations && !slices.Contains(w.out.Violations, text) {
		w.out.Violations = append(w.out.Violations, text)
	}
}

// atRest reports whether nothing more will happen soon: all was sent, and nothing is due or on its way.
func (w *world) atRest() bool {
	if len(w.out.Violations) > 0 {
		return true
	}
	if w.healed.IsZero() || len(w.senders) > 0 {
		return false
	}
	if time.Since(w.healed) > restFor {
		w.violated("rest: %s after the trouble there is still something to do", restFor)
		return true
	}
	if len(w.watch.underway()) > 0 {
		return false
	}
	for id, at := range w.watch.wakes {
		g := w.watch.groups[id]
		if !at.IsZero() && time.Until(at) <= ahead && (w.forgetting || g == nil || g.pending()) {
			return false
		}
	}
	return true
}

// newID is engine.Options.NewID: a number of the world's own in the place of chance.
func (w *world) newID() (id [16]byte) {
	w.ids++
	binary.BigEndian.PutUint64(id[:8], uint64(time.Now().UnixMilli())<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], w.ids<<8|uint64(w.s.rand.IntN(64)))
	id[8] |= 0x80
	return id
}

// at is an instant as the trace shows it.
func (w *world) at(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Sub(w.s.began).String()
}
