package archive_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at() time.Time { return noon }

// live is the store of a daemon, with what that one writes.
type live struct {
	t testing.TB
	state.Store
	docs map[string]ifsev.Document
	revs map[string]state.Rev
}

func newLive(t testing.TB) *live {
	l := &live{t, memstate.New(at), map[string]ifsev.Document{}, map[string]state.Rev{}}
	l.rules("a")
	return l
}

func (l *live) rules(hash string) {
	l.t.Helper()
	files := []rules.Source{{Name: hash + ".yaml", Text: "rules: {}"}}
	if _, err := l.PutRuleSet(l.t.Context(), hash, rules.KeptBody(files, map[string]string{"r": hash}, noon)); err != nil {
		l.t.Fatal(err)
	}
}

// id is an incident's, in the partition of its key.
func id(n byte, key string) string {
	return ifsev.NewIncidentID([16]byte{0: 1, 6: 0x70, 8: 0x80, 14: n}, ifsev.PartitionOfKey(key))
}

// commit writes one decision on an incident: an event for each text, the first of all its declaration.
func (l *live) commit(n byte, key string, texts ...string) {
	l.t.Helper()
	id := id(n, key)
	doc := l.docs[id]
	if doc.Incident.ID == "" {
		number, err := l.Number(l.t.Context(), id)
		if err != nil {
			l.t.Fatal(err)
		}
		doc.Incident = ifsev.Incident{ID: id, Number: number, Key: key, Title: "<T> & co", Severity: 1, Status: ifsev.StatusOpen, DeclaredAt: noon}
	}
	c := state.Commit{ID: id, Expect: l.revs[id], Summary: state.SummaryOf(&doc.Incident), Wake: noon.Add(-time.Hour), Verdicts: map[string][]byte{"r": []byte(`{"verdict":"fired"}`)}}
	for _, text := range texts {
		doc.Incident.Version++
		ev := ifsev.Event{Seq: doc.Incident.Version, ID: fmt.Sprint("e", doc.Incident.Version), Type: ifsev.Noted, At: noon, Data: ifsev.Data{"text": text}}
		if ev.Seq == 1 {
			ev.Type, c.Key = ifsev.Declared, key
		}
		c.Entries = append(c.Entries, state.Entry{Seq: ev.Seq, Body: l.json(&ev)})
	}
	if c.Key != "" {
		bound, _ := l.Load(l.t.Context(), state.Ref{Key: key}) // there may be none
		c.Bound = bound.ID
	}
	c.Outbox = []state.OutboxItem{{ID: fmt.Sprint("d", id, doc.Incident.Version), Destination: "page:alice", Action: "page", Due: noon.Add(-time.Hour), Created: noon, Body: []byte("{}")}}
	c.Doc = l.json(&doc)
	c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
	if res, err := l.Commit(l.t.Context(), c); err != nil || res.Status != state.Written {
		l.t.Fatal(res.Status, err)
	}
	l.docs[id], l.revs[id] = doc, c.Next
}

func (l *live) json(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// export answers what is in a store; of a live one as of so many minutes past noon.
func export(t testing.TB, store archive.Source, minutes int, since time.Time) string {
	t.Helper()
	var b bytes.Buffer
	c := archive.Choice{At: noon.Add(time.Duration(minutes) * time.Minute), World: record.World{Severities: ifsev.DefaultSeverities()}, Since: since}
	if err := archive.Export(t.Context(), store, record.NewWriter(&b), c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func take(t testing.TB, store state.Store, text string) (archive.Imported, error) {
	t.Helper()
	r, err := record.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return archive.Import(t.Context(), store, r)
}

func mustTake(t testing.TB, store state.Store, text string, want archive.Imported) {
	t.Helper()
	if got, err := take(t, store, text); err != nil || got != want {
		t.Fatalf("%+v, %v, want %+v", got, err, want)
	}
}

func refused(t testing.TB, store state.Store, text, why string) {
	t.Helper()
	if _, err := take(t, store, text); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("%v, want %s", err, why)
	}
}
