package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/state"
)

// watch sees everything that is written and performed, and says at once when a promise is broken.
type watch struct {
	w *world
	// epochs are the newest used in each partition.
	epochs map[ifsev.Partition]int64
	// chains are the commits of each incident, in order.
	chains     map[string][]*state.Commit
	deliveries map[string]*delivery
	lanes      map[lane][]*delivery
	sent       []*sent
	endings    map[attempt]*ending
	// settled are the endings that commits wrote down.
	settled map[*state.Commit]*ending
	// wakes are when documents wait to be looked at.
	wakes map[string]time.Time
	// began says when each number was first there.
	began map[int64]time.Time
	// groups are by ID; groupIDs lists them as they came; asked are the deliveries to them by group and member.
	groups   map[string]*grouped
	groupIDs []string
	asked    map[string]*delivery
}

type lane struct{ destination, incident string }

// delivery is all that was seen of a delivery.
type delivery struct {
	id   string
	lane lane
	body []byte
	// due is the instant before which it may not be performed.
	due time.Time
	// attempts counts those made, taken those that the receiver took.
	attempts, taken int
	settled, dead   bool
	failure         string
	// ends counts how often it ended, died how often it was given up: what was given up may be revived.
	ends, died int
	dropped    bool
	// full is the delivery itself, of those that stay within the store; at is the incident that took it, by the commit.
	full    ifsev.Delivery
	granted bool
	at      string
	by      *state.Commit
}

func (d *delivery) inward() bool { return d.full.Inward != nil }

func newWatch(w *world) *watch {
	return &watch{
		w: w, epochs: map[ifsev.Partition]int64{}, chains: map[string][]*state.Commit{}, deliveries: map[string]*delivery{}, lanes: map[lane][]*delivery{},
		endings: map[attempt]*ending{}, settled: map[*state.Commit]*ending{}, wakes: map[string]time.Time{}, began: map[int64]time.Time{},
		groups: map[string]*grouped{}, asked: map[string]*delivery{},
	}
}

// committed sees a commit that was written.
func (o *watch) committed(c *state.Commit) {
	o.w.out.Count.Commits++
	_, _ = o.w.s.digest.Write([]byte(c.Next))
	if c.ID == "" {
		return
	}
	o.wakes[c.ID] = c.Wake
	o.never(c)
	group := !c.Listed()
	if group == (c.Epoch != 0) {
		o.w.violated("%s was committed under epoch %d", short(c.ID), c.Epoch)
	}
	if !group {
		o.judged(c)
	}
	if s := c.Settle; s != nil {
		o.ended(c)
	}
	for i := range c.Outbox {
		o.decided(c, &c.Outbox[i])
	}
	if group {
		o.committedGroup(c)
		return
	}
	o.marked(c)
	if o.began[c.Summary.Number].IsZero() {
		o.began[c.Summary.Number] = time.Now()
	}
	o.chains[c.ID] = append(o.chains[c.ID], c)
}

// judged looks under which rules an incident was decided.
func (o *watch) judged(c *state.Commit) {
	part, err := ifsev.PartitionOfID(c.ID)
	if err != nil {
		o.w.violated("commit: %v", err)
		return
	}
	if newest := o.epochs[part]; c.Epoch < newest {
		o.w.violated("old rules: %s was judged under epoch %d after epoch %d was used in its partition", short(c.ID), c.Epoch, newest)
	}
	o.epochs[part] = max(o.epochs[part], c.Epoch)
	o.w.knows(c.ID)
}

// never looks whether anything was decided before its time: a decision looks at every instant up to DecidedAt, so that
// must not lie ahead of the store's clock, which alone says what time it is.
func (o *watch) never(c *state.Commit) {
	at, err := instant(c.Doc, "decided_at")
	if err != nil || at.IsZero() {
		o.w.violated("document of %s: decided at %s, %v", short(c.ID), at, err)
		return
	}
	if early := time.Until(at); early > 0 {
		o.w.violated("early: %s was decided as of %s ahead of the store's clock", short(c.ID), early)
	}
}

// instant reads one instant of a document without reading the rest; zero if it is not there. Where the name stands in a
// text, its quotes are escaped.
func instant(doc []byte, name string) (time.Time, error) {
	_, rest, ok := bytes.Cut(doc, []byte(`"`+name+`":"`))
	text, _, closed := bytes.Cut(rest, []byte{'"'})
	if !ok || !closed {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, string(text))
}

