package redisstate_test

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

// inHand are two incidents of one partition: the delivery of one is claimed, that of the other waits for its time.
func inHand(t *testing.T, store *redisstate.Store, owner string) (claimed state.Claim) {
	t.Helper()
	flies, waits := newStory("k"), newStory("k")
	waits.key = ""
	takes(t, store, owner, time.Minute, flies.partition())
	flies.write(t, store, flies.next("0"))
	claimed = flies.claim(t, store)
	waits.id = ifsev.NewIncidentID([16]byte{1}, flies.partition())
	c := waits.next("0")
	c.Outbox[0].Due, c.Outbox[0].Destination = time.Now().Add(time.Minute), claimed.Destination
	waits.write(t, store, c)
	return claimed
}

func takes(t *testing.T, store *redisstate.Store, owner string, ttl time.Duration, p ifsev.Partition) {
	t.Helper()
	got, err := store.Lease(t.Context(), owner, []ifsev.Partition{p}, ttl)
	if err != nil || (len(got) == 1) != (ttl > 0) {
		t.Fatalf("lease of %s: %v, %v", owner, got, err)
	}
}

// hands claims what is due of the destination of c, and wants what was claimed there for the second time, or nothing.
func hands(t *testing.T, store *redisstate.Store, c state.Claim, again bool) {
	t.Helper()
	got, err := store.Claim(t.Context(), c.Partition, c.Destination, 10, time.Minute)
	switch {
	case err != nil:
		t.Fatal(err)
	case !again && len(got) != 0:
		t.Errorf("%+v was handed out", got)
	case again && (len(got) != 1 || got[0].ID != c.ID || got[0].Attempt != c.Attempt+1):
		t.Errorf("%+v, want %s for the second time", got, c.ID)
	}
}

// What a process had in hand that is gone is handed out again as soon as the next one of its name is there. What another
// replica has in hand waits: nobody knows whether that one is gone.
func TestFormerLifeIsReleased(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, tc := range map[string]struct {
		then  func(t *testing.T, former, later *redisstate.Store, p ifsev.Partition)
		again bool
	}{
		"killed and started again": {func(t *testing.T, _, later *redisstate.Store, p ifsev.Partition) {
			takes(t, later, "a", time.Minute, p)
		}, true},
		"renewed": {func(t *testing.T, former, _ *redisstate.Store, p ifsev.Partition) {
			takes(t, former, "a", time.Minute, p)
		}, false},
		"stopped in order": {func(t *testing.T, former, later *redisstate.Store, p ifsev.Partition) {
			takes(t, former, "a", 0, p)
			takes(t, later, "a", time.Minute, p)
		}, false},
		"taken by another": {func(t *testing.T, former, later *redisstate.Store, p ifsev.Partition) {
			takes(t, former, "a", 0, p)
			takes(t, later, "b", time.Minute, p)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prefix := t.Name() + ":"
			former, later := openAt(t, server.URL(), prefix), openAt(t, server.URL(), prefix)
			claimed := inHand(t, former, "a")
			tc.then(t, former, later, claimed.Partition)
			hands(t, later, claimed, tc.again)
			if tc.again { // once: what is in hand from now on is this process's
				takes(t, later, "a", time.Minute, claimed.Partition)
				hands(t, later, claimed, false)
			}
			if kept, err := former.Retry(t.Context(), claimed, time.Now(), "late"); err != nil || kept == tc.again {
				t.Errorf("the former claim: %v, %v", kept, err)
			}
		})
	}
}
