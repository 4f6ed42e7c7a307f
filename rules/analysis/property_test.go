package analysis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// The pieces of random rules: few values, so that they meet.
var (
	someEvents     = []string{"declared", "severity_changed", "status_changed", "tagged", "untagged", "noted", "updated", "acknowledged", "closed", "reopened", "mitigated", "role_assigned", "rule_fired", "action_failed", "delivered", "linked"}
	someConditions = []string{
		"severity == 1", "severity == 2", "severity <= 2", "severity > 1", `status == "open"`, `status != "open"`, `status == "closed"`, `"x" in tags`, `not ("x" in tags)`,
		"acknowledged", "not acknowledged", `fields.region == "eu"`, `fields.region != "eu"`, "fields.region == nil", "fields.customers == 1", `commander == "alice"`, `title == "a"`, `service != "b"`,
		"since(last_activity_at) > 1m", "since(severity_changed_at) < 1m", "firing_alerts == 0", "open_for < 1h", `was("severity", 2)`, "len(tags) > 1", "planned", `between("09:00", "17:00")`,
	}
	someEventConditions = []string{`event.actor.kind == "person"`, `event.actor.kind == "rule"`, `event.by != "r0"`, `event.by == "r1"`, `event.type != "noted"`}
	someSteps           = []string{
		"set: {severity: 1}", "set: {severity: 2}", `set: {severity: "${max(1, severity - 1)}"}`, `set: {severity: "${severity == 1 ? 2 : 1}"}`, `set: {severity: "${severity + 1}"}`,
		"add_tags: [x]", "remove_tags: [x]", "add_tags: [x, y]", `add_tags: ["${title}"]`, `remove_tags: ["${title}"]`, "close: x", "reopen: x", "mitigate: x", "set: {status: open}", "set: {status: invalid}",
		"acknowledge:", "note: hello", `note: "${title} again"`, "set: {fields.region: eu}", "set: {fields.region: us}", "set: {fields.region: null}", "set: {fields.customers: 1, title: a}",
		`set: {title: "${title == \"a\" ? \"b\" : \"a\"}"}`, "assign: {role: commander, to: alice}", "assign: {role: commander, to: bob}", "assign: {role: owner, to: commander}", "add_oncall: database",
		"link: {url: https://example.com}", `link: {url: "https://example.com/${severity}"}`, "webhook: {to: status, json: {}}", "add_responders: [alice]", "subscribe: [bob]",
	}
)

// someOfEvent are conditions about the fields of one type of event.
var someOfEvent = map[string][]string{
	"severity_changed": {"event.to < event.from", "event.to > event.from", "event.from - event.to >= 1", "event.to == severity", "event.to + 1 == event.from", "event.to in [1, 2]", "event.from * 2 > event.to"},
	"status_changed":   {"event.to == status", "event.to != event.from", `event.reason contains "x"`, `event.reason matches "x"`, "event.reason == nil"},
	"closed":           {"event.to == status", "event.from != event.to", `event.reason startsWith "x"`, `lower(event.reason) == "x"`},
	"reopened":         {"event.to != event.from", `not (event.reason contains "y")`},
	"mitigated":        {"event.from != event.to", `event.to contains "miti"`},
	"tagged":           {`"x" in event.tags`, "len(event.tags) > 0", `join(event.tags) contains "x"`, `all(event.tags, # in tags)`},
	"untagged":         {`not ("x" in event.tags and "x" in tags)`, "len(event.tags) == 1"},
	"noted":            {`event.text contains "hello"`, `event.text matches "(?i)HELLO"`, `event.text endsWith "again"`, "event.text != title", `event.by == "carol" or event.text contains "again"`},
	"updated":          {`event.to contains "a"`, `event.field == "title" and event.to == title`, "event.from != event.to", `event.field startsWith "fields."`},
	"role_assigned":    {"event.to == commander", "event.from != event.to", "event.role == event.actor.name or event.to != owner"},
	"rule_fired":       {"event.rule == event.by", `event.rule contains "r"`, `event.rule != event.by or event.branch == "then"`},
	"action_failed":    {`event.error contains "5"`, `event.rule startsWith "r"`},
	"delivered":        {"event.attempts >= 1", `event.action contains "hook"`},
	"declared":         {"event.severity == severity", "event.title == title", `event.title contains "a"`, "event.severity + 1 > severity"},
	"linked":           {`event.url contains "example"`, "event.title == nil"},
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func randomRules(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "  r%d:\n", i)
		onEvent := r.IntN(2) == 0
		conditions := []string{}
		for range r.IntN(3) {
			conditions = append(conditions, pick(r, someConditions))
		}
		if onEvent {
			when := pick(r, someEvents)
			if r.IntN(6) == 0 && when != "acknowledged" {
				fmt.Fprintf(&b, "    when: [%s, acknowledged]\n", when)
			} else {
				fmt.Fprintf(&b, "    when: %s\n", when)
			}
			if some := someOfEvent[when]; some != nil && r.IntN(3) == 0 {
				conditions = append(conditions, pick(r, some))
			}
			if r.IntN(4) == 0 {
				conditions = append(conditions, pick(r, someEventConditions))
			}
		} else {
			if len(conditions) == 0 {
				conditions = append(conditions, pick(r, someConditions))
			}
			fmt.Fprintf(&b, "    rearm: %s\n", pick(r, []string{"when_false", "when_false", "episode", "never"}))
			if r.IntN(4) == 0 {
				fmt.Fprintf(&b, "    otherwise:\n      - %s\n", pick(r, someSteps))
			}
		}
		if len(conditions) > 0 {
			fmt.Fprintf(&b, "    if: %s\n", quoted(strings.Join(conditions, pick(r, []string{" and ", " and ", " or "}))))
		}
		if r.IntN(12) == 0 {
			b.WriteString("    cooldown: 1m\n")
		}
		b.WriteString("    then:\n")
		for range 1 + r.IntN(2) {
			fmt.Fprintf(&b, "      - %s\n", pick(r, someSteps))
			if r.IntN(6) == 0 {
				fmt.Fprintf(&b, "        if: %s\n", quoted(pick(r, someConditions)))
			}
		}
	}
	return b.String()
}

