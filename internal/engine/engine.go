package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// cutTime is how long what was cut gets to return.
const cutTime = time.Second

// Engine is the loop. Its methods are safe for concurrent use.
type Engine struct {
	opts      Options
	turns     turns
	log       *slog.Logger
	store     state.Store
	metrics   *metrics
	rules     *ruleBook
	performer atomic.Pointer[Performer]
	skew      skew

	boxes      *mailboxes
	leases     *leases
	timekeeper *timekeeper
	courier    *courier
	sweeper    *sweeper
	inspector  *inspector // nil for a store that nothing changes behind our back
	watch      *selfWatch
	room       *roomWatch // nil for a store that knows no bound
	// hands are the goroutines that take on work; core those that decide and commit, and outlive them.
	hands, core *crew

	mu        sync.Mutex
	phase     phase
	endIntake context.CancelFunc // nothing new is taken on
	cut       context.CancelFunc // what is in hand is cut short
	stopped   chan struct{}      // closed when Stop has done its work
	stopErr   error              // set before stopped is closed
}

type phase int

const (
	phaseNew phase = iota
	phaseRunning
	phaseStopped
)

// New makes an engine. It registers its metrics and touches nothing else; the error says what is missing.
func New(o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	t := turns{o.Scheduler}
	e := &Engine{opts: o, turns: t, log: o.Log, metrics: newMetrics(&o), boxes: newMailboxes(t, o.MaxWaiting), stopped: make(chan struct{})}
	e.store = fitted{
		Store: &measured{Store: o.Store, m: e.metrics, now: o.Now, committed: e.probed}, fit: func() error { return e.inspector.fit() },
	}
	e.performer.Store(&o.Performer)
	e.hands, e.core = newCrew(t, o.Log, e.metrics.restarted), newCrew(t, o.Log, e.metrics.restarted)
	newCollector(&o, e.store.Stats)
	e.metrics.use(o.Rules)
	e.assemble()
	tellLeased(o.Registry, e.leases)
	return e, nil
}

// assemble makes the parts and ties them together.
func (e *Engine) assemble() {
	o := &e.opts
	e.sweeper = &sweeper{turns: e.turns, bell: newBell(), list: e.store.List, set: e.Rules, look: e.lookAt, log: o.Log}
	e.rules = newRuleBook(o, e.store, e.rulesChanged)
	e.leases = &leases{turns: e.turns, store: e.store, owner: o.Owner, ttl: o.Lease, now: o.Now, log: o.Log, changed: e.nudge, self: e.rules.self, met: e.met}
	if _, shared := o.Store.(state.Roster); shared {
		e.leases.roster = &measured{Store: o.Store, m: e.metrics, now: o.Now}
	}
	e.inspector = newInspector(o, e.turns, e.store, e.metrics)
	e.room = newRoomWatch(o, e.turns, e.metrics)
	e.courier = &courier{
		turns: e.turns, store: e.store, holds: e.leases.holds, crew: e.hands, now: o.Now, concurrency: o.Concurrency, visibility: o.Visibility,
		log: o.Log, bell: newBell(), dests: map[string]*destination{},
		attempts: &attempts{
			turns: e.turns, store: e.store, performer: func() Performer { return *e.performer.Load() }, settle: e.settleAt, now: o.Now,
			storeNow: e.now, expect: e.expect, inward: probesEndHere(e, e.inward), named: namingPeople(o.Actions), timeout: o.AttemptTimeout, metrics: e.metrics, log: o.Log,
		},
	}
	e.timekeeper = &timekeeper{
		turns: e.turns, store: e.store, leases: e.leases, poll: o.Poll, now: o.Now, skew: &e.skew, look: e.lookAt, deliver: e.courier.poke,
		log: o.Log, bell: newBell(), inHand: map[string]bool{}, resting: map[string]rest{},
	}
	e.watch = newSelfWatch(e)
}

func namingPeople(specs []ifsev.ActionSpec) map[string]bool {
	named := map[string]bool{}
	for i := range specs {
		named[specs[i].Kind] = specs[i].NamesPeople()
	}
	return named
}

// nudge has the timekeeper look at what is due now.
func (e *Engine) nudge() { e.timekeeper.bell.ring() }

// expect tells the timekeeper of an instant at which something will be due.
func (e *Engine) expect(at time.Time) { e.timekeeper.expect(at) }

