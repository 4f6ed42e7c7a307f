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

// What the order of rules in the files decides, and what it does not. All conditions of rules that watch the state are
// looked at in one state, and only then what is due fires. So which rules fire, with which branch, at which instant and
// how deep in the chain, what they remember, the next wake and what becomes of the incident do not depend on the order.
// It decides in which order they do so: the order of events in the timeline and of deliveries in a lane, and which of
// two that set one field differently comes last, which is why `check` tells of those. Rules that look at events look
// one after the other, each at what the one before has left: here they ask the event alone.
func TestTheFixedPointDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	fired := 0
	rapid.Check(t, func(rt *rapid.T) {
		rules, changes := commutingRules(rt), anyChanges(rt)
		one, two := tell(t, inOrder(rules)), tell(t, inOrder(rapid.Permutation(rules).Draw(rt, "order")))
		both := func(do func(s *story)) {
			do(one)
			do(two)
			if a, b := withoutOrder(t, one), withoutOrder(t, two); a != b {
				rt.Fatalf("%v\nin this order:\n%s\n%s\nin that:\n%s\n%s", changes, one.set.files[0].Text, a, two.set.files[0].Text, b)
			}
		}
		both(func(s *story) { s.declare(ifsev.Declaration{Title: "x", Severity: 2}) })
		for _, c := range changes {
			both(func(s *story) { s.until(ifsev.FormatDuration(c.at.Truncate(time.Second))).change(c.change) })
		}
		both(func(s *story) { s.until("9h") })
		fired += len(one.log)
	})
	if fired == 0 {
		t.Error("nothing ever fired: this shows nothing")
	}
}

// commutingRules draws rules of which no two set a field differently; they set each other off through tags, notes and
// the severity.
func commutingRules(rt *rapid.T) []string {
	count := rapid.IntRange(2, 6).Draw(rt, "rules")
	all := make([]string, count)
	for i := range all {
		var b strings.Builder
		if rapid.IntRange(0, 3).Draw(rt, "on events") == 0 {
			fmt.Fprintf(&b, "  r%d:\n    when: %s\n", i, rapid.SampledFrom([]string{"noted", "tagged", "severity_changed", "rule_fired"}).Draw(rt, "when"))
			fmt.Fprintf(&b, "    if: 'event.actor.kind == %q'\n", rapid.SampledFrom([]string{"person", "rule"}).Draw(rt, "actor"))
			fmt.Fprintf(&b, "    cooldown: 50m\n    then: [{add_tags: [t%d]}]\n", i)
			all[i] = b.String()
			continue
		}
		other := rapid.IntRange(0, count-1).Draw(rt, "other")
		condition := rapid.SampledFrom([]string{
			anyCondition(rt), fmt.Sprintf(`"t%d" in tags`, other), fmt.Sprintf(`not ("t%d" in tags) and status == "open"`, other),
			fmt.Sprintf(`"t%d" in tags and (%s)`, other, anyCondition(rt)), "len(tags) >= 2", "len(tags) % 2 == 1",
		}).Draw(rt, "condition")
		fmt.Fprintf(&b, "  r%d:\n    if: '%s'\n", i, condition)
		anyStateKeys(rt, &b)
		if rapid.Bool().Draw(rt, "cooldown") {
			b.WriteString("    cooldown: 50m\n")
		}
		fmt.Fprintf(&b, "    then: %s\n", rapid.SampledFrom([]string{
			fmt.Sprintf("[{add_tags: [t%d]}]", i), fmt.Sprintf("[{add_tags: [t%d]}, {wait: 11m}, {remove_tags: [t%d]}]", i, i), "[{note: x}, {page: alice}]", "[{set: {severity: 1}}]",
		}).Draw(rt, "steps"))
		all[i] = b.String()
	}
	return all
}

func inOrder(rules []string) string {
	return "timezone: Europe/Berlin\ncalendars:\n  nights: {days: sat-sun, hours: [\"22:30-02:15\"]}\n  always: {days: mon-sun}\nrules:\n" + strings.Join(rules, "")
}

// withoutOrder is a story so far without what the order of the rules may decide.
func withoutOrder(t *testing.T, s *story) string {
	t.Helper()
	log := slices.Sorted(slices.Values(s.log))
	inc := s.doc.Incident
	inc.Tags = slices.Sorted(slices.Values(inc.Tags))
	inc.Past = map[string][]string{}
	for field, values := range s.doc.Incident.Past {
		inc.Past[field] = slices.Sorted(slices.Values(values))
	}
	var firings, events []string
	for _, f := range s.doc.Firings {
		firings = append(firings, fmt.Sprint(f.Rule, f.Branch, f.Step, f.Queued, f.Until, f.At, f.Depth, f.AcceptedAt))
	}
	for _, ev := range s.last.Events {
		text := fmt.Sprint(ev.Type, ev.Depth, ev.At)
		if ev.Type == ifsev.RuleFired {
			text += ev.Actor.Name + ev.Data.String("branch")
		}
		events = append(events, text)
	}
	slices.Sort(firings)
	slices.Sort(events)
	return strings.Join(append(append(log, firings...), events...), "\n") + asJSON(t, inc) + asJSON(t, s.doc.Rules) + s.doc.Wake.String()
}