func (o *watch) decided(c *state.Commit, item *state.OutboxItem) {
	if d := o.deliveries[item.ID]; d != nil {
		if string(d.body) != string(item.Body) {
			o.w.violated("same key: delivery %s was decided twice, differently:\n%s\n%s", item.ID, d.body, item.Body)
		}
		return
	}
	l := lane{item.Destination, c.ID}
	d := &delivery{id: item.ID, lane: l, body: item.Body, due: item.Due}
	o.deliveries[item.ID] = d
	if item.Destination == ifsev.DestinationInward || item.Rule == sparing {
		o.asks(d)
	}
	o.lanes[l] = append(o.lanes[l], d)
}

func (o *watch) ended(c *state.Commit) {
	s := c.Settle
	d, e := o.deliveries[s.Claim.ID], o.endings[attempt{s.Claim.ID, s.Claim.Attempt}]
	switch {
	case d == nil:
		o.w.violated("delivery %s ended and was never decided", s.Claim.ID)
		return
	case e == nil:
		o.w.violated("delivery %s ended and was never handed out", s.Claim.ID)
		return
	case d.settled:
		o.w.violated("delivery %s ended twice", d.id)
	case !s.Dead && d.taken == 0 && !d.mayVanish():
		o.w.violated("skipped: delivery %s counts as delivered and nobody took it", d.id)
	}
	o.settled[c] = e
	d.settled, d.dead, d.failure = true, s.Dead, s.Failure
	if d.ends++; s.Dead {
		d.died++
		if d.inward() {
			o.inwardDead(d, e.claimed)
		}
	}
}

// mayVanish reports whether it leaves no trace where it is for: a roll that is closed takes nobody, and what a budget
// holds back is not told by name.
func (d *delivery) mayVanish() bool {
	in := d.full.Inward
	return in != nil && (in.Spend != nil || in.Join != nil && in.Join.Kind == ifsev.GroupRoll)
}

// revived sees a delivery that was given up come back, at the end of its lane.
func (o *watch) revived(id string) {
	d := o.deliveries[id]
	if d == nil || !d.dead {
		o.w.violated("delivery %s was revived and was not given up", id)
		return
	}
	o.w.out.Count.Revived++
	d.settled, d.dead, d.due, d.attempts = false, false, time.Time{}, 0
	others := slices.DeleteFunc(o.lanes[d.lane], func(x *delivery) bool { return x == d })
	o.lanes[d.lane] = append(others, d)
}

func (o *watch) dropped(id string) {
	if d := o.deliveries[id]; d != nil {
		o.w.out.Count.Dropped++
		d.dropped = true
	}
}

func (o *watch) retried(c *state.Claim, at time.Time) {
	if d := o.deliveries[c.ID]; d != nil {
		d.due = at.Truncate(time.Millisecond)
	}
}

// attempted sees an attempt begin.
func (o *watch) attempted(a *actions.Attempt) {
	d := o.deliveries[a.Delivery.ID]
	o.w.out.Count.Attempts++
	if d == nil {
		o.w.violated("delivery %s was performed and never decided", a.Delivery.ID)
		return
	}
	d.attempts++
	if early := time.Until(d.due); early > 0 {
		o.w.violated("early: delivery %s was performed %s before its time", d.id, early)
	}
	if body, err := json.Marshal(a.Delivery); err != nil || string(body) != string(d.body) {
		o.w.violated("same key: delivery %s is performed otherwise than it was decided: %v", d.id, err)
	}
	before := true
	for _, other := range o.lanes[d.lane] {
		switch {
		case other == d:
			before = false
		case before && !other.settled:
			o.w.violated("order: delivery %s is performed before %s has ended, which is ahead of it in its lane", d.id, other.id)
		case !before && other.attempts > 0:
			o.w.violated("order: delivery %s is performed after %s, which is behind it in its lane", d.id, other.id)
		}
	}
}

// taken sees a receiver take a delivery.
func (o *watch) taken(a *actions.Attempt) {
	if d := o.deliveries[a.Delivery.ID]; d != nil {
		d.taken++
	}
}

// now is the context of what the simulation itself asks.
func now() context.Context { return context.Background() }
