package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

// world is a store and the receivers around it, in virtual time; engines come and go.
type world struct {
	t     *testing.T
	store *probe
	calls *receivers
	began time.Time
}

// inWorld runs the test in a bubble whose time passes only when everybody waits.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: &probe{Store: memstate.New(time.Now)}, calls: &receivers{}, began: time.Now()}
		t.Cleanup(func() { _ = w.store.Close() })
		test(t, w)
	})
}

// running is an engine of a world.
type running struct {
	*Engine
	w        *world
	registry *prometheus.Registry
}

// start runs an engine with the rules; it is stopped when the test ends.
func (w *world) start(text string, adjust ...func(*Options)) *running {
	w.t.Helper()
	reg := prometheus.NewRegistry()
	o := Options{
		Store: w.store, Rules: w.rules(text), Performer: w.calls, Registry: reg, Owner: "test", Poll: time.Second,
		Actions: actions.Catalogue(), Sources: []string{"prom"},
	}
	for _, a := range adjust {
		a(&o)
	}
	e, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := e.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_ = e.Stop(ctx) // tests of stopping look at its answer themselves
	})
	return &running{e, w, reg}
}

func owner(name string) func(*Options) { return func(o *Options) { o.Owner = name } }

// rules loads a rule set; the text holds what stands under rules.
func (w *world) rules(text string) *rules.Set {
	w.t.Helper()
	if strings.TrimSpace(text) == "" {
		text = "  nothing:\n    if: severity == 1 and severity == 2\n    then: [{note: never}]\n"
	}
	set, problems, _ := rules.Load([]rules.Source{{Name: "test.yaml", Text: "rules:\n" + text}}, testWorld())
	if len(problems) > 0 {
		w.t.Fatalf("rules: %v", problems)
	}
	return set
}

func testWorld() rules.World {
	monday := time.Date(1999, 12, 27, 9, 0, 0, 0, time.UTC)
	return rules.World{
		Actions:     actions.Catalogue(),
		Connections: []ifsev.Connection{{Name: "status", Kind: "webhook", Host: "status.example.com"}, {Name: "slow", Kind: "webhook", Host: "slow.example.com"}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {Name: "Alice"}, "bob": {Name: "Bob"}},
			Rotations: map[string]ifsev.Rotation{"database": {People: []string{"alice", "bob"}, Start: monday, Every: ifsev.Week}},
			Roles:     []string{ifsev.RoleCommander, ifsev.RoleOwner},
		},
		Severities: ifsev.DefaultSeverities(), Zone: time.UTC, URL: "https://ifsev.example.com",
	}
}

// call is one attempt a receiver saw.
type call struct {
	ID, Action, Destination, Rule string
	Number                        int
	At                            time.Time
	Args                          ifsev.Data
	Roles                         map[string]string
}

// receivers are all receivers of a world. Do says how they answer; nil means at once and with success.
type receivers struct {
	mu   sync.Mutex
	seen []call
	do   func(ctx context.Context, c call) (ifsev.Receipt, error)
}

func (r *receivers) Perform(ctx context.Context, a actions.Attempt) (ifsev.Receipt, error) {
	c := call{
		ID: a.Delivery.ID, Action: a.Delivery.Action, Destination: a.Delivery.Destination, Rule: a.Delivery.Rule, Number: a.Number,
		At: time.Now(), Args: a.Delivery.Args, Roles: a.Roles,
	}
	r.mu.Lock()
	r.seen = append(r.seen, c)
	do := r.do
	r.mu.Unlock()
	if do == nil {
		return ifsev.Receipt{Status: 200}, nil
	}
	return do(ctx, c)
}

func (r *receivers) answer(do func(ctx context.Context, c call) (ifsev.Receipt, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.do = do
}

// all answers the attempts so far, those of one destination if it is named.
func (r *receivers) all(destination ...string) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []call
	for _, c := range r.seen {
		if len(destination) == 0 || slices.Contains(destination, c.Destination) {
			list = append(list, c)
		}
	}
	return list
}

func ok(context.Context, call) (ifsev.Receipt, error) { return ifsev.Receipt{Status: 200}, nil }

func failing(reason ifsev.FailureReason) func(context.Context, call) (ifsev.Receipt, error) {
	return func(context.Context, call) (ifsev.Receipt, error) {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: reason, Text: "it answers " + string(reason)}
	}
}

// hang waits until the attempt is ended from outside.
func hang(ctx context.Context, _ call) (ifsev.Receipt, error) {
	<-ctx.Done()
	return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonTimeout, Text: "no answer"}
}

// probe is a store that can be made slow, be cut off, or lose answers, and that counts commits.
type probe struct {
	state.Store
	mu      sync.Mutex
	slow    time.Duration
	commits int
	// before and after say what a commit answers instead of being written, or although it was.
	before, after func(state.Commit) error
	// trouble says the same of every operation.
	trouble func(operation string) (before, after error)
	// answering is called when an operation has been carried out and its answer is on the way.
	answering func(operation string)
	away      bool
}

