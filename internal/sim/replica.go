package sim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/state"
)

// replica is one process: an engine, its way to the store, its clock and the rule files it was started with. When it
// crashes all of that is gone but the files.
type replica struct {
	w      *world
	name   string
	starts int
	owner  string
	lease  time.Duration
	set    int
	engine *engine.Engine
	port   *port
	cancel context.CancelFunc
	// up means that requests can be sent to it.
	up bool
	// ending means that the engine has been told to stop, which may take a while.
	ending bool
}

// start starts the process until it comes up.
func (r *replica) start() {
	for !r.w.stopping {
		err := r.boot()
		if err == nil {
			r.up = true
			return
		}
		r.w.s.tell(r.name, "does not start: %v", err)
		r.kill()
		r.w.s.sleep(time.Second)
	}
}

func (r *replica) boot() error {
	w := r.w
	r.starts++
	r.ending = false
	skew := time.Duration(0)
	if w.s.one(600) {
		skew = w.s.between(-2*time.Minute, 2*time.Minute)
	}
	clock := func() time.Time { return time.Now().Add(skew) }
	r.port = &port{Store: w.store, w: w, who: r.name, clock: clock}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.owner, r.lease = r.name, w.s.between(10*time.Second, time.Minute) // the same owner again after a crash, or not
	if w.s.one(300) {
		r.owner = fmt.Sprintf("%s%d", r.name, r.starts)
	}
	var err error
	var store state.Store = r.port
	if w.roster {
		store = shared{r.port}
	}
	r.engine, err = engine.New(engine.Options{
		Store: store, Rules: w.sets[r.set], Performer: newReceivers(w, r.port), LoadSet: loadKept, Owner: r.owner,
		NewID: w.newID, Now: clock, Scheduler: w.s, Actions: used(),
		Poll: w.s.between(time.Second, 20*time.Second), Lease: r.lease,
		Concurrency: 1 + w.s.rand.IntN(4),
	})
	if err != nil {
		panic(err) // the simulation itself is wrong
	}
	w.s.tell(r.name, "starts, its clock is off by %s, rules %d", skew, r.set)
	return r.engine.Start(ctx)
}

// used are the actions that the rules use: a series for each of the others would take longer than the world.
var used = sync.OnceValue(func() []ifsev.ActionSpec {
	return slices.DeleteFunc(actions.Catalogue(), func(a ifsev.ActionSpec) bool { return a.Kind != "page" && a.Kind != "webhook" })
})

// crash ends the process between two steps: nothing of it is left but what is in the store.
func (r *replica) crash() {
	r.w.s.tell(r.name, "crashes")
	r.w.out.Count.Crashes++
	r.kill()
}

// kill cuts the replica off from everything, and has its coroutines return.
func (r *replica) kill() {
	r.up, r.port.dead = false, true
	r.cancel()
	if e := r.engine; !r.ending {
		r.ending = true
		r.w.s.Go(r.name+" dies", func() { _ = e.Stop(over()) })
	}
}

// stop ends the process as a deployment does.
func (r *replica) stop() {
	r.w.s.tell(r.name, "stops")
	r.up, r.ending = false, true
	ctx, cancel := context.WithTimeout(context.Background(), r.w.s.between(time.Second, 20*time.Second))
	defer cancel()
	err := r.engine.Stop(ctx)
	r.w.s.tell(r.name, "stopped: %v", err)
	r.port.dead = true
	r.cancel()
}

// use has the replica use a rule set; it may find out by itself that there is a newer one.
func (r *replica) use(set int) {
	if !r.up {
		return
	}
	r.set = set
	r.w.out.Count.Reloads++
	for !r.w.stopping {
		plan, err := r.engine.Use(context.Background(), r.w.sets[set], nil)
		r.w.s.tell(r.name, "uses rules %d as epoch %d: %v", set, plan.Epoch, err)
		if err == nil || r.w.healed.IsZero() && r.w.trouble.before+r.w.trouble.after > 0 {
			return
		}
		r.w.s.sleep(time.Second)
	}
}
