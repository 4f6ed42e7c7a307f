package kv

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// Spoilt is what is to be spoilt, as package statetest has it, which cannot be imported here.
type Spoilt struct {
	Partition       ifsev.Partition
	ID, Destination string
	Number          int64
	Wake            time.Time
}

// Spoil spoils what is kept, past all promises.
func (s *Store) Spoil(t *testing.T, how string, at Spoilt) {
	t.Helper()
	l := lane{at.Partition, at.Destination, at.ID}
	wake := key{}.part(at.Partition)
	err := s.update(t.Context(), func(tx *tx) {
		switch how {
		case "a wake is gone":
			tx.Delete(wakes, wake.instant(at.Wake).text(at.ID))
		case "a wake is elsewhere":
			tx.Delete(wakes, wake.instant(at.Wake).text(at.ID))
			tx.Put(wakes, wake.instant(at.Wake.Add(time.Hour)).text(at.ID), nil)
		case "a wake of nothing":
			tx.Put(wakes, wake.instant(s.now()).text(at.ID), nil)
		case "a lane is forgotten":
			d, _ := tx.first(l)
			tx.Delete(due, d.dueKey())
		case "a lane of nothing":
			tx.Put(due, key{}.part(at.Partition).text(at.Destination).instant(s.now()).text(at.ID), nil)
		case "a delivery is gone":
			d, _ := tx.first(l)
			tx.dequeue(d)
		case "a summary is another":
			sum, _ := tx.summary(tx.Get(summaries, key{}.number(-at.Number)))
			sum.Title = "another"
			text, _ := json.Marshal(sum) // it was read a moment ago
			tx.Put(summaries, key{}.number(-at.Number), text)
		default:
			t.Error(how)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
