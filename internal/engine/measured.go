package engine

import (
	"context"
	"errors"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// operations are the names under which the store is measured.
func operations() []string {
	return []string{
		"load", "commit", "number", "list", "timeline", "verdicts", "due", "claim", "retry", "lease", "enroll", "deliveries", "revive",
		"drop", "put_rule_set", "rule_set", "now", "stats",
	}
}

// measured is a store whose operations are timed and whose failures are counted.
type measured struct {
	state.Store
	m   *metrics
	now func() time.Time
	// committed is told of every commit that was written; nil for nobody.
	committed func(c *state.Commit, began, done time.Time)
}

// time is called at the beginning of an operation, and what it answers at the end.
func (s *measured) time(operation string) func(*error) {
	began := s.now()
	return func(err *error) {
		s.m.storeSeconds.WithLabelValues(operation).Observe(s.now().Sub(began).Seconds())
		if *err != nil && !errors.Is(*err, state.ErrNotFound) && !errors.Is(*err, context.Canceled) {
			s.m.storeErrors.WithLabelValues(operation).Inc()
		}
	}
}

// Load implements state.Incidents.
func (s *measured) Load(ctx context.Context, ref state.Ref) (r state.Record, err error) {
	defer s.time("load")(&err)
	return s.Store.Load(ctx, ref)
}

// Commit implements state.Incidents.
func (s *measured) Commit(ctx context.Context, c state.Commit) (r state.Result, err error) {
	defer s.time("commit")(&err)
	began := s.now()
	r, err = s.Store.Commit(ctx, c)
	if err == nil && r.Status == state.Written && s.committed != nil {
		s.committed(&c, began, s.now())
	}
	return r, err
}

// Number implements state.Incidents.
func (s *measured) Number(ctx context.Context, id string) (n int64, err error) {
	defer s.time("number")(&err)
	return s.Store.Number(ctx, id)
}

// List implements state.Incidents.
func (s *measured) List(ctx context.Context, q state.Query) (l []state.Summary, err error) {
	defer s.time("list")(&err)
	return s.Store.List(ctx, q)
}

// Timeline implements state.Incidents.
func (s *measured) Timeline(ctx context.Context, id string, after int64, limit int) (p []state.Page, err error) {
	defer s.time("timeline")(&err)
	return s.Store.Timeline(ctx, id, after, limit)
}

// Verdicts implements state.Incidents.
func (s *measured) Verdicts(ctx context.Context, id string) (v map[string][]byte, err error) {
	defer s.time("verdicts")(&err)
	return s.Store.Verdicts(ctx, id)
}

// Due implements state.Queue.
func (s *measured) Due(ctx context.Context, parts []ifsev.Partition, limit int) (d state.Due, err error) {
	defer s.time("due")(&err)
	return s.Store.Due(ctx, parts, limit)
}

// Claim implements state.Queue.
func (s *measured) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) (c []state.Claim, err error) {
	defer s.time("claim")(&err)
	return s.Store.Claim(ctx, p, destination, limit, visibility)
}

// Retry implements state.Queue.
func (s *measured) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (ok bool, err error) {
	defer s.time("retry")(&err)
	return s.Store.Retry(ctx, c, at, failure)
}

// Lease implements state.Queue.
func (s *measured) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) (p []ifsev.Partition, err error) {
	defer s.time("lease")(&err)
	return s.Store.Lease(ctx, owner, parts, ttl)
}

// Deliveries implements state.Outbox.
func (s *measured) Deliveries(ctx context.Context, q state.DeliveryQuery) (l []state.Letter, err error) {
	defer s.time("deliveries")(&err)
	return s.Store.Deliveries(ctx, q)
}

// Revive implements state.Outbox.
func (s *measured) Revive(ctx context.Context, id string, p ifsev.Partition) (err error) {
	defer s.time("revive")(&err)
	return s.Store.Revive(ctx, id, p)
}

// Drop implements state.Outbox.
func (s *measured) Drop(ctx context.Context, id string, p ifsev.Partition) (err error) {
	defer s.time("drop")(&err)
	return s.Store.Drop(ctx, id, p)
}

// PutRuleSet implements state.RuleSets.
func (s *measured) PutRuleSet(ctx context.Context, hash string, body []byte) (e int64, err error) {
	defer s.time("put_rule_set")(&err)
	return s.Store.PutRuleSet(ctx, hash, body)
}

// RuleSet implements state.RuleSets.
func (s *measured) RuleSet(ctx context.Context, epoch int64) (r state.RuleSet, err error) {
	defer s.time("rule_set")(&err)
	return s.Store.RuleSet(ctx, epoch)
}

// Now implements state.Store.
func (s *measured) Now(ctx context.Context) (t time.Time, err error) {
	defer s.time("now")(&err)
	return s.Store.Now(ctx)
}

// Stats implements state.Store.
func (s *measured) Stats(ctx context.Context) (st state.Stats, err error) {
	defer s.time("stats")(&err)
	return s.Store.Stats(ctx)
}

var _ state.Store = (*measured)(nil)
