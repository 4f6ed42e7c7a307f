package engine

import (
	"time"

	"github.com/ifsev/ifsev"
)

// What a delivery's retry means where it says nothing.
const (
	retryMin    = time.Second
	retryMax    = 5 * time.Minute
	retryAge    = time.Hour
	retryPages  = 24 * time.Hour
	retryAfter  = time.Hour              // the longest a receiver may make us wait
	retryAtOnce = 100 * time.Millisecond // the shortest wait that jitter may make
)

// withDefaults fills in what the delivery left open.
func withDefaults(d *ifsev.Delivery) ifsev.Retry {
	r := d.Retry
	orDefault(&r.Min, retryMin)
	orDefault(&r.Max, retryMax)
	if d.Action == pageAction {
		orDefault(&r.MaxAge, retryPages)
	}
	orDefault(&r.MaxAge, retryAge)
	return r
}

// spent reports whether a delivery that failed at its n-th attempt must be given up.
func spent(d *ifsev.Delivery, n int, now time.Time) bool {
	r := withDefaults(d)
	return r.Attempts > 0 && n >= r.Attempts || past(d, now) >= 0
}

// past answers for how long the delivery's age has been over; less than zero while it is not.
func past(d *ifsev.Delivery, now time.Time) time.Duration {
	return now.Sub(d.CreatedAt.Add(withDefaults(d).MaxAge))
}

// backoff draws the wait after the n-th failure: exponential, with full jitter.
func backoff(r ifsev.Retry, n int, jitter func(time.Duration) time.Duration) time.Duration {
	return retryAtOnce + jitter(max(1, r.Backoff(n)-retryAtOnce))
}

// nextAttempt answers when the next attempt is due after the n-th failed: after its backoff, or when the destination's
// pause is over if that is later. The last attempt is at the end of the delivery's age.
func nextAttempt(d *ifsev.Delivery, n int, pause time.Duration, now time.Time, jitter func(time.Duration) time.Duration) time.Time {
	return withinAge(d, max(pause, backoff(withDefaults(d), n, jitter)), now)
}

// withinAge answers the instant after the wait, or the end of the delivery's age if that comes first.
func withinAge(d *ifsev.Delivery, wait time.Duration, now time.Time) time.Time {
	if left := -past(d, now); left > 0 {
		wait = min(wait, left)
	}
	return now.Add(wait)
}
