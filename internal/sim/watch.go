package sim

import (
	"context"
	"encoding/json"
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
}

func newWatch(w *world) *watch {
	return &watch{
		w: w, epochs: map[ifsev.Partition]int64{}, chains: map[string][]*state.Commit{}, deliveries: map[string]*delivery{}, lanes: map[lane][]*delivery{},
		endings: map[attempt]*ending{},
	}
}

// committed sees a commit that was written.
func (o *watch) committed(c *state.Commit) {
	o.w.out.Count.Commits++
	_, _ = o.w.s.digest.Write([]byte(c.Next))
	if c.ID == "" {
		return
	}
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
	if s := c.Settle; s != nil {
		o.ended(s)
	}
	for i := range c.Outbox {
		o.decided(c, &c.Outbox[i])
	}
	o.never(c)
	o.chains[c.ID] = append(o.chains[c.ID], c)
}

// never looks whether anything was decided before its time: a decision looks at every instant up to DecidedAt, so that
// must not lie ahead of the store's clock, which alone says what time it is.
func (o *watch) never(c *state.Commit) {
	var doc struct {
		DecidedAt time.Time `json:"decided_at"`
	}
	if err := json.Unmarshal(c.Doc, &doc); err != nil {
		o.w.violated("document of %s: %v", short(c.ID), err)
		return
	}
	if early := time.Until(doc.DecidedAt); early > 0 {
		o.w.violated("early: %s was decided as of %s ahead of the store's clock", short(c.ID), early)
	}
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
	o.lanes[l] = append(o.lanes[l], d)
}

func (o *watch) ended(s *state.Settlement) {
	d := o.deliveries[s.Claim.ID]
	switch {
	case d == nil:
		o.w.violated("delivery %s ended and was never decided", s.Claim.ID)
		return
	case d.settled:
		o.w.violated("delivery %s ended twice", d.id)
	case !s.Dead && d.taken == 0:
		o.w.violated("skipped: delivery %s counts as delivered and nobody took it", d.id)
	}
	d.settled, d.dead, d.failure = true, s.Dead, s.Failure
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
