package statetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// player makes the same random steps on a store and on the reference, and compares the answers.
type player struct {
	ctx context.Context //nolint:containedctx // the test's, needed in every step
	w   *world
	ref *reference
	// What the steps are about: few of each, so that they meet.
	ids          []string
	keys         map[string]string // of each incident; some share one
	parts        []ifsev.Partition
	destinations []string
	// What was handed out and done before.
	claims  []state.Claim
	commits []state.Commit
	serial  int
	began   time.Time
}

func newPlayer(t *testing.T, rt *rapid.T, w *world) *player {
	t.Helper()
	p := &player{
		ctx: t.Context(), w: w, keys: map[string]string{}, destinations: []string{"webhook:a", "webhook:a:b", "{page}:<&>"},
	}
	p.began = p.now(rt)
	p.ref = newReference(p.began)
	for _, key := range []string{"prom:{disk}", "prom:{disk}", "slow & steady", "übel", "übel"} {
		part := ifsev.PartitionOfKey(key)
		id := w.newID(part)
		p.ids, p.keys[id] = append(p.ids, id), key
		if !slices.Contains(p.parts, part) {
			p.parts = append(p.parts, part)
		}
	}
	return p
}

func (p *player) now(rt *rapid.T) time.Time {
	now, err := p.w.Now(p.ctx)
	p.fine(rt, "Now", err)
	return now.Truncate(time.Millisecond)
}

func (p *player) fine(rt *rapid.T, what string, err error) {
	if err != nil {
		rt.Fatalf("%s: %v", what, err)
	}
}

// steps are the things that can be done, each under its name; what should happen more often has several.
func (p *player) steps() map[string]func(*rapid.T) {
	steps := map[string]func(*rapid.T){
		"commit": p.commit, "commit too": p.commit, "commit more": p.commit, "record": p.recordOnly, "redo": p.redo,
		"claim": p.claim, "claim more": p.claim, "retry": p.retry, "settle": p.settle, "settle more": p.settle,
		"revive": p.revive, "drop": p.drop, "lease": p.lease, "number": p.number, "put rules": p.putRules, "look": p.look,
	}
	if !p.w.suite.real {
		steps["wait"] = p.wait
	}
	for name, step := range steps {
		steps[name] = func(rt *rapid.T) {
			p.ref.now = p.now(rt)
			step(rt)
		}
	}
	return steps
}

func (p *player) wait(rt *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Millisecond, 5 * time.Second, time.Minute, 10 * time.Minute}).Draw(rt, "wait")
	p.w.clock.Advance(d)
}

// instant draws one in the past, soon or in hours; with a real clock nothing comes due by itself.
func (p *player) instant(rt *rapid.T, label string) time.Time {
	offsets := []time.Duration{-long, -time.Minute, -time.Second, 5 * time.Second, time.Minute, long}
	if p.w.suite.real {
		offsets = []time.Duration{-long, -time.Minute, -time.Second, long, 2 * long}
	}
	return p.ref.now.Add(rapid.SampledFrom(offsets).Draw(rt, label))
}

func (p *player) number(rt *rapid.T) {
	id := rapid.SampledFrom(p.ids[1:]).Draw(rt, "incident") // what is not listed takes no number
	got, err := p.w.Number(p.ctx, id)
	p.fine(rt, "Number", err)
	if want := p.ref.number(id); got != want {
		rt.Fatalf("Number of %s: %d, want %d", id, got, want)
	}
}

func (p *player) claim(rt *rapid.T) {
	part, destination := rapid.SampledFrom(p.parts).Draw(rt, "partition"), rapid.SampledFrom(p.destinations).Draw(rt, "destination")
	limit := rapid.IntRange(1, 3).Draw(rt, "limit")
	visibility := long
	if !p.w.suite.real {
		visibility = rapid.SampledFrom([]time.Duration{10 * time.Second, long}).Draw(rt, "visibility")
	}
	ready := p.ref.ready(part, destination)
	got, err := p.w.Claim(p.ctx, part, destination, limit, visibility)
	p.fine(rt, "Claim", err)
	if len(got) != min(limit, len(ready)) {
		rt.Fatalf("claimed %s of %d that are due, limit %d", claimIDs(got), len(ready), limit)
	}
	for _, c := range got {
		n := slices.IndexFunc(ready, func(d *refDelivery) bool { return d.ID == c.ID })
		if n < 0 {
			rt.Fatalf("claimed %s#%d, which is not due", c.ID, c.Attempt)
		}
		d := ready[n]
		ready = slices.Delete(ready, n, n+1) // each once
		d.attempts++
		d.claimed, d.next = true, p.ref.now.Add(visibility)
		want := state.Claim{Partition: part, Destination: destination, Incident: d.lane.incident, ID: d.ID, Attempt: d.attempts, Body: d.Body}
		p.same(rt, "claim", want, c)
	}
	p.claims = append(p.claims, got...)
}

