package daemon

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// archived makes the daemon one that shows an archive, if the store is one: under the rules and as of the instant of
// the export. Nothing is decided in it, so nothing is delivered and nothing changes.
func (d *daemon) archived(ctx context.Context) error {
	known, err := archive.Find(ctx, d.store)
	if err != nil || known == nil {
		return err
	}
	w, err := known.World.Rules(d.current.set.World.Actions)
	if err != nil {
		return err
	}
	set, err := archivedRules(ctx, d.store, w)
	if err != nil {
		d.Log.Warn("the rules of the archive do not load any more; it is shown without", "error", err)
		set, _, _ = rules.Load(nil, w)
	}
	d.current.set, d.archive = set, known
	d.Log.Warn("the store is an archive of what was recorded elsewhere: it is shown as it was, and nothing is decided, delivered or changed", "at", known.At)
	return nil
}

// archivedRules loads the newest rule set of an archive.
func archivedRules(ctx context.Context, store archive.Source, w rules.World) (*rules.Set, error) {
	kept, err := store.RuleSet(ctx, 0)
	if errors.Is(err, state.ErrNotFound) {
		kept.Body, err = rules.KeptBody(nil, nil, time.Time{}), nil
	}
	if err != nil {
		return nil, err
	}
	files, err := rules.Sources(kept.Body)
	if err != nil {
		return nil, err
	}
	set, wrong, _ := rules.Load(files, w)
	if len(wrong) > 0 {
		return nil, wrong
	}
	numbered := *set
	numbered.Epoch = kept.Epoch
	return &numbered, nil
}

// clock is the wall clock, or in an archive the instant of its export.
func (d *daemon) clock() func() time.Time {
	if d.archive == nil {
		return nil
	}
	at := d.archive.At
	return func() time.Time { return at }
}

// readOnly refuses what would change an archive.
func (d *daemon) readOnly(next http.Handler) http.Handler {
	if d.archive == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			problem.Write(w, problem.New(http.StatusConflict, "this daemon shows an archive of what was recorded elsewhere: nothing can be changed in it"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
