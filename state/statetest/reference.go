package statetest

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// reference is the plainest store that keeps the promises of a Store: maps, slices and loops over them. It shares no
// code with any backend. Marks, time zones and limits that only real stores have are left out.
type reference struct {
	now       time.Time
	incidents map[string]*refIncident
	bound     map[string]string
	numbers   map[string]int64
	marks     map[refMark]state.Taken
	lanes     []*refLane
	dead      []*refDelivery
	epochs    map[ifsev.Partition]int64
	leases    map[ifsev.Partition]refLease
	rulesets  []state.RuleSet
}

type refIncident struct {
	rec      state.Record
	pages    []state.Page
	verdicts map[string][]byte
	summary  state.Summary
	wake     time.Time
}

type refMark struct {
	p  ifsev.Partition
	id string
}

type refLane struct {
	p                     ifsev.Partition
	destination, incident string
	queue                 []*refDelivery
}

type refDelivery struct {
	state.OutboxItem
	lane     *refLane
	next     time.Time
	attempts int
	claimed  bool
	failure  string
	// revived ones may or may not remember their failure.
	revived bool
}

type refLease struct {
	owner   string
	expires time.Time
}

func newReference(now time.Time) *reference {
	return &reference{
		now: now, incidents: map[string]*refIncident{}, bound: map[string]string{}, numbers: map[string]int64{},
		marks: map[refMark]state.Taken{}, epochs: map[ifsev.Partition]int64{}, leases: map[ifsev.Partition]refLease{},
	}
}

func partitionOf(c state.Commit) ifsev.Partition {
	p, err := ifsev.PartitionOfID(c.ID)
	if err != nil {
		return c.Partition
	}
	return p
}

func (r *reference) record(id string) state.Record {
	if i := r.incidents[id]; i != nil {
		return i.rec
	}
	return state.Record{}
}

func (r *reference) number(id string) int64 {
	if r.numbers[id] == 0 {
		r.numbers[id] = int64(len(r.numbers)) + 1
	}
	return r.numbers[id]
}

// commit answers what the store should, having done it.
func (r *reference) commit(c state.Commit) state.Result {
	p := partitionOf(c)
	taken := map[string]state.Taken{}
	for _, m := range c.Marks {
		if by, ok := r.marks[refMark{p, m.ID}]; ok {
			taken[m.ID] = by
		}
	}
	switch {
	case len(taken) > 0:
		return state.Result{Status: state.Duplicate, Duplicates: taken}
	case c.ID == "":
	case r.record(c.ID).Rev != c.Expect:
		return state.Result{Status: state.Conflict, Record: r.record(c.ID)}
	case c.Key != "" && (r.bound[c.Key] != c.Bound || c.BoundRev != "" && r.record(c.Bound).Rev != c.BoundRev):
		return state.Result{Status: state.KeyTaken, Bound: r.bound[c.Key]}
	case c.Settle != nil && r.held(c.Settle.Claim) == nil:
		return state.Result{Status: state.Stale}
	case c.Epoch != 0 && c.Epoch < r.epochs[p]:
		return state.Result{Status: state.OldEpoch, Epoch: r.epochs[p]}
	default:
		r.write(p, c)
	}
	for _, m := range c.Marks {
		r.marks[refMark{p, m.ID}] = state.Taken{Incident: c.ID, Sum: m.Sum}
	}
	return state.Result{}
}

func (r *reference) write(p ifsev.Partition, c state.Commit) {
	for _, item := range c.Outbox {
		r.enqueue(r.lane(p, item.Destination, c.ID), &refDelivery{OutboxItem: item, next: item.Due})
	}
	if c.Settle != nil {
		r.settle(*c.Settle)
	}
	i := r.incidents[c.ID]
	if i == nil {
		i = &refIncident{verdicts: map[string][]byte{}}
		r.incidents[c.ID] = i
	}
	i.rec = state.Record{ID: c.ID, Rev: c.Next, Doc: c.Doc}
	if c.Listed() {
		i.pages = append(i.pages, state.Page{Rev: c.Next, DocSum: c.Sum(), Entries: c.Entries})
	}
	i.summary, i.wake = c.Summary, c.Wake
	for rule, verdict := range c.Verdicts {
		i.verdicts[rule] = verdict
	}
	if c.Key != "" {
		r.bound[c.Key] = c.ID
	}
	r.epochs[p] = max(r.epochs[p], c.Epoch)
}

func (r *reference) lane(p ifsev.Partition, destination, incident string) *refLane {
	for _, l := range r.lanes {
		if l.p == p && l.destination == destination && l.incident == incident {
			return l
		}
	}
	l := &refLane{p: p, destination: destination, incident: incident}
	r.lanes = append(r.lanes, l)
	return l
}

func (r *reference) enqueue(l *refLane, d *refDelivery) {
	for _, other := range l.queue {
		if other.ID == d.ID {
			return
		}
	}
	d.lane = l
	l.queue = append(l.queue, d)
}

// held answers the delivery that the claim holds, or nil.
func (r *reference) held(c state.Claim) *refDelivery {
	l := r.lane(c.Partition, c.Destination, c.Incident)
	if len(l.queue) == 0 || l.queue[0].ID != c.ID || c.Attempt < 1 || l.queue[0].attempts != c.Attempt {
		return nil
	}
	return l.queue[0]
}

func (r *reference) settle(s state.Settlement) {
	d := r.held(s.Claim)
	d.lane.queue = d.lane.queue[1:]
	if s.Dead {
		d.failure, d.revived = s.Failure, false
		r.dead = append(r.dead, d)
	}
}

// ready answers the heads of the destination's lanes that are due.
func (r *reference) ready(p ifsev.Partition, destination string) []*refDelivery {
	var due []*refDelivery
	for _, l := range r.lanes {
		if l.p == p && l.destination == destination && len(l.queue) > 0 && !l.queue[0].next.After(r.now) {
			due = append(due, l.queue[0])
		}
	}
	return due
}

func (r *reference) retry(c state.Claim, at time.Time, failure string) bool {
	d := r.held(c)
	if d == nil {
		return false
	}
	d.claimed, d.next, d.failure, d.revived = false, at, failure, false
	return true
}

// takeDead takes a delivery off the dead list, nil if it is not there.
func (r *reference) takeDead(id string, p ifsev.Partition) *refDelivery {
	for n, d := range r.dead {
		if d.ID == id && d.lane.p == p {
			r.dead = slices.Delete(r.dead, n, n+1)
			return d
		}
	}
	return nil
}

func (r *reference) revive(id string, p ifsev.Partition) bool {
	d := r.takeDead(id, p)
	if d == nil {
		return false
	}
	d.attempts, d.next, d.claimed, d.revived = 0, r.now, false, true
	r.enqueue(d.lane, d)
	return true
}

func (r *reference) lease(owner string, parts []ifsev.Partition, ttl time.Duration) []ifsev.Partition {
	var mine []ifsev.Partition
	for _, p := range parts {
		l := r.leases[p]
		if l.owner != "" && l.owner != owner && l.expires.After(r.now) {
			continue
		}
		delete(r.leases, p)
		if ttl > 0 {
			r.leases[p] = refLease{owner, r.now.Add(ttl)}
			mine = append(mine, p)
		}
	}
	slices.Sort(mine)
	return mine
}

func (r *reference) putRuleSet(hash string, body []byte) int64 {
	n := len(r.rulesets)
	if n == 0 || r.rulesets[n-1].Hash != hash {
		n++
		r.rulesets = append(r.rulesets, state.RuleSet{Epoch: int64(n), Hash: hash, Body: body})
	}
	return int64(n)
}