func quoted(text string) string { return "'" + text + "'" }

// history does random things to one incident and answers the rules of every chain that was ended, and those that
// fired.
func history(r *rand.Rand, set *rules.Set) (ended [][]string, fired map[string]bool) {
	fired = map[string]bool{}
	var doc ifsev.Document
	var waiting []ifsev.Delivery
	now := weekday
	severity := func() *ifsev.Severity { s := ifsev.Severity(1 + r.IntN(3)); return &s }
	status := func() *ifsev.Status { s := ifsev.Statuses()[r.IntN(4)]; return &s }
	for i := range 14 {
		sub := rules.Submission{ID: fmt.Sprint("e", i), Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: "carol"}, IncidentID: "00000000-0000-7000-8000-000000000001", Number: 1}
		title := pick(r, []string{"a", "b"})
		changes := []*ifsev.Change{
			{Severity: severity()}, {Status: status()}, {Note: "hello"}, {AddTags: []string{"x"}}, {RemoveTags: []string{"x"}}, {Acknowledge: "carol"},
			{Fields: ifsev.Data{"region": pick(r, []string{"eu", "us"})}}, {Title: &title}, {Roles: map[string]string{"commander": pick(r, []string{"alice", "carol"})}},
		}
		sub.Change = changes[r.IntN(len(changes))]
		if i == 0 {
			sub.Change = &ifsev.Change{Declare: &ifsev.Declaration{Title: title, Severity: *severity(), Tags: []string{"x", "y"}[:r.IntN(3)]}}
		}
		if len(waiting) > 0 && r.IntN(3) > 0 {
			sub = rules.Submission{ID: sub.ID, Outcome: &ifsev.Outcome{Delivery: waiting[0], Attempts: 1, Receipt: &ifsev.Receipt{Status: 200}}}
			if r.IntN(3) == 0 {
				sub.Outcome.Receipt, sub.Outcome.Failure = nil, &ifsev.Failure{Reason: ifsev.ReasonServer, Text: "500"}
			}
			waiting = waiting[1:]
		}
		d := set.Decide(rules.Input{Document: doc, Submissions: []rules.Submission{sub}, Now: now})
		doc, waiting = d.Document, append(waiting, d.Deliveries...)
		for _, ev := range d.Events {
			if chainEnded(ev) {
				ended = append(ended, ev.Data.Strings("rules"))
			}
			if ev.Type == ifsev.RuleFired {
				fired[ev.Data.String("rule")] = true
			}
		}
		now = now.Add(time.Duration(r.IntN(4)) * 30 * time.Second)
	}
	return ended, fired
}

// Every chain of rules that a decision had to end goes through a loop that was reported: none is missed.
func TestNoLoopIsMissed(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	ended, proven, suspected, clean := 0, 0, 0, 0
	for range trials(600) {
		text := randomRules(r)
		set, errs, _ := rules.Load([]rules.Source{{Name: "r.yaml", Text: text}}, testWorld())
		if errs != nil {
			t.Fatalf("%s\n%s", errs.Text(), text)
		}
		m := newModel(set)
		found := m.findLoops()
		reported := map[string]bool{}
		for _, l := range found {
			for _, n := range l.nodes {
				reported[n.rule.Name] = true
			}
		}
		looped := false
		for range 4 {
			chains, _ := history(r, set)
			for _, names := range chains {
				ended++
				looped = true
				if !slices.ContainsFunc(names, func(name string) bool { return reported[name] }) {
					t.Fatalf("the chain %v was ended, and no loop of these is reported:\n%s", names, text)
				}
			}
		}
		w := newWitness(m)
		for i := range found {
			if _, ok := w.seen(&found[i]); ok {
				proven++
			} else {
				suspected++
			}
		}
		if !looped && len(found) == 0 {
			clean++
		}
	}
	t.Logf("%d chains ended; %d loops seen, %d suspected; %d sets clean", ended, proven, suspected, clean)
	if ended < trials(80) || proven < trials(20) || clean < trials(80) {
		t.Errorf("%d chains ended, %d loops proven, %d sets clean: the test shows little", ended, proven, clean)
	}
}

// A rule that is said never to fire never does.
func TestWhatNeverFiresNeverFires(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	silent := 0
	for range trials(400) {
		text := randomRules(r)
		set := load(t, text)
		rep := &report{model: newModel(set)}
		never(rep)
		silent += len(rep.silent)
		for range 3 {
			_, fired := history(r, set)
			for name := range rep.silent {
				if fired[name] {
					t.Fatalf("%s was said never to fire, and it did:\n%s", name, text)
				}
			}
		}
	}
	if silent < trials(5) {
		t.Errorf("only %d rules never fire: the test shows little", silent)
	}
}

// trials is fewer of them where tests are to be short.
func trials(n int) int {
	if testing.Short() {
		return n / 4
	}
	return n
}
