package sim

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// spoiled is a store that breaks one of its promises.
type spoiled struct {
	state.Store
	commit func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error)
	claim  func(visibility time.Duration) time.Duration
	retry  func(at time.Time) time.Time
	due    func(*state.Due)
	number func(int64) int64
}

type commitFunc func(context.Context, state.Commit) (state.Result, error)

func (s *spoiled) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	if s.commit == nil || c.Expect == "none" { // a commit that only asks
		return s.Store.Commit(ctx, c)
	}
	return s.commit(ctx, c, s.Store.Commit)
}

func (s *spoiled) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	if s.claim != nil {
		visibility = s.claim(visibility)
	}
	return s.Store.Claim(ctx, p, destination, limit, visibility)
}

func (s *spoiled) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	if s.retry != nil {
		at = s.retry(at)
	}
	return s.Store.Retry(ctx, c, at, failure)
}

func (s *spoiled) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	d, err := s.Store.Due(ctx, parts, limit)
	if s.due != nil {
		s.due(&d)
	}
	return d, err
}

func (s *spoiled) Number(ctx context.Context, id string) (int64, error) {
	n, err := s.Store.Number(ctx, id)
	if s.number != nil {
		n = s.number(n)
	}
	return n, err
}

// changed is a commit that is written otherwise than it was asked for.
func changed(change func(*state.Commit)) func(*spoiled, func(int64) int64) {
	return func(s *spoiled, _ func(int64) int64) {
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			change(&c)
			return do(ctx, c)
		}
	}
}

// mutants are stores that break one promise each, seldom or always.
var mutants = map[string]func(s *spoiled, rand func(int64) int64){
	"inbound ids are not kept":   changed(func(c *state.Commit) { c.Marks = nil }),
	"the epoch is not looked at": changed(func(c *state.Commit) { c.Epoch = 0 }),
	"keys are not bound":         changed(func(c *state.Commit) { c.Key, c.Bound = "", "" }),
	"the claim is not settled":   changed(func(c *state.Commit) { c.Settle = nil }),
	"a wake is not written":      changed(func(c *state.Commit) { c.Wake = time.Time{} }),
	"a wake is written late": changed(func(c *state.Commit) {
		if !c.Wake.IsZero() {
			c.Wake = c.Wake.Add(20 * time.Second)
		}
	}),
	"a wake is written early": changed(func(c *state.Commit) {
		if !c.Wake.IsZero() {
			c.Wake = c.Wake.Add(-5 * time.Second)
		}
	}),
	"the dead are dropped": changed(func(c *state.Commit) {
		if c.Settle != nil {
			s := *c.Settle
			s.Dead = false
			c.Settle = &s
		}
	}),
	"the last delivery of several gets lost": changed(func(c *state.Commit) {
		if n := len(c.Outbox); n > 1 {
			c.Outbox = c.Outbox[:n-1]
		}
	}),
	"the last of many events gets lost": changed(func(c *state.Commit) {
		if n := len(c.Entries); n > 4 {
			c.Entries = c.Entries[:n-1]
		}
	}),
	"one commit in fifty is not written": func(s *spoiled, rand func(int64) int64) {
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			if rand(50) == 0 {
				return state.Result{}, nil
			}
			return do(ctx, c)
		}
	},
	"the revision is not looked at": func(s *spoiled, _ func(int64) int64) {
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			res, err := do(ctx, c)
			if err == nil && res.Status == state.Conflict && res.Record.Rev != "" {
				c.Expect = res.Record.Rev
				c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
				return do(ctx, c)
			}
			return res, err
		}
	},
	"a claim that is over still settles": func(s *spoiled, _ func(int64) int64) {
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			res, err := do(ctx, c)
			if err == nil && res.Status == state.Stale {
				c.Settle = nil
				return do(ctx, c)
			}
			return res, err
		}
	},
	"the settlement is written before the rest, which may not come": func(s *spoiled, rand func(int64) int64) {
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			if c.Settle == nil || rand(4) > 0 {
				return do(ctx, c)
			}
			rec, err := s.Load(ctx, state.Ref{ID: c.ID})
			if err != nil || rec.Rev != c.Expect {
				return do(ctx, c)
			}
			alone := state.Commit{ID: c.ID, Expect: rec.Rev, Next: state.NextRev(rec.Rev, rec.Doc, nil), Doc: rec.Doc, Summary: c.Summary, Wake: c.Wake, Settle: c.Settle}
			if res, err := do(ctx, alone); err != nil || res.Status != state.Written {
				return res, err
			}
			return state.Result{}, state.ErrUnavailable
		}
	},
	"claims end at once": func(s *spoiled, _ func(int64) int64) {
		s.claim = func(time.Duration) time.Duration { return time.Second }
	},
	"a retry is due at once": func(s *spoiled, _ func(int64) int64) {
		s.retry = func(at time.Time) time.Time { return at.Add(-time.Minute) }
	},
	"one wake is not told": func(s *spoiled, _ func(int64) int64) {
		s.due = func(d *state.Due) { d.Wakes = d.Wakes[:max(0, len(d.Wakes)-1)] }
	},
	"one destination is not told": func(s *spoiled, _ func(int64) int64) {
		s.due = func(d *state.Due) { d.Destinations = d.Destinations[:max(0, len(d.Destinations)-1)] }
	},
	"numbers come again": func(s *spoiled, _ func(int64) int64) {
		s.number = func(n int64) int64 { return 1 + n/2 }
	},
}

