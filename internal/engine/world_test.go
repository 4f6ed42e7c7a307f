package engine

import (
	"context"
	"errors"
	"fmt"
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
	away          bool
}

func (p *probe) set(change func(*probe)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *probe) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	p.mu.Lock()
	slow, before, after, away := p.slow, p.before, p.after, p.away
	p.mu.Unlock()
	time.Sleep(slow)
	if away {
		return state.Result{}, state.ErrUnavailable
	}
	if before != nil {
		if err := before(c); err != nil {
			return state.Result{}, err
		}
	}
	res, err := p.Store.Commit(ctx, c)
	p.mu.Lock()
	if err == nil && res.Status == state.Written {
		p.commits++
	}
	p.mu.Unlock()
	if after != nil && err == nil {
		if err := after(c); err != nil {
			return state.Result{}, err
		}
	}
	return res, err
}

func (p *probe) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	if p.isAway() {
		return state.Record{}, state.ErrUnavailable
	}
	return p.Store.Load(ctx, ref)
}

func (p *probe) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	if p.isAway() {
		return state.Due{}, state.ErrUnavailable
	}
	return p.Store.Due(ctx, parts, limit)
}

func (p *probe) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	if p.isAway() {
		return false, state.ErrUnavailable
	}
	return p.Store.Retry(ctx, c, at, failure)
}

func (p *probe) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	if p.isAway() {
		return nil, state.ErrUnavailable
	}
	return p.Store.Lease(ctx, owner, parts, ttl)
}

func (p *probe) isAway() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
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
// leases.
func (r *running) crash() {
	r.w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.w.store.set(func(p *probe) { p.away = true })
	if err := r.Stop(ctx); errors.Is(err, state.ErrUnavailable) {
		r.w.t.Logf("crash: %v", err)
	}
	synctest.Wait()
	r.w.store.set(func(p *probe) { p.away = false })
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

func errText(err error) string { return fmt.Sprint(err) }
