package boltstate

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// What was in hand when a process ended is handed out again as soon as the next one has the store, in its order and with
// its attempts counted; what waits for its time goes on waiting.
func TestOpenReleasesWhatWasInHand(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), noon()
	clock := func() time.Time { return now }
	s := open(t, dir, Options{Now: clock})
	held, waiting := newChain(1), newChain(2)
	held.write(t, s, 100)
	held.write(t, s, 100)
	waiting.write(t, s, 100)
	claimed := map[string]state.Claim{}
	for p := range ifsev.Partition(ifsev.Partitions) {
		claims, err := s.Claim(t.Context(), p, "d", 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range claims {
			claimed[c.Incident] = c
		}
	}
	if kept, err := s.Retry(t.Context(), claimed[waiting.id], now.Add(time.Minute), "refused"); !kept || err != nil {
		t.Fatal(kept, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	now = now.Add(time.Second)
	s = open(t, dir, Options{Now: clock})
	was := claimed[held.id]
	got, err := s.Claim(t.Context(), was.Partition, "d", 10, time.Minute)
	if err != nil || len(got) != 1 || got[0].ID != was.ID || got[0].Attempt != was.Attempt+1 {
		t.Errorf("%+v, %v, want %s for the second time", got, err, was.ID)
	}
	if got, err = s.Claim(t.Context(), claimed[waiting.id].Partition, "d", 10, time.Minute); err != nil || len(got) != 0 {
		t.Errorf("what waits for its time was handed out: %+v, %v", got, err)
	}
	// The former claim is over.
	if kept, err := s.Retry(t.Context(), was, now, "late"); kept || err != nil {
		t.Errorf("%v, %v", kept, err)
	}
}

// Nothing is released by a reader: the daemon may be at it.
func TestReadersReleaseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	c := newChain(1)
	c.write(t, s, 100)
	parts := make([]ifsev.Partition, 0, ifsev.Partitions)
	for p := range ifsev.Partition(ifsev.Partitions) {
		parts = append(parts, p)
		if _, err := s.Claim(t.Context(), p, "d", 10, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{ReadOnly: true})
	due, err := s.Due(t.Context(), parts, 10)
	if err != nil || len(due.Destinations) != 0 {
		t.Errorf("%+v, %v", due, err)
	}
}