// Start puts the rule set in the store, and begins to decide, to keep time and to deliver. It may be called once; on an
// error nothing runs. When ctx ends the engine begins to stop as Stop makes it; Stop must be called all the same, and
// waits.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.phase != phaseNew {
		return errors.New("engine: it can be started once")
	}
	if err := e.skew.ask(ctx, e.opts.Now, e.store.Now); err != nil {
		return err
	}
	if _, _, err := e.rules.put(ctx, e.opts.Rules); err != nil {
		return err
	}
	e.metrics.reloaded(true, e.now())
	soft, endIntake := context.WithCancel(ctx)
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	e.endIntake, e.cut, e.phase = endIntake, cut, phaseRunning

	e.core.loop(hard, "mailboxes", func(ctx context.Context) {
		e.boxes.dispatch(ctx, func(box *mailbox) { e.core.run("mailbox", func() { e.serve(ctx, box) }) })
	})
	e.hands.loop(soft, "leases", e.leases.run)
	e.hands.loop(soft, "timekeeper", e.timekeeper.run)
	e.hands.loop(soft, "courier", func(ctx context.Context) { e.courier.run(ctx, hard) })
	e.hands.loop(soft, "sweeper", e.sweeper.run)
	if remover, ok := e.opts.Store.(state.Remover); ok && e.opts.Retention != nil {
		r := &retention{
			turns: e.turns, store: e.store, remover: remover, conf: e.opts.Retention, holds: e.leases.holds, now: e.now, log: e.log, metrics: &e.metrics.upkeep,
		}
		e.hands.loop(soft, "retention", r.run)
	}
	if e.inspector != nil {
		e.hands.loop(soft, "inspector", e.inspector.run)
	}
	e.watch.start(soft, e.hands)
	if e.room != nil {
		e.hands.loop(soft, "room", e.room.run)
	}
	e.log.Info("engine started", "epoch", e.Rules().Epoch, "rules", len(e.Rules().Rules), "owner", e.opts.Owner)
	return nil
}

// Rest has the engine begin nothing more by itself, no delivery and no deadline: others do, or it does after a restart.
// What it is asked is still decided, and what it has begun goes on. Stop comes next. It may be called before Start.
func (e *Engine) Rest() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.endIntake != nil {
		e.endIntake()
	}
}

// Stop ends everything: it takes nothing new, finishes what is in hand while ctx lasts (attempts, and commits that are
// waiting), then cuts what still runs, gives its leases up and returns. The error says what had to be cut. It may be
// called before Start and several times.
func (e *Engine) Stop(ctx context.Context) error {
	e.boxes.close()
	e.mu.Lock()
	before := e.phase
	e.phase = phaseStopped
	e.mu.Unlock()
	switch before {
	case phaseStopped:
		<-e.stopped
	case phaseNew:
		e.boxes.abandon(ErrStopping)
		close(e.stopped)
	case phaseRunning:
		e.stopErr = e.wind(ctx)
		close(e.stopped)
	}
	return e.stopErr
}

// wind ends what runs: softly while ctx lasts, then hard.
func (e *Engine) wind(ctx context.Context) error {
	e.endIntake()
	err := errors.Join(e.hands.wait(ctx), e.boxes.drained(ctx))
	e.cut()
	// Attempts may wait for outcomes that nobody decides any more.
	e.boxes.abandon(ErrStopping)
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutTime)
	defer cancel()
	err = errors.Join(err, e.hands.wait(rest), e.core.wait(rest))
	if err != nil {
		e.log.Error("engine stopped; what was cut short comes again", "error", err)
		return err
	}
	e.log.Info("engine stopped")
	return nil
}

// met is called with all replicas that are there: one whose rules are newer is followed at once.
func (e *Engine) met(ctx context.Context, all []state.Replica) {
	e.metrics.replicas.Set(float64(len(all)))
	e.metrics.journal.meet(all)
	for _, r := range all {
		_ = e.rules.catchUp(ctx, r.Epoch) // it says itself why it cannot, and is tried again
	}
}

// rulesChanged is called when a set has come into use.
func (e *Engine) rulesChanged() {
	e.metrics.use(e.Rules())
	e.metrics.ownRules.Set(e.rules.own())
	e.sweeper.bell.ring()
}

// Ready answers nil when the store answers, rules are loaded and every loop runs; otherwise an error that says what is
// not.
func (e *Engine) Ready(ctx context.Context) error {
	e.mu.Lock()
	running := e.phase == phaseRunning
	e.mu.Unlock()
	if !running {
		return errors.New("the engine does not run")
	}
	for _, loop := range []string{"leases", "timekeeper", "courier", "sweeper"} {
		if !e.hands.runs(loop) {
			return errors.New("the " + loop + " loop does not run")
		}
	}
	if !e.core.runs("mailboxes") {
		return errors.New("the mailboxes loop does not run")
	}
	if err := errors.Join(e.rules.fit(), e.inspector.fit()); err != nil {
		return err
	}
	// A small read: an embedded store knows the time even where it knows nothing else any more.
	_, err := e.store.Due(ctx, []ifsev.Partition{0}, 1)
	return err
}
