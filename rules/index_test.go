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

// Looking only at the rules whose conditions may hold decides as looking at all of them does, to the byte: over random
// rules, incidents, changes, reloads and stops. What was not looked at is explained as if it had been.
func TestTheIndexChangesNothing(t *testing.T) {
	t.Parallel()
	looked, skipped := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		texts := []string{indexedRules(rt, "before"), indexedRules(rt, "after")}
		one, all := tell(t, texts[0]), tell(t, texts[0])
		all.set.lookAtAll = true
		both := func(what string, do func(s *story)) {
			do(one)
			do(all)
			if a, b := decided(t, one), decided(t, all); a != b {
				rt.Fatalf("after %s of\n%s\nby the index:\n%s\nall:\n%s", what, strings.Join(texts, "\n"), a, b)
			}
			l, s := explainedAlike(t, rt, one, all)
			looked, skipped = looked+l, skipped+s
		}
		declaration := indexedDeclaration(rt)
		both("the declaration", func(s *story) { s.declare(declaration) })
		at := time.Duration(0)
		for range rapid.IntRange(0, 6).Draw(rt, "happenings") {
			at += time.Duration(rapid.IntRange(1, 5400).Draw(rt, "seconds")) * time.Second
			if rapid.IntRange(0, 5).Draw(rt, "stop") == 0 {
				both("a stop", func(s *story) { s.skip(ifsev.FormatDuration(at)).decide() })
			}
			both("a while", func(s *story) { s.until(ifsev.FormatDuration(at)) })
			if rapid.IntRange(0, 6).Draw(rt, "reload") == 0 {
				both("a reload", func(s *story) { s.use(texts[1]); s.set.lookAtAll = s == all; s.decide() })
				continue
			}
			change, what := indexedChange(rt)
			both(what, func(s *story) { s.change(change) })
		}
		both("the rest", func(s *story) { s.until("9h") })
	})
	if skipped*4 < looked {
		t.Errorf("only %d of %d looks were spared: this shows nothing", skipped, looked)
	}
}

// explainedAlike holds what was said of every rule against the explanations, and counts the looks and those spared.
func explainedAlike(t *testing.T, rt *rapid.T, one, all *story) (looked, skipped int) {
	said := map[string]bool{}
	for _, v := range one.last.Verdicts {
		said[v.Rule] = true
	}
	explained := map[string]Explanation{}
	for _, e := range one.set.Explain(one.doc, one.doc.DecidedAt, nil) {
		explained[e.Rule] = e
	}
	for _, v := range all.last.Verdicts {
		r := all.set.Rule(v.Rule)
		if r == nil || !r.WatchesState() || v.At != all.doc.DecidedAt {
			continue
		}
		if looked++; said[v.Rule] {
			continue
		}
		skipped++
		e := explained[v.Rule]
		if v.Kind != VerdictFalse || e.Verdict != VerdictFalse || e.Error != "" || v.Noteworthy {
			rt.Fatalf("%s was not looked at, says %+v and is explained as %s", v.Rule, v, asJSON(t, e))
		}
	}
	return looked, skipped
}

func indexedRules(rt *rapid.T, label string) string {
	var b strings.Builder
	b.WriteString("timezone: Europe/Berlin\ndefine:\n  bad: severity <= 2\n  ours: '\"db\" in tags or service == \"shop\"'\nrules:\n")
	for i := range rapid.IntRange(1, 9).Draw(rt, label) {
		if fmt.Fprintf(&b, "  r%d:\n    if: '%s'\n", i, indexedCondition(rt, 3)); rapid.IntRange(0, 6).Draw(rt, "scheduled") == 0 {
			fmt.Fprintf(&b, "    when: {schedule: %q}\n", rapid.SampledFrom([]string{"*/20 * * * *", "0 3,9,11 * * *"}).Draw(rt, "schedule"))
		} else {
			anyStateKeys(rt, &b)
			fmt.Fprintf(&b, "    backfill: %v\n", rapid.Bool().Draw(rt, "backfill"))
		}
		if rapid.Bool().Draw(rt, "cooldown") {
			b.WriteString("    cooldown: 50m\n")
		}
		fmt.Fprintf(&b, "    then: %s\n", rapid.SampledFrom([]string{
			"[{page: alice}]", "[{add_tags: [db]}]", "[{remove_tags: [db]}]", "[{set: {severity: 1}}]", "[{set: {service: shop}}]", "[{wait: 11m}, {mitigate: }]",
			"[{set: {fields.issue: X}}]", "[acknowledge]", "[{note: x}]",
		}).Draw(rt, "steps"))
	}
	fmt.Fprintf(&b, "silences:\n  - {if: '%s', until: %s}\n", indexedCondition(rt, 1), storyStart.Add(2*time.Hour).Format(time.RFC3339))
	return b.String()
}

