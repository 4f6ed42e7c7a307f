package redisstate_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

var ids atomic.Uint32

// A story is the successive commits of one incident.
type story struct {
	id, key string
	rev     state.Rev
	pages   []state.Page
	seq     int64
}

func newStory(key string) *story {
	n := ids.Add(1)
	uuid := [16]byte{0: byte(n >> 24), 1: byte(n >> 16), 2: byte(n >> 8), 3: byte(n), 6: 0x70}
	return &story{id: ifsev.NewIncidentID(uuid, ifsev.PartitionOfKey(key)), key: key}
}

func (s *story) partition() ifsev.Partition { return ifsev.PartitionOfKey(s.key) }

// next is a commit with everything in it: one entry, one verdict, one delivery, a wake in an hour.
func (s *story) next(text string) state.Commit {
	entries := []state.Entry{{Seq: s.seq + 1, Body: fmt.Appendf(nil, "%q", text)}}
	doc := []byte("document " + text)
	c := state.Commit{
		ID: s.id, Expect: s.rev, Doc: doc, Entries: entries, Next: state.NextRev(s.rev, doc, entries), Epoch: 1,
		Key: s.key, Bound: s.id, Wake: time.Now().Add(time.Hour),
		Summary:  state.Summary{ID: s.id, Number: s.seq + 1, Severity: 1, Status: ifsev.StatusOpen, Tags: []string{}},
		Verdicts: map[string][]byte{"rule": []byte(text)},
		Outbox: []state.OutboxItem{{
			ID: s.id + " " + text, Destination: s.destination(), Action: "page", Rule: "rule", Due: time.Now().Add(-time.Second),
			Created: time.Now(), Body: []byte("body " + text),
		}},
		Marks: []state.Mark{{ID: s.id + " " + text, Sum: "sum"}},
	}
	if s.rev == "" {
		c.Bound = ""
	}
	return c
}

// wrote remembers a commit that was acknowledged.
func (s *story) wrote(c *state.Commit) {
	s.rev = c.Next
	s.seq += int64(len(c.Entries))
	s.pages = append(s.pages, state.Page{Rev: c.Next, DocSum: state.DocSum(c.Doc), Entries: c.Entries})
}

func (s *story) write(t *testing.T, store *redisstate.Store, c state.Commit) {
	t.Helper()
	res, err := store.Commit(t.Context(), c)
	if err != nil || res.Status != state.Written {
		t.Fatalf("commit: %v, %v, want written", res.Status, err)
	}
	s.wrote(&c)
}

// insist sends the commit again and again, as a sender does, until it is acknowledged.
func (s *story) insist(ctx context.Context, store *redisstate.Store, c state.Commit) error {
	for ctx.Err() == nil {
		res, err := store.Commit(ctx, c)
		switch {
		case errors.Is(err, state.ErrUnavailable):
			continue
		case err != nil:
			return err
		case res.Status == state.Written, res.Status == state.Duplicate && res.Duplicates[c.Marks[0].ID].Incident == s.id:
			s.wrote(&c)
			return nil
		}
		return fmt.Errorf("commit of %s: %v %+v", s.id, res.Status, res)
	}
	return ctx.Err()
}

// check wants the incident to be exactly what was acknowledged.
func (s *story) check(t *testing.T, store *redisstate.Store) {
	t.Helper()
	rec, err := store.Load(t.Context(), state.Ref{Key: s.key})
	if err != nil || rec.ID != s.id || rec.Rev != s.rev {
		t.Fatalf("load %s: %s %.8s, %v, want %s %.8s", s.key, rec.ID, rec.Rev, err, s.id, s.rev)
	}
	pages, err := store.Timeline(t.Context(), s.id, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.pages, pages); diff != "" {
		t.Fatalf("timeline of %s (-want +got):\n%s", s.key, diff)
	}
	if err := state.Verify(pages, s.rev); err != nil {
		t.Fatal(err)
	}
}

// drain claims and settles the lane of the incident and wants one delivery for each commit, in their order.
func (s *story) drain(t *testing.T, store *redisstate.Store) {
	t.Helper()
	for n := range s.pages {
		want := s.id + " " + fmt.Sprint(n)
		c := s.claim(t, store)
		if c.ID != want {
			t.Fatalf("delivery %d of %s is %q, want %q", n, s.key, c.ID, want)
		}
		if c.Attempt != 1 {
			t.Fatalf("attempt %d of %s, want 1", c.Attempt, c.ID)
		}
		settle := s.settle(c, false)
		res, err := store.Commit(t.Context(), settle)
		if err != nil || res.Status != state.Written {
			t.Fatalf("settle %s: %v, %v", c.ID, res.Status, err)
		}
		s.rev, s.seq = settle.Next, s.seq+1
	}
}

// destination is the incident's own, with characters that keys and separators are made of.
func (s *story) destination() string { return "page:{p1} | \n" + s.key }

// claim takes the head of the incident's lane.
func (s *story) claim(t *testing.T, store *redisstate.Store) state.Claim {
	t.Helper()
	claims, err := store.Claim(t.Context(), s.partition(), s.destination(), 10, time.Hour)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claim of %s: %d, %v, want one", s.key, len(claims), err)
	}
	return claims[0]
}

func (s *story) settle(c state.Claim, dead bool) state.Commit {
	entries := []state.Entry{{Seq: s.seq + 1, Body: []byte(`"settled"`)}}
	doc := []byte("settled " + c.ID)
	return state.Commit{
		ID: s.id, Expect: s.rev, Doc: doc, Entries: entries, Next: state.NextRev(s.rev, doc, entries),
		Summary: state.Summary{ID: s.id, Number: s.seq + 1, Severity: 1, Status: ifsev.StatusOpen, Tags: []string{}},
		Settle:  &state.Settlement{Claim: c, Dead: dead, Failure: "refused"},
	}
}
