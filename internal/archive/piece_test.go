package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
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

// held reads an incident of a live store.
func (l *live) held(n byte, key string) archive.Held {
	l.t.Helper()
	rec, err := l.Load(l.t.Context(), state.Ref{ID: id(n, key)})
	if err != nil {
		l.t.Fatal(err)
	}
	h := archive.Held{Record: rec, Number: l.docs[rec.ID].Incident.Number}
	if h.Pages, err = l.Timeline(l.t.Context(), rec.ID, 0, 1000); err != nil {
		l.t.Fatal(err)
	}
	if h.Verdicts, err = l.Verdicts(l.t.Context(), rec.ID); err != nil {
		l.t.Fatal(err)
	}
	if key != "" {
		bound, _ := l.Load(l.t.Context(), state.Ref{Key: key}) // there may be none
		h.Bound = bound.ID == rec.ID
	}
	return h
}

// piece is the record of some incidents of a live store.
func (l *live) piece(minutes int, all ...archive.Held) (*archive.Piece, string) {
	l.t.Helper()
	h := record.Header{At: noon.Add(time.Duration(minutes) * time.Minute), World: record.World{Severities: ifsev.DefaultSeverities()}}
	p := &archive.Piece{Header: h, Sets: archive.NewRegime(l), All: all}
	var b bytes.Buffer
	if err := p.Write(l.t.Context(), &b); err != nil {
		l.t.Fatal(err)
	}
	return p, b.String()
}

// All incidents of a store in one piece are what an export of it is, and a piece is imported as that.
func TestAPieceIsAnExport(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, store state.Store) {
		from := two(t)
		p, text := from.piece(1, from.held(3, ""), from.held(2, "db"), from.held(1, "db"))
		if want := export(t, from, 1, time.Time{}); text != want {
			t.Fatalf("got\n%s\nwant\n%s", text, want)
		}
		if err := p.Check(strings.NewReader(text)); err != nil {
			t.Error(err)
		}
		mustTake(t, store, text, archive.Imported{Added: 3, Events: 7, RuleSets: 3})
		if again := export(t, store, 1, time.Time{}); again != text {
			t.Fatalf("got\n%s\nwant\n%s", again, text)
		}
	})
}

func TestAPieceThatIsNotAsItWasWritten(t *testing.T) {
	t.Parallel()
	from := two(t)
	p, text := from.piece(1, from.held(2, "db"), from.held(1, "db"))
	longer, more := from.piece(1, from.held(3, ""), from.held(2, "db"), from.held(1, "db"))
	for name, c := range map[string]struct {
		p         *archive.Piece
		text, why string
	}{
		"an event":      {p, strings.Replace(text, `"text":"again"`, `"text":"never"`, 1), "the timeline was changed"},
		"a document":    {p, strings.Replace(text, `"document":{"incident":{"id"`, `"document":{"incident":{"owner":"x","id"`, 1), "the document was changed"},
		"cut":           {p, text[:len(text)-60], "cannot be read"},
		"another":       {longer, text, "is not there as it was written"},
		"more":          {p, more, "is not there as it was written"},
		"nothing":       {p, "", "broke off"},
		"one less":      {&archive.Piece{All: p.All[:1]}, text, "more than was written"},
		"another state": {&archive.Piece{All: []archive.Held{{Record: state.Record{ID: p.All[0].ID, Rev: "other"}}}}, text, "is not there as it was written"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.p.Check(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%v, want %s", err, c.why)
			}
		})
	}
}

// sets are rule sets taken into use at hours after noon, counted as they are read; there is none where the hour is -1, and it
// was not recorded where it is -2.
type sets struct {
	hours []int
	read  int
}

func (s *sets) RuleSet(_ context.Context, epoch int64) (state.RuleSet, error) {
	if epoch == 0 {
		epoch = int64(len(s.hours))
	}
	h := s.hours[epoch-1]
	if h == -1 {
		return state.RuleSet{}, state.ErrNotFound
	}
	s.read++
	var at time.Time
	if h >= 0 {
		at = noon.Add(time.Duration(h) * time.Hour)
	}
	files := []rules.Source{{Name: "r.yaml", Text: "rules: {}"}}
	return state.RuleSet{Epoch: epoch, Hash: fmt.Sprint(epoch), Body: rules.KeptBody(files, nil, at)}, nil
}

// lasting is an incident that was declared and last decided so many hours after noon.
func (l *live) lasting(from, until int, epoch int64) archive.Held {
	var doc ifsev.Document
	doc.Incident = ifsev.Incident{ID: id(byte(from), ""), Number: 1, DeclaredAt: noon.Add(time.Duration(from) * time.Hour)}
	doc.DecidedAt, doc.Epoch = noon.Add(time.Duration(until)*time.Hour), epoch
	return archive.Held{Record: state.Record{ID: doc.Incident.ID, Doc: l.json(&doc)}}
}