// within has what is committed of some group changed, of each so often; before is the group as it was before.
func within(kind ifsev.GroupKind, often int64, change func(g, before *ifsev.Group) bool) func(*spoiled, func(int64) int64) {
	return func(s *spoiled, rand func(int64) int64) {
		last := map[string]ifsev.Group{}
		s.commit = func(ctx context.Context, c state.Commit, do commitFunc) (state.Result, error) {
			var doc ifsev.Document
			if c.Listed() || json.Unmarshal(c.Doc, &doc) != nil || doc.Group == nil || doc.Group.Kind != kind {
				return do(ctx, c)
			}
			before := last[c.ID]
			if rand(often) == 0 && change(doc.Group, &before) {
				doc.Wake = doc.Group.Wake()
				c.Wake = rules.WakeAt(doc.Wake)
				c.Doc, _ = json.Marshal(&doc)
				c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
			}
			res, err := do(ctx, c)
			if err == nil && res.Status == state.Written {
				last[c.ID] = *doc.Group
			}
			return res, err
		}
	}
}

// lost has deliveries of one action get lost on the way into the outbox.
func lost(action string) func(*spoiled, func(int64) int64) {
	return changed(func(c *state.Commit) {
		c.Outbox = slices.DeleteFunc(slices.Clone(c.Outbox), func(o state.OutboxItem) bool { return o.Action == action })
	})
}

// inwardMutants break what is promised of rules across incidents.
var inwardMutants = map[string]func(s *spoiled, rand func(int64) int64){
	"a join is counted twice": within(ifsev.GroupWindow, 1, func(g, _ *ifsev.Group) bool {
		if len(g.Members) == 0 {
			return false
		}
		g.Members = append(g.Members, g.Members[len(g.Members)-1])
		return true
	}),
	"a join is counted and forgotten": within(ifsev.GroupWindow, 2, func(g, before *ifsev.Group) bool {
		forgot := len(g.Members) > len(before.Members)
		g.Members = before.Members
		return forgot
	}),
	"a window forgets that it was told": within(ifsev.GroupWindow, 1, func(g, _ *ifsev.Group) bool {
		for i := range g.Members {
			g.Members[i].Told = false
		}
		return true
	}),
	"a window is told too early": within(ifsev.GroupWindow, 1, func(g, _ *ifsev.Group) bool {
		for i := range g.Members {
			g.Members[i].Told = true
		}
		return true
	}),
	"a budget forgets what it granted": within(ifsev.GroupBudget, 2, func(g, before *ifsev.Group) bool {
		forgot := len(g.Members) > len(before.Members)
		g.Members = before.Members
		return forgot
	}),
	"a budget forgets what it held back": within(ifsev.GroupBudget, 2, func(g, before *ifsev.Group) bool {
		forgot := g.HeldCount > before.HeldCount
		g.Held, g.HeldCount = before.Held, before.HeldCount
		return forgot
	}),
	"a digest is told and kept": within(ifsev.GroupBudget, 1, func(g, before *ifsev.Group) bool {
		told := g.HeldCount < before.HeldCount
		if told {
			g.Held, g.HeldCount = before.Held, before.HeldCount
		}
		return told
	}),
	"a roll is told and goes on": within(ifsev.GroupRoll, 1, func(g, _ *ifsev.Group) bool {
		told := g.Told
		g.Told = false
		return told
	}),
	"joins get lost":    lost(ifsev.ActionJoin),
	"spends get lost":   lost(ifsev.ActionSpend),
	"tells get lost":    lost(ifsev.ActionTell),
	"mirrors get lost":  lost(ifsev.ActionRelate),
	"declares get lost": lost(ifsev.ActionDeclare),
	"what came from within is not remembered": changed(func(c *state.Commit) {
		c.Marks = slices.DeleteFunc(slices.Clone(c.Marks), func(m state.Mark) bool { return strings.HasPrefix(m.ID, "in:") })
	}),
	"what is for within is given up": changed(func(c *state.Commit) {
		if c.Settle != nil && c.Settle.Claim.Destination == ifsev.DestinationInward {
			s := *c.Settle
			s.Dead, s.Failure = true, "no"
			c.Settle = &s
		}
	}),
}

// What a store may get wrong is found, each within so many seeds.
func TestTheSimulationFindsWhatAStoreGetsWrong(t *testing.T) {
	if raced {
		t.Skip("the race detector has nothing to find here; make sim runs it without")
	}
	t.Parallel()
	const within = 500
	all := maps.Clone(mutants)
	maps.Copy(all, inwardMutants)
	for name, spoil := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrap := func(inner state.Store, rand func(int64) int64) state.Store {
				s := &spoiled{Store: inner}
				spoil(s, rand)
				return s
			}
			for seed := range uint64(within) {
				if r := simulate(t, seed, Options{Wrap: wrap}); len(r.Violations) > 0 {
					t.Logf("seed %d: %.200s", seed, r.Violations[0])
					return
				}
			}
			t.Errorf("not found within %d seeds", within)
		})
	}
}
