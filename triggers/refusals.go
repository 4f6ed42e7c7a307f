package triggers

import (
	"sync"
	"time"
)

// tellEvery is how often at most a source's refusals are told of: a tool that posts what is refused again and again must
// not fill a disk.
const tellEvery = 10 * time.Second

// maxReason is how much of a reason is told; some repeat a word of what was sent.
const maxReason = 300

// Refusal is something that was posted and not taken, for a log. It holds no secret, and of the body no more than the
// word that was not understood.
type Refusal struct {
	Source string
	// Result is Rejected or Unauthorized.
	Result Result
	// Reason says what was wrong, and Pointer where in the body; of several alerts those of the first.
	Reason, Pointer string
	// Alerts is how many alerts were refused; a request that was refused as a whole counts as one.
	Alerts int
	// Untold is how many were refused of that source since the last time, without a word.
	Untold int
}

// refusals tells of what was refused, at most once for each source and result in a while.
type refusals struct {
	tell func(Refusal)

	mu   sync.Mutex
	told map[refusedBy]*telling
}

// refusedBy is what is told of separately: somebody without a secret must not hide that a source's own alerts are refused.
type refusedBy struct {
	source string
	result Result
}

type telling struct {
	at     time.Time
	untold int
}

func (r *refusals) add(what Refusal, at time.Time) {
	if r.tell == nil || !r.due(&what, at) {
		return
	}
	what.Reason, what.Pointer = clip(oneLine(what.Reason), maxReason), clip(oneLine(what.Pointer), maxReason)
	r.tell(what)
}

func (r *refusals) due(what *Refusal, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == nil {
		r.told = map[refusedBy]*telling{}
	}
	key := refusedBy{what.Source, what.Result}
	last := r.told[key]
	if last == nil {
		last = &telling{}
		r.told[key] = last
	} else if since := at.Sub(last.at); since >= 0 && since < tellEvery {
		last.untold += what.Alerts
		return false
	}
	what.Untold, *last = last.untold, telling{at: at}
	return true
}
