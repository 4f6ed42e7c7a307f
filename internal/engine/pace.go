package engine

import (
	"time"

	"github.com/ifsev/ifsev"
)

const (
	askedJitter = 15 * time.Second      // the most that is added to what a receiver asked for
	gapFirst    = time.Second           // between two attempts, once a receiver has asked to wait
	gapMost     = 10 * time.Second      // a receiver slower than that asks again, and its pauses do the rest
	gapLeast    = 10 * time.Millisecond // a shorter one is none
	gapStep     = time.Duration(8)      // the part by which a gap that is nearly right shrinks
	lookOver    = time.Minute           // how often what waits for a receiver that takes nothing is looked over
)

// pace is how fast a receiver takes what it is sent, as its answers tell.
//
//	no gap ── it asks to wait ──► pause ── over ──► one attempt a gap ── each one taken shrinks the gap ──► no gap
//	                                ▲                      │
//	                                └── it asks to wait after it took some: twice the gap
//
// The gap is halved until it comes near the one that was too short, and shrinks slowly from there, so that a receiver is
// seldom asked more than it takes. The replicas learn it each for itself.
type pace struct {
	// The last pause began at began; nothing is attempted before until.
	began, until time.Time
	// refused counts the pauses since something was taken last; since is when the first of them began.
	refused int
	since   time.Time
	// gap is between the beginnings of two attempts, zero for none; tooShort is the last that was, last when one began.
	gap, tooShort time.Duration
	last          time.Time
}

// next answers when the next attempt may begin.
func (p *pace) next() time.Time {
	if next := p.last.Add(p.gap); p.gap > 0 && next.After(p.until) {
		return next
	}
	return p.until
}

// recent reports whether the receiver asks to wait, or has and one that it refused may come yet.
func (p *pace) recent(now time.Time) bool {
	return p.next().After(now) || p.refused > 0 && now.Before(p.until.Add(retryMax))
}

// slow heeds an answer that asks to wait, to an attempt that began at began, and reports whether it is news: several that
// are under way together are refused together. Without a time asked for, the pause is the backoff of so many refusals.
func (p *pace) slow(began, now time.Time, asked time.Duration, r ifsev.Retry, jitter func(time.Duration) time.Duration) bool {
	news := began.After(p.began)
	if news {
		if p.refused == 0 {
			p.since, p.tooShort, p.gap = now, p.gap, min(max(2*p.gap, gapFirst), gapMost)
		} // else it was the pause that was too short: that says nothing about the gap
		p.refused++
		p.began = now
	}
	asked = min(asked, retryAfter)
	if !news && !now.Add(asked).After(p.until) {
		return false
	}
	// Replicas that were told the same do not come back together.
	wait := asked + jitter(min(asked/4, askedJitter)+1)
	if asked <= 0 {
		wait = backoff(r, p.refused, jitter)
	}
	p.until = now.Add(wait)
	return news
}

// took heeds that the receiver took an attempt that began at began.
func (p *pace) took(began time.Time) {
	if !began.After(p.began) {
		return // it says nothing about what came after
	}
	p.refused = 0
	if p.gap > 2*p.tooShort {
		p.gap /= 2
	} else {
		p.gap -= p.gap / gapStep
	}
	switch {
	case p.gap < gapLeast:
		p.gap, p.tooShort = 0, 0
	case p.gap < p.tooShort/2:
		p.tooShort = 0 // it takes more than it did
	}
}
