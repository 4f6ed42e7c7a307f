package kv

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// lane is the queue of one incident's deliveries to one destination.
type lane struct {
	p           ifsev.Partition
	destination string
	incident    string
}

func (l lane) key() key { return key{}.part(l.p).text(l.destination).text(l.incident) }

// delivery is an outbox item as it is kept, in its lane or dead.
type delivery struct {
	lane
	// ordinal is its place; a higher one is behind.
	ordinal          int64
	id, action, rule string
	created          time.Time
	// next is when it is due, or while it is claimed when that expires.
	next     time.Time
	attempts int64
	claimed  bool
	failure  string
	body     []byte
}

func newDelivery(l lane, item state.OutboxItem) delivery {
	return delivery{
		lane: l, id: item.ID, action: item.Action, rule: item.Rule, created: item.Created, next: item.Due, body: item.Body,
	}
}

func (d delivery) encode() record {
	claimed := byte(0)
	if d.claimed {
		claimed = 1
	}
	return d.key().number(d.ordinal).text(d.id).text(d.action).text(d.rule).instant(d.created).instant(d.next).
		number(d.attempts).byte(claimed).bytes([]byte(d.failure)).bytes(d.body)
}

// delivery reads one; its body belongs to the transaction.
func (t *tx) delivery(v []byte) delivery {
	r := reader{b: v}
	d := delivery{lane: lane{p: r.part(), destination: r.text(), incident: r.text()}, ordinal: r.number()}
	d.id, d.action, d.rule = r.text(), r.text(), r.text()
	d.created, d.next = r.instant(), r.instant()
	d.attempts, d.claimed = r.number(), r.byte() == 1
	d.failure, d.body = string(r.bytes()), r.bytes()
	if r.bad {
		t.damaged("a delivery")
	}
	return d
}

func (d delivery) itemKey() key { return d.key().number(d.ordinal) }

func (d delivery) dueKey() key {
	return key{}.part(d.p).text(d.destination).instant(d.next).text(d.incident)
}

// first answers the head of the lane, and false if the lane is empty.
func (t *tx) first(l lane) (delivery, bool) {
	for _, v := range t.under(items, l.key()) {
		return t.delivery(v), true
	}
	return delivery{}, false
}

// enqueue puts the delivery at the end of its lane, unless one with its ID is there.
func (t *tx) enqueue(d delivery) {
	if t.Get(inLane, d.key().text(d.id)) != nil {
		return
	}
	_, behind := t.first(d.lane)
	d.ordinal = t.next("deliveries")
	t.Put(items, d.itemKey(), d.encode())
	t.Put(inLane, d.key().text(d.id), key{}.number(d.ordinal))
	t.addLetter(d, pending, d.itemKey())
	if !behind {
		t.Put(due, d.dueKey(), nil)
	}
}

// reschedule changes the head of a lane, which was due at the instant before.
func (t *tx) reschedule(d delivery, before time.Time) {
	was := d
	was.next = before
	t.Delete(due, was.dueKey())
	t.Put(due, d.dueKey(), nil)
	t.Put(items, d.itemKey(), d.encode())
}

// dequeue takes the head from its lane, so that the next one is the head.
func (t *tx) dequeue(d delivery) {
	t.Delete(due, d.dueKey())
	t.Delete(items, d.itemKey())
	t.Delete(inLane, d.key().text(d.id))
	t.removeLetter(d, pending)
	if next, ok := t.first(d.lane); ok {
		t.Put(due, next.dueKey(), nil)
	}
}

// held answers the delivery the claim holds, and false if it is no longer the holder's.
func (t *tx) held(c state.Claim) (delivery, bool) {
	d, ok := t.first(lane{c.Partition, c.Destination, c.Incident})
	return d, ok && d.id == c.ID && d.attempts == int64(c.Attempt) && c.Attempt > 0
}

// settle ends a claim that is held.
func (t *tx) settle(s state.Settlement) {
	d, _ := t.held(s.Claim)
	t.dequeue(d)
	if s.Dead {
		d.failure = s.Failure
		t.bury(d)
	}
}
