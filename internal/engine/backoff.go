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
	return r.Attempts > 0 && n >= r.Attempts || !now.Before(d.CreatedAt.Add(r.MaxAge))
}

// nextAttempt answers when the next attempt is due after the n-th failed: exponential backoff with full jitter, or what
// the receiver asked for if that is later. The last attempt is at the end of the delivery's age.
func nextAttempt(d *ifsev.Delivery, n int, f *ifsev.Failure, now time.Time, jitter func(time.Duration) time.Duration) time.Time {
	r := withDefaults(d)
	wait := retryAtOnce + jitter(max(1, r.Backoff(n)-retryAtOnce))
	wait = max(wait, min(f.RetryAfter, retryAfter))
	at := now.Add(wait)
	if end := d.CreatedAt.Add(r.MaxAge); at.After(end) && end.After(now) {
		at = end
	}
	return at
}