// A piece has the rule sets that were in force while its incidents lasted, and no others.
func TestRuleSetsOfAPiece(t *testing.T) {
	t.Parallel()
	every := []int{0, 10, 20, 30, 40}
	for name, c := range map[string]struct {
		hours []int
		spans [][3]int // from, until, epoch
		want  []int64
	}{
		"within one":               {every, [][3]int{{12, 15, 2}}, []int64{2}},
		"across three":             {every, [][3]int{{12, 35, 4}}, []int64{2, 3, 4}},
		"two apart":                {every, [][3]int{{12, 15, 2}, {42, 45, 5}}, []int64{2, 5}},
		"the newest":               {every, [][3]int{{50, 60, 5}}, []int64{5}},
		"before the first":         {[]int{10, 20}, [][3]int{{1, 2, 0}}, []int64{1}},
		"one is not there":         {[]int{0, -1, 20, 30}, [][3]int{{12, 15, 1}}, []int64{1}},
		"when was not recorded":    {[]int{-2, -2, 20, 30}, [][3]int{{22, 25, 3}}, []int64{1, 3}},
		"clocks that are apart":    {every, [][3]int{{10, 15, 2}}, []int64{1, 2}},
		"decided by an older one":  {every, [][3]int{{12, 15, 1}}, []int64{1, 2}},
		"a thousand, and one used": {slices.Repeat([]int{0}, 1000), [][3]int{{5, 6, 1000}}, []int64{1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t)
			from := &sets{hours: c.hours}
			p := archive.Piece{Sets: archive.NewRegime(from)}
			for _, s := range c.spans {
				p.All = append(p.All, l.lasting(s[0], s[1], int64(s[2])))
			}
			for range 2 {
				var b bytes.Buffer
				if err := p.Write(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				var got []int64
				for epoch := range int64(len(c.hours) + 1) {
					if strings.Contains(b.String(), fmt.Sprintf(`{"rules":{"epoch":%d,`, epoch)) {
						got = append(got, epoch)
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("rule sets %v, want %v", got, c.want)
				}
			}
			if most := len(c.hours) + 2*(len(c.want)+1); from.read > most {
				t.Errorf("%d were read, want %d at most: each once, and those that are written", from.read, most)
			}
		})
	}
}

// Pieces whose rule sets interleave are imported together, in whatever order they are given.
func TestPiecesTogether(t *testing.T) {
	t.Parallel()
	one := func(epoch int64, hash string, n byte) string {
		l := newLive(t)
		for range n - 1 {
			_, _ = l.Number(t.Context(), id(99, "")) // its number is another's
		}
		l.commit(n, "", "declared")
		_, text := l.piece(int(n), l.held(n, ""))
		lines := strings.SplitAfter(text, "\n")
		lines[1] = fmt.Sprintf(`{"rules":{"epoch":%d,"at":"2026-03-02T12:00:00Z","hash":%q,"files":[]}}`+"\n", epoch, hash)
		return strings.Join(lines, "")
	}
	a, b := one(5, "five", 1), one(3, "three", 2)
	read := func(texts ...string) (all []*record.Reader) {
		for i, text := range texts {
			r, err := record.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			r.Name = fmt.Sprint("piece ", i)
			all = append(all, r)
		}
		return all
	}
	store := memstate.New(at)
	done, err := archive.Import(t.Context(), store, read(a, b)...)
	if want := (archive.Imported{Added: 2, Events: 2, RuleSets: 2}); err != nil || done != want {
		t.Errorf("%+v, %v, want %+v", done, err, want)
	}
	for epoch, hash := range map[int64]string{3: "three", 5: "five"} {
		if kept, err := store.RuleSet(t.Context(), epoch); err != nil || kept.Hash != hash {
			t.Errorf("rule set %d is %q, %v", epoch, kept.Hash, err)
		}
	}
	other := one(5, "another five", 1)
	if _, err := archive.Import(t.Context(), memstate.New(at), read(a, other)...); err == nil || !strings.Contains(err.Error(), "piece 1: rule set 5 is another one") {
		t.Errorf("of two daemons: %v", err)
	}
	if _, err := archive.Import(t.Context(), memstate.New(at), read(a, strings.Replace(b, `"kept":{"rev":"`, `"kept":{"rev":"0`, 1))...); err == nil || !strings.HasPrefix(err.Error(), "piece 1: INC-2: ") {
		t.Errorf("a spoiled one: %v", err)
	}
}
