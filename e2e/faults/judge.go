package faults

import (
	"fmt"
	"slices"
	"time"
)

// An alert is one thing a sender had to say, named by the incident's key and its number there, from 1.
type alert struct {
	key string
	seq int
}

// acceptance is when an alert was first sent and when it was accepted.
type acceptance struct {
	alert
	sent, accepted time.Time
}

// arrival is one attempt as the receiver saw it: of an alert, or of the incident's deadline, whose seq is 0.
type arrival struct {
	alert
	idempotency string
	at          time.Time
}

// evidence is what a run left behind.
type evidence struct {
	accepted []acceptance // in the order of sending, for each key
	arrivals []arrival    // in the order they came
	// recorded is how often each alert is told in its incident's timeline.
	recorded map[alert]int
	// deadline is how long after it was declared an incident's deadline is.
	deadline time.Duration
}

// tally is what a run amounted to.
type tally struct {
	accepted, lost, skipped     int
	doubled, foreign            int // a second arrival under the same key, and under another
	twice                       int // told in the timeline more than once
	outOfOrder                  int
	deadlines, missing, early   int
	late50, late99, longestWait time.Duration
}

// String is the line every run prints.
func (c tally) String() string {
	return fmt.Sprintf("accepted %d, lost %d, skipped %d, doubled %d (with another key: %d; in a timeline: %d), out of order %d; deadlines %d, missing %d, early %d, late p50 %s p99 %s; longest gap %s",
		c.accepted, c.lost, c.skipped, c.doubled, c.foreign, c.twice, c.outOfOrder, c.deadlines, c.missing, c.early, brief(c.late50), brief(c.late99), brief(c.longestWait))
}

func brief(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

// kept says what promise was broken, if any.
func (c tally) kept() error {
	if c.accepted == 0 {
		return fmt.Errorf("nothing was accepted: %s", c)
	}
	if c.lost+c.skipped+c.foreign+c.twice+c.outOfOrder+c.missing+c.early > 0 {
		return fmt.Errorf("a promise is broken: %s", c)
	}
	return nil
}

// judge counts. What was accepted and is in no timeline is lost; what is there, and led to nothing, was skipped.
func judge(e evidence) tally {
	c := tally{accepted: len(e.accepted)}
	first := c.countArrivals(e.arrivals)
	declared := map[string]acceptance{}
	for _, a := range e.accepted {
		if d, ok := declared[a.key]; !ok || a.seq < d.seq {
			declared[a.key] = a
		}
		c.longestWait = max(c.longestWait, a.accepted.Sub(a.sent))
		_, arrived := first[a.alert]
		switch {
		case e.recorded[a.alert] == 0:
			c.lost++
		case !arrived:
			c.skipped++
		}
	}
	for _, n := range e.recorded {
		c.twice += n - 1
	}
	c.countDeadlines(declared, first, e.deadline)
	return c
}

// countArrivals answers the first arrival of each alert. Order is that of the first arrivals.
func (c *tally) countArrivals(all []arrival) map[alert]arrival {
	first, last := map[alert]arrival{}, map[string]int{}
	for _, a := range all {
		if before, again := first[a.alert]; again {
			if before.idempotency == a.idempotency {
				c.doubled++
			} else {
				c.foreign++
			}
			continue
		}
		first[a.alert] = a
		if a.seq == 0 {
			continue
		}
		if a.seq < last[a.key] {
			c.outOfOrder++
		}
		last[a.key] = max(last[a.key], a.seq)
	}
	return first
}

// countDeadlines holds each incident's deadline against when the first alert about it was sent, before which it cannot
// have been declared, and accepted, after which it cannot have been.
func (c *tally) countDeadlines(declared map[string]acceptance, first map[alert]arrival, deadline time.Duration) {
	if deadline == 0 {
		return
	}
	var late []time.Duration
	for key, d := range declared {
		a, ok := first[alert{key, 0}]
		if !ok {
			c.missing++
			continue
		}
		c.deadlines++
		if a.at.Sub(d.sent) < deadline {
			c.early++
		}
		late = append(late, a.at.Sub(d.accepted)-deadline)
	}
	c.late50, c.late99 = percentile(late, 50), percentile(late, 99)
}

// percentile answers the smallest value that so many of a hundred do not exceed; 0 of none.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[(len(all)*p+99)/100-1]
}
