package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/state"
)

// markKey is the key the mark of an archive is found under, markID the ID of its document: it is no incident, has no
// number and is in no list.
const markKey = "ifsev:archive"

func markID() string {
	return ifsev.NewIncidentID([16]byte{6: 0x70, 8: 0x80}, ifsev.PartitionOfKey(markKey))
}

// mark is the document that makes a store an archive.
type mark struct {
	// Archive is the header of the record that was imported last.
	Archive *record.Header `json:"archive"`
}

// Find answers the header of what was imported last; nil if the store is no archive.
func Find(ctx context.Context, store Incidents) (*record.Header, error) {
	rec, m, err := findMark(ctx, store)
	if err != nil || rec.Rev == "" {
		return nil, err
	}
	return m.Archive, nil
}

func findMark(ctx context.Context, store Incidents) (state.Record, mark, error) {
	var m mark
	rec, err := store.Load(ctx, state.Ref{Key: markKey})
	if errors.Is(err, state.ErrNotFound) {
		return state.Record{}, m, nil
	}
	if err != nil || rec.ID != markID() { // somebody's dedup key
		return state.Record{}, m, err
	}
	if err := json.Unmarshal(rec.Doc, &m); err != nil || m.Archive == nil {
		return state.Record{}, m, fmt.Errorf("the mark of this archive cannot be read: %w", errors.Join(err))
	}
	return rec, m, nil
}

// ErrNoArchive says that a store is in use by a daemon, or was.
var ErrNoArchive = errors.New("it holds what a daemon recorded itself. An import goes into a store of its own, where no daemon decides anything: name a new one, such as --store file:./archive")

// claim makes sure that the store is an archive, and makes it one where it is empty.
func claim(ctx context.Context, store state.Store, h *record.Header) error {
	rec, m, err := findMark(ctx, store)
	if err != nil {
		return err
	}
	if rec.Rev == "" {
		if err := isEmpty(ctx, store); err != nil {
			return err
		}
	} else if !m.Archive.At.Before(h.At) {
		return nil // what is known is newer
	}
	doc, err := json.Marshal(mark{Archive: h})
	if err != nil {
		return err
	}
	c := state.Commit{ID: markID(), Expect: rec.Rev, Next: state.NextRev(rec.Rev, doc, nil), Doc: doc, Key: markKey, Bound: rec.ID}
	return written(store.Commit(ctx, c))
}

func isEmpty(ctx context.Context, store state.Store) error {
	any, err := store.List(ctx, state.Query{Limit: 1})
	if err != nil {
		return err
	}
	_, err = store.RuleSet(ctx, 0)
	switch {
	case len(any) > 0 || err == nil:
		return ErrNoArchive
	case errors.Is(err, state.ErrNotFound):
		return nil
	}
	return err
}

// written answers an error unless a commit was written.
func written(res state.Result, err error) error {
	if err == nil && res.Status != state.Written {
		err = fmt.Errorf("somebody else writes to this store (%s): try again when nobody does", res.Status)
	}
	return err
}

// Document reads the document of an incident.
func Document(rec state.Record) (ifsev.Document, error) {
	var doc ifsev.Document
	if err := json.Unmarshal(rec.Doc, &doc); err != nil {
		return doc, fmt.Errorf("the document of incident %s cannot be read: %w", rec.ID, err)
	}
	return doc, nil
}
