package engine

import (
	"maps"
	"sync"
	"time"

	"github.com/ifsev/ifsev/state"
)

// journal remembers when things last happened, for people who ask.
type journal struct {
	mu         sync.Mutex
	posted     map[string]time.Time
	reloadedAt time.Time
	failedAt   time.Time // zero if the last reload succeeded
	replicas   []state.Replica
}

func newJournal() *journal { return &journal{posted: map[string]time.Time{}} }

// post is told that a source posted something.
func (j *journal) post(source string, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.posted[source] = at
}

// reload is told how a reload went.
func (j *journal) reload(ok bool, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !ok {
		j.failedAt = at
		return
	}
	j.reloadedAt, j.failedAt = at, time.Time{}
}

// meet is told who is there.
func (j *journal) meet(all []state.Replica) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.replicas = all
}

func (j *journal) tell(c *Checkup) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Posted, c.ReloadedAt, c.ReloadFailed, c.Replicas = maps.Clone(j.posted), j.reloadedAt, !j.failedAt.IsZero(), j.replicas
}
