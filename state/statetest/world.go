package statetest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// world is a store with its clock and what tests need to speak to it shortly.
type world struct {
	state.Store
	suite *suite
	clock *Clock
	ids   atomic.Uint64
}

func (s *suite) world(t *testing.T) *world {
	t.Helper()
	clock := NewClock(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	w := &world{suite: s, clock: clock}
	w.Store = s.open(t, clock)
	return w
}

// long never passes within a test unless the clock jumps.
const long = time.Hour

// short is a time that tests let pass.
func (w *world) short() time.Duration {
	if w.suite.real && w.suite.advance == nil {
		return 30 * time.Millisecond
	}
	return time.Minute
}

// now answers the store's clock in whole milliseconds, rounded up, which is as fine as every store keeps time.
func (w *world) now(t testing.TB) time.Time {
	t.Helper()
	now, err := w.Now(t.Context())
	if err != nil {
		t.Fatalf("Now: %v", err)
	}
	return now.Add(time.Millisecond - 1).Truncate(time.Millisecond).UTC()
}

// pass lets time pass until the store's clock is at least at the instant.
func (w *world) passUntil(t *testing.T, at time.Time) {
	t.Helper()
	switch d := at.Sub(w.now(t)); {
	case d <= 0 && (!w.suite.real || w.suite.advance != nil):
	case !w.suite.real:
		w.clock.Advance(d)
	case w.suite.advance != nil:
		w.suite.advance(d)
	default:
		eventually(t, func() string {
			// Not w.now, which may be up to a millisecond ahead.
			if now, err := w.Now(t.Context()); err != nil || now.Before(at) {
				return fmt.Sprintf("the store's clock stands at %s, want %s", now, at)
			}
			return ""
		})
	}
}

// pass lets d pass by the store's clock.
func (w *world) pass(t *testing.T, d time.Duration) {
	t.Helper()
	w.passUntil(t, w.now(t).Add(d))
}

// eventually asks again and again until complaint answers none.
func eventually(t testing.TB, complaint func() string) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for {
		said := complaint()
		if said == "" {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("still so after 20 s: %s", said)
		case <-again.C:
		}
	}
}

// newID answers a fresh incident ID in the partition; the same ones in every run of a test.
func (w *world) newID(p ifsev.Partition) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, w.ids.Add(1)))
	return ifsev.NewIncidentID([16]byte(sum[:16]), p)
}

func partition(t testing.TB, id string) ifsev.Partition {
	t.Helper()
	p, err := ifsev.PartitionOfID(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// commit hands the commit to the store and wants an answer.
func (w *world) commit(t testing.TB, c state.Commit) state.Result {
	t.Helper()
	res, err := w.Commit(t.Context(), c)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return res
}

// refused wants the commit to be answered with a status other than written, and the incident to be as it was.
func (w *world) refused(t testing.TB, c state.Commit, want state.Status) state.Result {
	t.Helper()
	res := w.commit(t, c)
	if res.Status != want {
		t.Fatalf("Commit: status %s, want %s", res.Status, want)
	}
	return res
}

func (w *world) load(t testing.TB, ref state.Ref) state.Record {
	t.Helper()
	rec, err := w.Load(t.Context(), ref)
	if err != nil {
		t.Fatalf("Load %+v: %v", ref, err)
	}
	return rec
}

func (w *world) claim(t testing.TB, p ifsev.Partition, destination string, limit int, visibility time.Duration) []state.Claim {
	t.Helper()
	claims, err := w.Claim(t.Context(), p, destination, limit, visibility)
	if err != nil {
		t.Fatalf("Claim: %v", err)
	}
	return claims
}

// claimOne wants exactly one claim, of the delivery with the id.
func (w *world) claimOne(t testing.TB, p ifsev.Partition, destination, id string, visibility time.Duration) state.Claim {
	t.Helper()
	claims := w.claim(t, p, destination, 10, visibility)
	if len(claims) != 1 || claims[0].ID != id {
		t.Fatalf("claimed %s, want one, %s", claimIDs(claims), id)
	}
	return claims[0]
}

// claimNone wants nothing to be handed out.
func (w *world) claimNone(t testing.TB, p ifsev.Partition, destination string) {
	t.Helper()
	if claims := w.claim(t, p, destination, 10, long); len(claims) != 0 {
		t.Fatalf("claimed %s, want none", claimIDs(claims))
	}
}

func claimIDs(claims []state.Claim) []string {
	ids := make([]string, len(claims))
	for i, c := range claims {
		ids[i] = fmt.Sprintf("%s#%d", c.ID, c.Attempt)
	}
	return ids
}

func (w *world) due(t testing.TB, limit int, parts ...ifsev.Partition) state.Due {
	t.Helper()
	due, err := w.Due(t.Context(), parts, limit)
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	return due
}

func (w *world) letters(t testing.TB, q state.DeliveryQuery) []state.Letter {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	letters, err := w.Deliveries(t.Context(), q)
	if err != nil {
		t.Fatalf("Deliveries: %v", err)
	}
	return letters
}
