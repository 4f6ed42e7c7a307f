package kv

import (
	"context"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Commit writes one decision; see state.Incidents.
func (s *Store) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	c, err := placed(c)
	if err != nil {
		return state.Result{}, err
	}
	var res state.Result
	err = s.update(ctx, func(t *tx) {
		if res = t.check(c); res.Status == state.Written {
			t.write(c)
		}
	})
	if err != nil {
		return state.Result{}, err
	}
	return res, nil
}

// maxName bounds what becomes part of a key; three of them, escaped, fit every database's longest key.
const maxName = 4 << 10

// placed answers the commit with its partition, or why it cannot be one.
func placed(c state.Commit) (state.Commit, error) {
	if c.ID == "" {
		if c.Partition < 0 || c.Partition >= ifsev.Partitions {
			return c, fmt.Errorf("partition %d: there are 0 to %d", c.Partition, ifsev.Partitions-1)
		}
		return state.Commit{Partition: c.Partition, Marks: c.Marks, Entries: c.Entries}, nil
	}
	var err error
	if c.Partition, err = ifsev.PartitionOfID(c.ID); err != nil {
		return c, err
	}
	if c.Key != "" && ifsev.PartitionOfKey(c.Key) != c.Partition {
		return c, fmt.Errorf("incident %s lives in partition %d, its key %.100q in %d", c.ID, c.Partition, c.Key, ifsev.PartitionOfKey(c.Key))
	}
	if c.Settle != nil && c.Settle.Claim.Partition != c.Partition {
		return c, fmt.Errorf("incident %s lives in partition %d, the delivery to settle in %d", c.ID, c.Partition, c.Settle.Claim.Partition)
	}
	return c, shortNames(c)
}

func shortNames(c state.Commit) error {
	names := []string{c.Key}
	for rule := range c.Verdicts {
		names = append(names, rule)
	}
	for _, item := range c.Outbox {
		names = append(names, item.ID, item.Destination, item.Action)
	}
	for _, name := range names {
		if len(name) > maxName {
			return fmt.Errorf("the name %.60q… is %d bytes long, the store keeps at most %d", name, len(name), maxName)
		}
	}
	return nil
}

// check makes every check in the order that is promised, and answers Written if all pass.
func (t *tx) check(c state.Commit) state.Result {
	if taken := t.taken(c.Partition, c.Marks); len(taken) > 0 {
		return state.Result{Status: state.Duplicate, Duplicates: taken}
	}
	if c.ID == "" {
		return state.Result{}
	}
	if rec, _ := t.record(c.ID); rec.Rev != c.Expect {
		return state.Result{Status: state.Conflict, Record: rec}
	}
	if c.Key != "" {
		bound := t.bound(c.Key)
		if rec, _ := t.record(bound); bound != c.Bound || c.BoundRev != "" && rec.Rev != c.BoundRev {
			return state.Result{Status: state.KeyTaken, Bound: bound}
		}
	}
	if c.Settle != nil {
		if _, held := t.held(c.Settle.Claim); !held {
			return state.Result{Status: state.Stale}
		}
	}
	if seen := t.number(meta, epochKey(c.Partition)); c.Epoch != 0 && c.Epoch < seen {
		return state.Result{Status: state.OldEpoch, Epoch: seen}
	}
	return state.Result{}
}

// write writes everything. A transaction cannot fail in the middle, so the order is of no weight here.
func (t *tx) write(c state.Commit) {
	if c.ID == "" {
		t.writeOrphan(c)
	} else {
		t.writeOutbox(c)
		t.writeIncident(c)
		if c.Epoch > t.number(meta, epochKey(c.Partition)) {
			t.Put(meta, epochKey(c.Partition), key{}.number(c.Epoch))
		}
	}
	t.take(c.Partition, c.ID, c.Marks)
}

func epochKey(p ifsev.Partition) key { return key{}.text("epoch").part(p) }

func (t *tx) writeOrphan(c state.Commit) {
	if len(c.Entries) == 0 {
		return
	}
	t.Put(orphans, key{}.part(c.Partition).number(t.next("orphans")), encodePage(state.Page{Entries: c.Entries}))
	for _, k := range t.surplus(c.Partition) {
		t.Delete(orphans, k)
	}
}

// surplus answers the oldest entries about no incident beyond those that are kept. It looks at twice as many at most, so
// that a store with very many, of an older version, is not read to the end: each commit takes some away.
func (t *tx) surplus(p ifsev.Partition) []key {
	var all []key
	for k := range t.under(orphans, key{}.part(p)) {
		if all = append(all, key(k).grow(0)); len(all) == 2*state.ApartKept {
			break
		}
	}
	return all[:max(len(all)-state.ApartKept, 0)]
}

func (t *tx) writeOutbox(c state.Commit) {
	for _, item := range c.Outbox {
		t.enqueue(newDelivery(lane{c.Partition, item.Destination, c.ID}, item))
	}
	if c.Settle != nil {
		t.settle(*c.Settle)
	}
}

func (t *tx) writeIncident(c state.Commit) {
	h, _ := t.head(c.ID)
	t.writeWake(c.Partition, c.ID, h.wake, c.Wake)
	h.rev, h.wake = c.Next, c.Wake
	if c.Listed() {
		h = t.writePage(h, c)
	}
	for rule, verdict := range c.Verdicts {
		t.Put(verdicts, key{}.text(c.ID).text(rule), append([]byte{}, verdict...))
	}
	t.writeSummary(c.Summary)
	t.Put(docs, key{}.text(c.ID), append([]byte{}, c.Doc...))
	t.Put(heads, key{}.text(c.ID), h.encode())
	if c.Key != "" {
		t.Put(keys, key{}.text(c.Key), []byte(c.ID))
	}
}
