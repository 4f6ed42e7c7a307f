package kv

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Marks lie in buckets of a day, so that old ones are found at the beginning of the table and a mark is looked for in
// as few places as there are days to remember.
const bucket = 24 * time.Hour

func day(at time.Time) int64 {
	seconds, length := at.Unix(), int64(bucket/time.Second)
	return (seconds - (seconds%length+length)%length) / length
}

func markKey(d int64, p ifsev.Partition, id string) key {
	sum := sha256.Sum256([]byte(id))
	return append(key{}.number(d).part(p), sum[:16]...)
}

// taken answers which of the marks were taken before, and by whom.
func (t *tx) taken(p ifsev.Partition, wanted []state.Mark) map[string]state.Taken {
	var found map[string]state.Taken
	for _, m := range wanted {
		if by, ok := t.takenBy(p, m.ID); ok {
			if found == nil {
				found = map[string]state.Taken{}
			}
			found[m.ID] = by
		}
	}
	return found
}

func (t *tx) takenBy(p ifsev.Partition, id string) (state.Taken, bool) {
	for d := day(t.now); d >= day(t.now.Add(-state.DedupKeep)); d-- {
		if v := t.Get(marks, markKey(d, p, id)); v != nil {
			return t.mark(v).Taken, true
		}
	}
	return state.Taken{}, false
}

// mark is what is kept of an inbound id: its key holds but a hash of it.
type mark struct {
	state.Taken
	// ID may hold any bytes.
	ID []byte `json:"k,omitempty"`
}

func (t *tx) mark(v []byte) mark {
	var m mark
	if err := json.Unmarshal(v, &m); err != nil {
		t.damaged("a mark: " + err.Error())
	}
	return m
}

// keepMark remembers a mark under a day.
func (t *tx) keepMark(d int64, p ifsev.Partition, m mark) {
	v, err := json.Marshal(m)
	if err != nil {
		t.err = err
		return
	}
	t.Put(marks, markKey(d, p, string(m.ID)), v)
}

// take remembers the marks, and forgets some that are old: more than come in, so that the table ends up bounded.
func (t *tx) take(p ifsev.Partition, incident string, taken []state.Mark) {
	for _, m := range taken {
		t.keepMark(day(t.now), p, mark{Taken: state.Taken{Incident: incident, Sum: m.Sum}, ID: []byte(m.ID)})
	}
	for _, k := range t.expired(2*len(taken) + 2) {
		t.Delete(marks, k)
	}
}

func (t *tx) expired(limit int) []key {
	var old []key
	kept := key{}.number(day(t.now.Add(-state.DedupKeep)))
	for k := range t.Scan(marks, nil) {
		if len(old) == limit || string(k) >= string(kept) {
			break
		}
		old = append(old, key(k).grow(0))
	}
	return old
}
