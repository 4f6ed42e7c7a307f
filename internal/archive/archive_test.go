package archive_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/redisstate"
)

// everywhere runs a test on an empty store of each kind.
func everywhere(t *testing.T, do func(t *testing.T, store state.Store)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { t.Parallel(); do(t, memstate.New(at)) })
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		store, err := boltstate.Open(t.TempDir(), boltstate.Options{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // nothing is asked of it any more
		do(t, store)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		store, err := redisstate.Open(t.Context(), redistest.Start(t).URL(), redisstate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // nothing is asked of it any more
		do(t, store)
	})
}

// two is a live store with two incidents of one key, an older one that is closed to it, and a third.
func two(t testing.TB) *live {
	l := newLive(t)
	l.commit(1, "db", "declared", "<b>")
	l.commit(1, "db", "again")
	l.commit(2, "db", "declared")
	l.rules("b")
	l.rules("a")
	l.commit(3, "", "declared", "x", "y")
	return l
}

// What is exported, imported and exported again is the same, byte for byte.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, store state.Store) {
		from := two(t)
		text := export(t, from, 1, time.Time{})
		mustTake(t, store, text, archive.Imported{Added: 3, Events: 7, RuleSets: 3})
		known, err := archive.Find(t.Context(), store)
		if err != nil || known == nil || !known.At.Equal(noon.Add(time.Minute)) {
			t.Fatalf("%+v, %v", known, err)
		}
		if again := export(t, store, 1, time.Time{}); again != text {
			t.Fatalf("got\n%s\nwant\n%s", again, text)
		}
		if rec, err := store.Load(t.Context(), state.Ref{Key: "db"}); err != nil || rec.ID != id(2, "db") {
			t.Errorf("the key leads to %s, %v", rec.ID, err)
		}
		for _, n := range []int64{1, 2, 3} {
			if _, err := store.Load(t.Context(), state.Ref{Number: n}); err != nil {
				t.Errorf("INC-%d: %v", n, err)
			}
		}
		mustTake(t, store, text, archive.Imported{Known: 3})
		wantNothingDue(t, store)
	})
}

// Nothing that was imported can wake or be delivered.
func wantNothingDue(t *testing.T, store state.Store) {
	t.Helper()
	all := make([]ifsev.Partition, ifsev.Partitions)
	for i := range all {
		all[i] = ifsev.Partition(i)
	}
	due, err := store.Due(t.Context(), all, 100)
	if err != nil || len(due.Wakes) > 0 || len(due.Destinations) > 0 || !due.Next.IsZero() {
		t.Errorf("%+v, %v", due, err)
	}
	letters, err := store.Deliveries(t.Context(), state.DeliveryQuery{Limit: 10})
	if err != nil || len(letters) > 0 {
		t.Errorf("%+v, %v", letters, err)
	}
}

// An incident that went on is continued, whichever export comes first.
func TestContinued(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, store state.Store) {
		from := two(t)
		early := export(t, from, 1, time.Time{})
		from.commit(1, "db", "still")
		from.rules("c")
		late := export(t, from, 2, time.Time{})
		mustTake(t, store, early, archive.Imported{Added: 3, Events: 7, RuleSets: 3})
		mustTake(t, store, late, archive.Imported{Continued: 1, Known: 2, Events: 1, RuleSets: 1})
		mustTake(t, store, early, archive.Imported{Known: 3})
		if got := export(t, store, 2, time.Time{}); got != late {
			t.Fatalf("got\n%s\nwant\n%s", got, late)
		}
		if known, err := archive.Find(t.Context(), store); err != nil || !known.At.Equal(noon.Add(2*time.Minute)) {
			t.Errorf("%+v, %v", known, err)
		}
	})
}

// A rule set whose number is not in an export leaves a gap, and the others keep their numbers.
func TestMissingRuleSets(t *testing.T) {
	t.Parallel()
	from := two(t)
	text := export(t, from, 1, time.Time{})
	lines := strings.SplitAfter(text, "\n")
	late := strings.Join(append(lines[:1:1], lines[3:]...), "")
	late = strings.Replace(late, `"hash":"a"`, `"hash":"a","files":[]`, 1)
	store := memstate.New(at)
	mustTake(t, store, late, archive.Imported{Added: 3, Events: 7, RuleSets: 1})
	if got := export(t, store, 1, time.Time{}); strings.Count(got, `{"rules"`) != 1 || !strings.Contains(got, `"epoch":3`) {
		t.Errorf("%s", got)
	}
	refused(t, store, text, "import the whole export, or all pieces of the archive at once, into a new archive")
}