func (p *probe) set(change func(*probe)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// meet answers what happens to an operation before and after it is carried out.
func (p *probe) meet(operation string) (before, after error) {
	p.mu.Lock()
	away, trouble := p.away, p.trouble
	p.mu.Unlock()
	if away {
		return state.ErrUnavailable, nil
	}
	if trouble != nil {
		return trouble(operation)
	}
	return nil, nil
}

func (p *probe) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	p.mu.Lock()
	slow, before, after := p.slow, p.before, p.after
	p.mu.Unlock()
	time.Sleep(slow)
	refused, lost := p.meet("commit")
	if refused == nil && before != nil {
		refused = before(c)
	}
	if refused != nil {
		return state.Result{}, refused
	}
	res, err := p.Store.Commit(ctx, c)
	if err != nil {
		return res, err
	}
	if res.Status == state.Written {
		p.set(func(p *probe) { p.commits++ })
	}
	if lost == nil && after != nil {
		lost = after(c)
	}
	if lost != nil {
		return state.Result{}, lost
	}
	return res, nil
}

// through carries an operation out with the trouble it meets.
func through[T any](p *probe, operation string, do func() (T, error)) (T, error) {
	var none T
	before, after := p.meet(operation)
	if before != nil {
		return none, before
	}
	v, err := do()
	p.mu.Lock()
	answering := p.answering
	p.mu.Unlock()
	if answering != nil {
		answering(operation)
	}
	if err == nil && after != nil {
		return none, after
	}
	return v, err
}

func (p *probe) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	return through(p, "load", func() (state.Record, error) { return p.Store.Load(ctx, ref) })
}

func (p *probe) Number(ctx context.Context, id string) (int64, error) {
	return through(p, "number", func() (int64, error) { return p.Store.Number(ctx, id) })
}

func (p *probe) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	return through(p, "due", func() (state.Due, error) { return p.Store.Due(ctx, parts, limit) })
}

func (p *probe) Claim(ctx context.Context, part ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	return through(p, "claim", func() ([]state.Claim, error) { return p.Store.Claim(ctx, part, destination, limit, visibility) })
}

func (p *probe) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	return through(p, "retry", func() (bool, error) { return p.Store.Retry(ctx, c, at, failure) })
}

func (p *probe) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) ([]state.Replica, error) {
	return through(p, "enroll", func() ([]state.Replica, error) { return p.Store.(state.Roster).Enroll(ctx, r, ttl) })
}

func (p *probe) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	return through(p, "lease", func() ([]ifsev.Partition, error) { return p.Store.Lease(ctx, owner, parts, ttl) })
}

func (p *probe) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commits
}

var alice = ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}

// declare opens an incident.
func (r *running) declare(d ifsev.Declaration) ifsev.Incident {
	r.w.t.Helper()
	if d.Title == "" {
		d.Title = "Something is wrong"
	}
	return r.must(Request{Change: ifsev.Change{Declare: &d}, Actor: alice}).Incident
}

func (r *running) must(req Request) Reply {
	r.w.t.Helper()
	reply, err := r.Submit(r.w.t.Context(), req)
	if err != nil {
		r.w.t.Fatalf("Submit: %v", err)
	}
	return reply
}

func (r *running) note(id, text string) (Reply, error) {
	return r.Submit(r.w.t.Context(), Request{Ref: state.Ref{ID: id}, Change: ifsev.Change{Note: text}, Actor: alice})
}

func (r *running) document(id string) ifsev.Document {
	r.w.t.Helper()
	doc, err := r.Incident(r.w.t.Context(), state.Ref{ID: id})
	if err != nil {
		r.w.t.Fatalf("Incident: %v", err)
	}
	return doc
}

// events answers the timeline, and checks that it is whole.
func (r *running) events(id string, kinds ...ifsev.EventType) []ifsev.Event {
	r.w.t.Helper()
	ctx := r.w.t.Context()
	head, pages, err := r.Pages(ctx, state.Ref{ID: id}, 0, 10_000)
	if err != nil {
		r.w.t.Fatalf("Pages: %v", err)
	}
	if err := state.Verify(pages, head); err != nil {
		r.w.t.Errorf("timeline: %v", err)
	}
	all, err := r.Timeline(ctx, state.Ref{ID: id}, 0, 10_000)
	if err != nil {
		r.w.t.Fatalf("Timeline: %v", err)
	}
	var list []ifsev.Event
	for i, ev := range all {
		if ev.Seq != int64(i+1) {
			r.w.t.Errorf("event %d has seq %d", i+1, ev.Seq)
		}
		if len(kinds) == 0 || slices.Contains(kinds, ev.Type) {
			list = append(list, ev)
		}
	}
	return list
}

// pass lets time pass, and everything that is due then happen.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// crash makes the engine disappear as a killed process would: it writes nothing any more and holds its claims and
// leases. Engines that share its probe are cut off with it.
func (r *running) crash() {
	r.w.t.Helper()
	p, ok := r.opts.Store.(*probe)
	if !ok {
		r.w.t.Fatal("the engine has no probe")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.set(func(p *probe) { p.away = true })
	_ = r.Stop(ctx) // it always says that something was cut
	synctest.Wait()
	p.set(func(p *probe) { p.away = p != r.w.store })
}

func within(t *testing.T, what string, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s after %s, want %s to %s", what, got, low, high)
	}
}

func types(events []ifsev.Event) string {
	var names []string
	for _, ev := range events {
		names = append(names, string(ev.Type))
	}
	return strings.Join(names, " ")
}

func sev(n ifsev.Severity) *ifsev.Severity { return &n }

func status(s ifsev.Status) *ifsev.Status { return &s }