// indexedCondition draws conditions the index knows much of, little of and nothing of, in any order; some cannot be
// evaluated of some incidents.
func indexedCondition(rt *rapid.T, depth int) string {
	kind := "part"
	if depth > 0 {
		kind = rapid.SampledFrom([]string{"and", "and", "or", "not", "part"}).Draw(rt, "kind")
	}
	switch kind {
	case "not":
		return "not (" + indexedCondition(rt, depth-1) + ")"
	case "and", "or":
		return "(" + indexedCondition(rt, depth-1) + " " + kind + " " + indexedCondition(rt, depth-1) + ")"
	}
	return rapid.SampledFrom([]string{
		`"db" in tags`, `tags contains "eu"`, `service == "shop"`, `service != "shop"`, `service in ["shop", "search"]`, `source == "am"`, "severity == 1",
		"severity <= 2", "bad", "ours", "not acknowledged", `status == "open"`, `status != "open"`, `fields.issue == "X"`, `fields.issue != "X"`,
		`title contains "x"`, `commander == ""`, "tasks_open > 0", "planned", "open_for > 17m", "since(last_update_at) >= 30m", "hour() >= 10",
		`was("severity", 3)`, `description matches "(a{0,100}){0,2}b"`, "len(tags) > 1",
	}).Draw(rt, "part")
}

func indexedDeclaration(rt *rapid.T) ifsev.Declaration {
	return ifsev.Declaration{
		Title: rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "title"), Severity: ifsev.Severity(rapid.IntRange(1, 4).Draw(rt, "severity")),
		Description: rapid.SampledFrom([]string{"", "a", strings.Repeat("a", 9000)}).Draw(rt, "description"),
		Tags:        rapid.SampledFrom([][]string{nil, {"db"}, {"eu", "db"}, {"other"}}).Draw(rt, "tags"),
		Service:     rapid.SampledFrom([]string{"", "shop", "search"}).Draw(rt, "service"), Source: rapid.SampledFrom([]string{"", "am"}).Draw(rt, "source"),
	}
}

func indexedChange(rt *rapid.T) (ifsev.Change, string) {
	text := func(s string) *string { return &s }
	what := rapid.SampledFrom([]string{"severity", "tag", "untag", "service", "field", "no field", "ack", "note", "close", "reopen", "cancel", "nothing"}).Draw(rt, "what")
	c := ifsev.Change{}
	switch what {
	case "severity":
		c = sev(ifsev.Severity(rapid.IntRange(1, 4).Draw(rt, "severity")))
	case "tag":
		c.AddTags = []string{rapid.SampledFrom([]string{"db", "eu"}).Draw(rt, "tag")}
	case "untag":
		c.RemoveTags = []string{rapid.SampledFrom([]string{"db", "eu"}).Draw(rt, "tag")}
	case "service":
		c.Service = text(rapid.SampledFrom([]string{"", "shop", "search"}).Draw(rt, "service"))
	case "field":
		c.Fields = ifsev.Data{"issue": "X"}
	case "no field":
		c.Fields = ifsev.Data{"issue": nil}
	case "ack":
		c.Acknowledge = "alice"
	case "note":
		c.Note = "n"
	case "close":
		c = status(ifsev.StatusClosed)
	case "reopen":
		c = status(ifsev.StatusOpen)
	case "cancel":
		c.CancelPlan = "r0"
	}
	return c, what
}

func TestTheIndexFindsRulesByEachPath(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, `
rules:
  tagged: {if: '"database" in tags and open_for > 1m', then: [mitigate]}
  elsewhere: {if: '"network" in tags', then: [mitigate]}
  either: {if: 'service == "search" or "eu" in tags', then: [mitigate]}
  region: {if: 'fields.region == "us"', then: [mitigate]}
  customers: {if: 'fields.customers > 5', then: [mitigate]}
  fewer: {if: 'fields.customers < 5 and severity == 3', then: [mitigate]}
  alike: {if: 'fields.customers > 5 and acknowledged', then: [mitigate]}
  command: {if: 'roles.commander == "alice" or roles.owner == "alice"', then: [mitigate]}
  nobody: {if: 'owner == "alice"', then: [mitigate]}
  never: {if: 'false', then: [mitigate]}
  unknown: {if: 'open_for > 1m', then: [mitigate]}
  event: {when: declared, if: '"database" in tags', then: [mitigate]}
`)
	var found []string
	for i, yes := range set.needs.mayHold(set.words.env(testIncident())) {
		if yes {
			found = append(found, set.Rules[i].Name)
		}
	}
	want := []string{"tagged", "either", "customers", "alike", "command", "unknown"}
	if !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	if n := len(set.needs.tests); n != 2 {
		t.Errorf("%d tests are kept, want one for each different need", n)
	}
}

// The limits of an incident are below those up to which the needs of conditions are right.
func TestIncidentsAreSmallEnoughForTheIndex(t *testing.T) {
	t.Parallel()
	const utf8Bytes = 4
	if ifsev.MaxText*utf8Bytes > 128<<10 || ifsev.MaxTags > 4096 || ifsev.MaxPeople > 4096 || ifsev.MaxFieldsBytes > 128<<10 {
		t.Error("see lang.Condition.Needs")
	}
}

// What a condition said of the time while it could still hold is forgotten once it cannot: no wake is left of it.
func TestAWakeIsNotLeftOfWhatCannotHold(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules:\n  r: {if: status == \"open\" and open_for > 20m, then: [mitigate]}\n")
	open, over := ifsev.Change{Declare: &ifsev.Declaration{Title: "x"}}, status(ifsev.StatusClosed)
	for _, all := range []bool{false, true} {
		set.lookAtAll = all
		d := set.Decide(Input{Now: monday, Submissions: []Submission{{ID: "a", IncidentID: "i", Number: 1, Change: &open}, {ID: "b", Change: &over}}})
		if !d.Document.Wake.IsZero() {
			t.Errorf("looking at all %v: a wake at %v", all, d.Document.Wake)
		}
	}
}
