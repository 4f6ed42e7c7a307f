package boltstate

import (
	"context"
	"fmt"
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// chain makes one commit after the other on one incident.
type chain struct {
	id  string
	rev state.Rev
	seq int64
}

func newChain(k int) *chain {
	return &chain{id: ifsev.NewIncidentID([16]byte{1, byte(k)}, ifsev.Partition(k%ifsev.Partitions))}
}

// resume goes on where the store stands.
func (c *chain) resume(ctx context.Context, s state.Store) error {
	rec, err := s.Load(ctx, state.Ref{ID: c.id})
	if err != nil {
		return err
	}
	c.rev = rec.Rev
	_, err = fmt.Sscan(string(rec.Doc), &c.seq)
	return err
}

// next is a commit with some of everything, padded to about size bytes.
func (c *chain) next(size int) state.Commit {
	seq := c.seq + 1
	doc := append([]byte(fmt.Sprint(seq, " ")), make([]byte, size)...)
	entries := []state.Entry{{Seq: seq, Body: fmt.Appendf(nil, "%d", seq)}}
	return state.Commit{
		ID: c.id, Expect: c.rev, Next: state.NextRev(c.rev, doc, entries), Doc: doc, Entries: entries,
		Marks:   []state.Mark{{ID: c.mark(seq)}},
		Summary: state.Summary{ID: c.id, Number: int64(c.id[3]), Title: "chain", Status: ifsev.StatusOpen, Severity: 1},
		Outbox:  []state.OutboxItem{{ID: c.mark(seq), Destination: "d", Action: "webhook", Due: noon(), Created: noon(), Body: entries[0].Body}},
		Wake:    noon(),
	}
}

func (c *chain) mark(seq int64) string { return fmt.Sprint(c.id, "/", seq) }

func (c *chain) wrote(done state.Commit) { c.rev, c.seq = done.Next, c.seq+1 }

func (c *chain) write(t *testing.T, s state.Store, size int) {
	t.Helper()
	next := c.next(size)
	if res, err := s.Commit(t.Context(), next); err != nil || res.Status != state.Written {
		t.Fatalf("Commit %d: %s, %v", c.seq+1, res.Status, err)
	}
	c.wrote(next)
}

// wantWhole checks that the store holds exactly seq commits of the chain, with all that belongs to them.
func (c *chain) wantWhole(t *testing.T, s state.Store) {
	t.Helper()
	pages, err := s.Timeline(t.Context(), c.id, 0, 1<<30)
	if err != nil || len(pages) != int(c.seq) {
		t.Fatalf("timeline of %d commits, %v, want %d", len(pages), err, c.seq)
	}
	if err := state.Verify(pages, c.rev); err != nil {
		t.Fatal(err)
	}
	letters, err := s.Deliveries(t.Context(), state.DeliveryQuery{Incident: c.id, Limit: 1 << 30})
	if err != nil || len(letters) != int(c.seq) {
		t.Fatalf("%d deliveries, %v, want %d", len(letters), err, c.seq)
	}
	for seq := range c.seq {
		again := c.next(0)
		again.Marks = []state.Mark{{ID: c.mark(seq + 1)}}
		if res, err := s.Commit(t.Context(), again); err != nil || res.Status != state.Duplicate {
			t.Fatalf("mark %d again: %s, %v, want duplicate", seq+1, res.Status, err)
		}
	}
}
