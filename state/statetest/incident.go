package statetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// incident builds the successive commits of one incident, as an engine would.
type incident struct {
	w           *world
	id, key     string
	p           ifsev.Partition
	number      int64
	rev         state.Rev
	seq         int64
	pages       []state.Page
	doc         []byte
	created     int
	declared    time.Time
	destination string
}

// incident answers an incident that is not in the store yet, with a number of its own.
func (w *world) incident(t testing.TB, key string) *incident {
	t.Helper()
	p := ifsev.PartitionOfKey(key)
	id := w.newID(p)
	number, err := w.Number(t.Context(), id)
	if err != nil {
		t.Fatalf("Number: %v", err)
	}
	return &incident{w: w, id: id, key: key, p: p, number: number, declared: w.now(t), destination: "webhook:example.org"}
}

// declare answers an incident that has had its first commit, with its key bound.
func (w *world) declare(t testing.TB, key string) *incident {
	t.Helper()
	i := w.incident(t, key)
	c := i.next("declared", "declared")
	c.Key = key
	i.write(t, c)
	return i
}

// next is the commit after the last one written: a document and a timeline entry for each text.
func (i *incident) next(doc string, texts ...string) state.Commit {
	entries := make([]state.Entry, len(texts))
	for n, text := range texts {
		body, err := json.Marshal(text)
		if err != nil {
			panic(err) // a string always becomes JSON
		}
		entries[n] = state.Entry{Seq: i.seq + int64(n) + 1, Body: body}
	}
	return i.nextOf([]byte(doc), entries)
}

func (i *incident) nextOf(doc []byte, entries []state.Entry) state.Commit {
	return state.Commit{
		ID: i.id, Expect: i.rev, Next: state.NextRev(i.rev, doc, entries), Doc: doc, Entries: entries, Summary: i.summary(),
	}
}

func (i *incident) summary() state.Summary {
	return state.Summary{
		ID: i.id, Number: i.number, Key: i.key, Title: "Title of " + i.key, Severity: 2, Status: ifsev.StatusOpen,
		Tags: []string{}, DeclaredAt: i.declared, UpdatedAt: i.declared, LastActivityAt: i.declared, Version: i.seq,
	}
}

// write wants the commit to be written, and remembers it.
func (i *incident) write(t testing.TB, c state.Commit) {
	t.Helper()
	if res := i.w.commit(t, c); res.Status != state.Written {
		t.Fatalf("Commit: status %s, want written", res.Status)
	}
	i.wrote(c)
}

func (i *incident) wrote(c state.Commit) {
	i.rev, i.doc = c.Next, c.Doc
	i.pages = append(i.pages, state.Page{Rev: c.Next, DocSum: c.Sum(), Entries: c.Entries})
	if n := len(c.Entries); n > 0 {
		i.seq = c.Entries[n-1].Seq
	}
}

// item is a delivery of the incident, due now, created a millisecond after the one before.
func (i *incident) item(id string) state.OutboxItem {
	i.created++
	return state.OutboxItem{
		ID: id, Destination: i.destination, Action: "webhook", Rule: "a rule", Due: i.declared.Add(-time.Second),
		Created: i.declared.Add(time.Duration(i.created) * time.Millisecond), Body: []byte("body of " + id),
	}
}

// send writes a commit with deliveries that are due now.
func (i *incident) send(t testing.TB, ids ...string) {
	t.Helper()
	c := i.next("sent "+fmt.Sprint(ids), "sent")
	for _, id := range ids {
		c.Outbox = append(c.Outbox, i.item(id))
	}
	i.write(t, c)
}

// settle is the commit that ends the claim.
func (i *incident) settle(claim state.Claim, dead bool, failure string) state.Commit {
	c := i.next("settled "+claim.ID, "settled "+claim.ID)
	c.Settle = &state.Settlement{Claim: claim, Dead: dead, Failure: failure}
	return c
}

// kill makes the delivery, which must be the head of its lane and due, dead.
func (i *incident) kill(t testing.TB, id, failure string) {
	t.Helper()
	i.write(t, i.settle(i.w.claimOne(t, i.p, i.destination, id, long), true, failure))
}
