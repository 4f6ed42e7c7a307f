package daemon

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

// idle performs nothing: there is nothing to perform.
type idle struct{}

func (idle) Perform(context.Context, actions.Attempt) (ifsev.Receipt, error) {
	return ifsev.Receipt{}, nil
}

func watchful(t *testing.T, text string) *rules.Set {
	t.Helper()
	w := rules.World{Actions: actions.Catalogue(), Severities: ifsev.DefaultSeverities()}
	set, problems, _ := rules.Load([]rules.Source{{Name: "rules.yaml", Text: text}}, w)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

// archivedIn lets incidents be declared, closed and archived in dir by a daemon's engine, and answers them as they were.
func archivedIn(t *testing.T, dir string) []ifsev.Document {
	t.Helper()
	var all []ifsev.Document
	synctest.Test(t, func(t *testing.T) {
		store := memstate.New(time.Now)
		var e *engine.Engine
		retention := func() engine.Retention {
			a := &archiver{conf: config.Archive{Dir: dir}, engine: e, sets: archive.NewRegime(e), now: time.Now}
			return engine.Retention{Closed: 24 * time.Hour, Archive: a}
		}
		e, err := engine.New(engine.Options{
			Store: store, Performer: idle{}, Actions: actions.Catalogue(), Owner: "test", Poll: time.Minute, Retention: retention,
			Rules: watchful(t, "rules:\n  told:\n    if: severity == 1\n    then: [{note: look at it}]\n"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed := ifsev.StatusClosed
		for range 2 {
			reply, err := e.Submit(t.Context(), engine.Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "<Disk> is full", Key: "disk", Severity: 1}}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			ref := state.Ref{ID: reply.Incident.ID}
			if _, err := e.Submit(t.Context(), engine.Request{Ref: ref, Change: ifsev.Change{Status: &closed}}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			doc, err := e.Incident(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, doc)
		}
		time.Sleep(48 * time.Hour)
		if left, err := store.List(t.Context(), state.Query{Limit: 10}); err != nil || len(left) > 0 {
			t.Errorf("%d are left, %v", len(left), err)
		}
		if err := e.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return all
}

// What retention writes is imported, as what `ifsev export` prints is: documents, verdicts and revisions.
func TestAPieceOfTheArchiveIsImported(t *testing.T) {
	t.Parallel()
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "store")
	all := archivedIn(t, dir)
	pieces, err := filepath.Glob(filepath.Join(dir, "incidents-*.jsonl.gz"))
	if err != nil || len(pieces) != 1 {
		t.Fatalf("%v, %v: want one piece", pieces, err)
	}
	body, err := os.ReadFile(pieces[0])
	if err != nil {
		t.Fatal(err)
	}
	done, err := Import(t.Context(), "file:"+to, []Recorded{{Name: "piece", Text: bytes.NewReader(body)}}, time.Now)
	if err != nil || done.Added != 2 || done.RuleSets != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	store, err := openToRead(t.Context(), &config.Config{Store: secret.Secret("file:" + to)}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }() // nothing is asked of it any more
	for _, doc := range all {
		rec, err := store.Load(t.Context(), state.Ref{Number: doc.Incident.Number})
		if err != nil {
			t.Fatal(err)
		}
		got, err := archive.Document(rec)
		if err != nil || got.Incident.ID != doc.Incident.ID || got.Incident.Version != doc.Incident.Version {
			t.Errorf("%+v, %v, want %+v", got.Incident, err, doc.Incident)
		}
		pages, err := store.Timeline(t.Context(), rec.ID, 0, 1000)
		if err != nil || state.Verify(pages, rec.Rev) != nil {
			t.Errorf("%v, %v", err, state.Verify(pages, rec.Rev))
		}
		if verdicts, err := store.Verdicts(t.Context(), rec.ID); err != nil || verdicts["told"] == nil {
			t.Errorf("%d verdicts, %v", len(verdicts), err)
		}
	}
	if bound, err := store.Load(t.Context(), state.Ref{Key: "disk"}); err != nil || bound.ID != all[1].Incident.ID {
		t.Errorf("the key leads to %s, %v", bound.ID, err)
	}
}

// Errors of an import say which file they are about.
func TestImportNamesTheFile(t *testing.T) {
	t.Parallel()
	from := []Recorded{{Name: "spoiled.jsonl", Text: strings.NewReader("no export")}}
	if _, err := Import(t.Context(), "file:"+t.TempDir(), from, time.Now); err == nil || !strings.HasPrefix(err.Error(), "spoiled.jsonl: line 1: ") {
		t.Errorf("%v", err)
	}
}