func (p *player) drawClaim(rt *rapid.T) (state.Claim, bool) {
	if len(p.claims) == 0 {
		return state.Claim{}, false
	}
	// Counted from the newest, which is the simplest and the likeliest to hold.
	back := rapid.IntRange(0, min(len(p.claims), 6)-1).Draw(rt, "claim, from the last")
	c := p.claims[len(p.claims)-1-back]
	if rapid.IntRange(0, 9).Draw(rt, "spoil the attempt") == 9 {
		c.Attempt++
	}
	return c, true
}

func (p *player) retry(rt *rapid.T) {
	c, ok := p.drawClaim(rt)
	if !ok {
		return
	}
	at := p.instant(rt, "again at")
	got, err := p.w.Retry(p.ctx, c, at, "failed with <&>")
	p.fine(rt, "Retry", err)
	if want := p.ref.retry(c, at, "failed with <&>"); got != want {
		rt.Fatalf("Retry of %s#%d: %t, want %t", c.ID, c.Attempt, got, want)
	}
}

func (p *player) revive(rt *rapid.T) {
	id, part := p.drawDelivery(rt)
	p.found(rt, "Revive", p.w.Revive(p.ctx, id, part), p.ref.revive(id, part))
}

func (p *player) drop(rt *rapid.T) {
	id, part := p.drawDelivery(rt)
	p.found(rt, "Drop", p.w.Drop(p.ctx, id, part), p.ref.takeDead(id, part) != nil)
}

func (p *player) found(rt *rapid.T, what string, err error, want bool) {
	if want && err != nil || !want && !errors.Is(err, state.ErrNotFound) {
		rt.Fatalf("%s: %v, found should be %t", what, err, want)
	}
}

// drawDelivery draws any delivery, likelier a dead one.
func (p *player) drawDelivery(rt *rapid.T) (string, ifsev.Partition) {
	all := p.ref.deliveries(state.DeliveryQuery{Dead: rapid.Bool().Draw(rt, "dead"), Limit: 1000})
	if len(all) == 0 {
		return "none", p.parts[0]
	}
	d := rapid.SampledFrom(all).Draw(rt, "delivery")
	return d.ID, d.lane.p
}

func (p *player) lease(rt *rapid.T) {
	owner := rapid.SampledFrom([]string{"ann", "bob"}).Draw(rt, "owner")
	ttl := rapid.SampledFrom([]time.Duration{long, 0}).Draw(rt, "ttl")
	got, err := p.w.Lease(p.ctx, owner, p.parts, ttl)
	p.fine(rt, "Lease", err)
	slices.Sort(got)
	if want := p.ref.lease(owner, p.parts, ttl); !slices.Equal(got, want) {
		rt.Fatalf("Lease of %s: %v, want %v", owner, got, want)
	}
}

func (p *player) putRules(rt *rapid.T) {
	hash := rapid.SampledFrom([]string{"h1", "h2", "h3"}).Draw(rt, "hash")
	got, err := p.w.PutRuleSet(p.ctx, hash, []byte("rules "+hash))
	p.fine(rt, "PutRuleSet", err)
	if want := p.ref.putRuleSet(hash, []byte("rules "+hash)); got != want {
		rt.Fatalf("PutRuleSet: epoch %d, want %d", got, want)
	}
	for epoch := range int64(len(p.ref.rulesets)) + 1 {
		want := p.ref.rulesets[max(epoch, 1)-1]
		if epoch == 0 {
			want = p.ref.rulesets[len(p.ref.rulesets)-1]
		}
		set, err := p.w.RuleSet(p.ctx, epoch)
		p.fine(rt, "RuleSet", err)
		p.same(rt, fmt.Sprint("rule set ", epoch), want, set)
	}
}

// redo does a commit again as it was, as after an error of unknown outcome.
func (p *player) redo(rt *rapid.T) {
	if len(p.commits) == 0 {
		return
	}
	back := rapid.IntRange(0, min(len(p.commits), 8)-1).Draw(rt, "commit, from the last")
	p.do(rt, p.commits[len(p.commits)-1-back])
}

// do hands the commit to both and compares what they answer.
func (p *player) do(rt *rapid.T, c state.Commit) {
	c.Verdicts = maps.Clone(c.Verdicts)
	got, err := p.w.Commit(p.ctx, c)
	p.fine(rt, "Commit", err)
	want := p.ref.commit(c)
	if got.Status != want.Status {
		rt.Fatalf("Commit: %s, want %s", got.Status, want.Status)
	}
	if want.Status == state.Conflict {
		p.same(rt, "conflict's record", want.Record, got.Record)
	}
	p.same(rt, "duplicates", want.Duplicates, got.Duplicates)
	if got.Bound != want.Bound || got.Epoch != want.Epoch {
		rt.Fatalf("Commit answers %+v, want %+v", got, want)
	}
}