func TestTamperedExports(t *testing.T) {
	t.Parallel()
	good := export(t, two(t), 1, time.Time{})
	for name, c := range map[string]struct{ old, new, why string }{
		"an event":                {`"text":"again"`, `"text":"never"`, "the timeline was changed: commit 2 (entry 3)"},
		"a document":              {`"document":{"incident":{"id"`, `"document":{"incident":{"owner":"x","id"`, "the document was changed"},
		"a revision":              {`"kept":{"rev":"`, `"kept":{"rev":"0`, "the timeline was cut"},
		"how events are together": {`"events":3}]`, `"events":2}]`, "events that nobody committed"},
		"more events than are":    {`"events":3}]`, `"events":4}]`, "events are missing"},
		"a number":                {`"number":3,"event"`, `"number":9,"event"`, "the document is that of another incident"},
		"an older version":        {`"version":2`, `"version":1`, "an older ifsev made this export"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.ReplaceAll(good, c.old, c.new)
			if bad == good {
				t.Fatal("nothing was changed")
			}
			refused(t, memstate.New(at), bad, c.why)
		})
	}
	t.Run("what was kept", func(t *testing.T) {
		t.Parallel()
		var lines []string
		for line := range strings.Lines(good) {
			if !strings.Contains(line, `"kept"`) {
				lines = append(lines, line)
			}
		}
		refused(t, memstate.New(at), strings.Join(lines, ""), "what was kept of it is missing")
	})
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	text := export(t, two(t), 1, time.Time{})
	t.Run("a daemon's store", func(t *testing.T) {
		t.Parallel()
		refused(t, two(t), text, "it holds what a daemon recorded itself")
		refused(t, newLive(t), text, "it holds what a daemon recorded itself")
	})
	t.Run("another history", func(t *testing.T) {
		t.Parallel()
		store, other := memstate.New(at), newLive(t)
		mustTake(t, store, text, archive.Imported{Added: 3, Events: 7, RuleSets: 3})
		other.commit(1, "db", "declared", "something else")
		refused(t, store, export(t, other, 2, time.Time{}), "INC-1: it is here with another history")
		if got := export(t, store, 1, time.Time{}); got[strings.Index(got, "\n"):] != text[strings.Index(text, "\n"):] {
			t.Error("something was changed")
		}
	})
	t.Run("another daemon", func(t *testing.T) {
		t.Parallel()
		store, other := memstate.New(at), newLive(t)
		mustTake(t, store, text, archive.Imported{Added: 3, Events: 7, RuleSets: 3})
		other.commit(7, "else", "declared")
		refused(t, store, export(t, other, 2, time.Time{}), "has that number here")
		other.rules("z")
		refused(t, store, export(t, other, 2, time.Time{}), "rule set 2 is another one here")
	})
	t.Run("somebody's key is no mark", func(t *testing.T) {
		t.Parallel()
		l := newLive(t)
		l.commit(1, "ifsev:archive", "declared")
		if known, err := archive.Find(t.Context(), l); known != nil || err != nil {
			t.Errorf("%+v, %v", known, err)
		}
		refused(t, l, text, "it holds what a daemon recorded itself")
	})
}

// An import that broke off in the middle of an incident goes on there.
func TestAnImportGoesOn(t *testing.T) {
	t.Parallel()
	text := export(t, two(t), 1, time.Time{})
	for fail := 1; ; fail++ {
		store := &failing{Store: memstate.New(at), after: fail}
		_, err := take(t, store, text)
		if err == nil {
			if fail < 5 {
				t.Fatalf("only %d commits", fail)
			}
			return
		}
		if _, err := take(t, store.Store, text); err != nil {
			t.Fatal(err)
		}
		if got := export(t, store.Store, 1, time.Time{}); got != text {
			t.Fatalf("after %d commits: got\n%s\nwant\n%s", fail, got, text)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	if _, err := archive.Document(state.Record{ID: "x", Doc: json.RawMessage("{")}); err == nil {
		t.Error("no error")
	}
}

// going is a store whose second incident is removed while it is read: before its document is, or before its timeline.
type going struct {
	archive.Source
	timeline bool
}

func (g *going) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	if !g.timeline && ref.ID == id(2, "db") {
		return state.Record{}, state.ErrNotFound
	}
	return g.Source.Load(ctx, ref)
}

func (g *going) Timeline(ctx context.Context, incident string, after int64, limit int) ([]state.Page, error) {
	if g.timeline && incident == id(2, "db") {
		return nil, state.ErrNotFound
	}
	return g.Source.Timeline(ctx, incident, after, limit)
}

func TestExportWhileIncidentsAreRemoved(t *testing.T) {
	t.Parallel()
	from := two(t)
	for _, timeline := range []bool{false, true} {
		text := export(t, &going{from, timeline}, 1, time.Time{})
		mustTake(t, memstate.New(at), text, archive.Imported{Added: 2, Events: 6, RuleSets: 3})
	}
}
