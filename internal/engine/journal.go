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
	// backup and archive are why the last backup and the last look at what may leave failed; empty if they did not.
	backup, archive string
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

// backedUp is told how a backup went.
func (j *journal) backedUp(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.backup = textOf(err)
}

// archived is told how it went that closed incidents were to leave.
func (j *journal) archived(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.archive = textOf(err)
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (j *journal) tell(c *Checkup) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Posted, c.ReloadedAt, c.ReloadFailed, c.Replicas = maps.Clone(j.posted), j.reloadedAt, !j.failedAt.IsZero(), j.replicas
	c.BackupFailed, c.ArchiveFailed = j.backup, j.archive
}
