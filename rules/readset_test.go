package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

// Looking only at the rules that a change may mean something to decides as looking at all of them does, to the byte.
func TestReadSetsChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text, changes := anyRules(rt, storyStart), anyChanges(rt)
		one, all := tell(t, text), tell(t, text)
		all.set.lookAtAll = true
		both := func(do func(s *story)) {
			do(one)
			do(all)
			if a, b := decided(t, one), decided(t, all); a != b {
				rt.Fatalf("%s\n%v\nby read sets:\n%s\nall:\n%s", text, changes, a, b)
			}
		}
		both(func(s *story) { s.declare(ifsev.Declaration{Title: "x", Severity: 2}) })
		for _, c := range changes {
			both(func(s *story) { s.until(ifsev.FormatDuration(c.at.Truncate(time.Second))).change(c.change) })
		}
		both(func(s *story) { s.until("14h") })
	})
}

// decided is what must be the same: all but how often rules were looked at and what was not worth recording.
func decided(t *testing.T, s *story) string {
	t.Helper()
	var kept []Verdict
	for _, v := range s.last.Verdicts {
		if v.Noteworthy {
			kept = append(kept, v)
		}
	}
	slices.SortFunc(kept, func(a, b Verdict) int { return strings.Compare(a.Rule, b.Rule) })
	return strings.Join(s.log, "\n") + asJSON(t, s.doc) + asJSON(t, s.last.Events) + asJSON(t, s.last.Deliveries) + asJSON(t, kept)
}

// A new incident, one that only time passes for, and changes that few and many of the rules read.
func BenchmarkDecide(b *testing.B) {
	severity := ifsev.Severity(4)
	for _, n := range []int{10, 1000, 5000} {
		set, problems, _ := Load([]Source{{Name: "b.yaml", Text: manyRules(n)}}, storyWorld())
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		declare := Input{Now: storyStart, Submissions: []Submission{{
			ID: "d", IncidentID: "inc", Number: 1,
			Change: &ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: 3, Service: "service-7", Tags: []string{"tag-3", "tag-6"}}},
		}}}
		declared := set.Decide(declare).Document
		for _, c := range []struct {
			what string
			in   Input
		}{
			{"declare", declare},
			{"look", Input{Document: declared, Now: storyStart.Add(time.Minute)}},
			{"note", Input{Document: declared, Now: storyStart.Add(time.Minute), Submissions: []Submission{{ID: "n", Change: &ifsev.Change{Note: "x"}}}}},
			{"severity", Input{Document: declared, Now: storyStart.Add(time.Minute), Submissions: []Submission{{ID: "n", Change: &ifsev.Change{Severity: &severity}}}}},
		} {
			b.Run(fmt.Sprint(c.what, "/", n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					set.Decide(c.in)
				}
			})
		}
	}
}

func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range n {
		condition := fmt.Sprintf(`severity == 1 and "tag-%d" in tags`, i)
		switch i % 3 {
		case 1:
			condition = fmt.Sprintf(`status == "open" and service == "service-%d" and open_for > %dm`, i, i%60+1)
		case 2:
			condition = fmt.Sprintf(`severity <= 2 and not acknowledged and title contains "word-%d"`, i)
		}
		fmt.Fprintf(&b, "  rule-%d:\n    if: '%s'\n    then: [{note: never}]\n", i, condition)
	}
	return b.String()
}
