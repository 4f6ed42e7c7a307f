package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// attic is an archive for tests.
type attic struct {
	kept []Archived
	err  error
	// meanwhile is called between keeping and removing.
	meanwhile func()
}

func (a *attic) Keep(_ context.Context, all []Archived) error {
	if a.err == nil {
		a.kept = append(a.kept, all...)
	}
	if a.meanwhile != nil {
		a.meanwhile()
	}
	return a.err
}

func TestClosedIncidentsLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := &attic{err: errors.New("no room")}
		c := Retention{Closed: time.Hour}
		e := w.start("", func(o *Options) { o.Retention = func() Retention { return c } })
		open, closed, again := e.declare(ifsev.Declaration{}), e.declare(ifsev.Declaration{}), e.declare(ifsev.Declaration{})
		status := func(id string, s ifsev.Status) {
			if _, err := e.Submit(t.Context(), Request{Ref: state.Ref{ID: id}, Change: ifsev.Change{Status: &s}}); err != nil {
				t.Error(err)
			}
		}
		there := func(id string, want bool) {
			t.Helper()
			if _, err := e.Incident(t.Context(), state.Ref{ID: id}); (err == nil) != want {
				t.Errorf("%s: %v", id, err)
			}
		}
		status(closed.ID, ifsev.StatusClosed)
		status(again.ID, ifsev.StatusClosed)
		w.pass(2 * time.Hour)
		there(closed.ID, true) // there is no archive
		c.Archive = a
		w.pass(2 * time.Hour)
		there(closed.ID, true) // it could not be kept
		a.err, a.meanwhile = nil, func() { a.meanwhile = nil; status(again.ID, ifsev.StatusOpen) }
		w.pass(2 * time.Hour)
		there(closed.ID, false)
		there(open.ID, true)
		there(again.ID, true) // it was reopened in between
		if len(a.kept) != 2 || len(a.kept[0].Events) != 2 {
			t.Errorf("%+v", a.kept)
		}
	})
}

// Remove implements state.Remover.
func (p *probe) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	return p.Store.(state.Remover).Remove(ctx, id, expect)
}
