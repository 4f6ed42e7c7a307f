package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// parts are rules that between them use every shape of rule. A set is some of them and some that were drawn.
var parts = []string{
	`
  ladder:
    if: status == "open" and not acknowledged
    after:
      20s: [page: alice]
      1m:
        - page: bob
        - webhook: {to: slow, json: {text: "nobody on INC-${number}"}}
      3m: [page: database]
`, `
  say:
    when: noted
    then:
      - webhook: {to: status, json: {text: "${event.text}"}}
`, `
  several:
    if: severity == 1
    then:
      - {id: first, webhook: {to: status, json: {n: 1}}}
      - webhook: {to: slow, json: {n: 2}}
        retry: {attempts: 2, min: 1s, max: 2s}
        continue: true
      - add_tags: ["done-${steps.first.status}"]
      - webhook: {to: status, json: {n: 3}}
`, `
  fallback:
    when: tagged
    then:
      - webhook: {to: slow, json: {tags: "${tags}"}}
        retry: {attempts: 2, min: 1s, max: 5s}
        on_error:
          - page: bob
            text: "${error.message}"
          - note: fell back
      - acknowledge
`, `
  nag:
    if: status == "open" and since(last_update_at) >= 40s
    every: 45s
    max: 3
    rearm: when_false
    then: [page: alice]
`, `
  otherwise:
    if: severity <= 2
    rearm: when_false
    then: [{webhook: {to: status, json: {bad: true}}}]
    otherwise: [{webhook: {to: status, json: {bad: false}}}, {note: better}]
`, `
  waits:
    when: acknowledged
    then:
      - webhook: {to: status, json: {acknowledged: true}}
      - wait: 25s
      - page: bob
        if: status == "open"
`, `
  clock:
    if: status == "open" and between("00:02", "00:04")
    then: [page: alice]
`, `
  slow: {if: open_for > 90s and severity > 1, rearm: when_false, then: [{set: {severity: "${max(1, severity - 1)}"}}]}
`, `
  all-quiet:
    when: alert_resolved
    if: status == "open" and firing_alerts == 0
    then: [{mitigate: every alert has resolved}]
`, `
  tell-everybody:
    when: status_changed
    mode: restart
    then:
      - page: ${item}
        each: responders
        continue: true
      - note: all were told
`, `
  held:
    if: status == "mitigated"
    for: 30s
    cooldown: 1m
    rearm: when_false
    then: [{close: it stayed so}]
`, `
  chain: {if: '"a" in tags', then: [{add_tags: [b]}, {webhook: {to: slow, json: {}}}]}
  link: {if: '"b" in tags', rearm: when_false, then: [{remove_tags: [a, b]}]}
  begin: {when: noted, cooldown: 20s, mode: skip, then: [{add_tags: [a]}, {page: alice}]}
`, `
  on-trial: {if: open_for > 30s, shadow: true, then: [page: bob]}
  back: {if: acknowledged, backfill: true, then: [{webhook: {to: status, json: {back: true}}}]}
`, `
  cron:
    when: {schedule: "1,2,4 0 1 1 *"}
    if: status == "open"
    then: [{webhook: {to: slow, json: {every: minute}}}]
`,
}

// marker is a rule that tells sets apart: which one judged a note is in the timeline.
const marker = `
  marker-%d: {when: noted, then: [{add_tags: [seen-by-%d]}]}
`

// hushed are rules that one of the silences holds back until then, on every incident.
const hushed = 80 * time.Second

// silences hold rules back; they end in the midst of the trouble.
const silences = `
  hush: {if: status == "open", rearm: when_false, then: [page: bob], otherwise: [page: alice]}
silences:
  - {if: severity >= 1, until: "2000-01-01T00:01:20Z", reason: all of it, rules: [hush]}
  - {if: severity == 2 and open_for > 20s, until: "2000-01-01T00:03:00Z", reason: some of it}
  - {if: 'tags contains "web"', until: "2000-01-01T00:02:00Z", reason: the web}
`

// families is how many families of rule sets there are beside the fixed one: loading takes longer than a world does.
const families = 48

// drawSets draws the rule sets that a world will have, one after the other.
func drawSets(s *scheduler) []*rules.Set {
	family := s.rand.IntN(families)
	n := 1 + s.rand.IntN(3)
	sets := make([]*rules.Set, n)
	for i := range sets {
		sets[i] = library(family, i)
	}
	return sets
}

// loaded are the sets that were loaded in this process, by hash and by place: sets do not change, and loading one takes
// as long as many turns.
var loaded sync.Map

type place struct{ family, generation int }

// library answers the set at a place.
func library(family, generation int) *rules.Set {
	at := place{family, generation}
	if set, ok := loaded.Load(at); ok {
		return set.(*rules.Set)
	}
	set := load(textOf(at))
	loaded.Store(set.Hash, set)
	loaded.Store(at, set)
	return set
}

// loadKept is engine.Options.LoadSet.
func loadKept(kept state.RuleSet) (*rules.Set, error) {
	if set, ok := loaded.Load(kept.Hash); ok {
		return set.(*rules.Set), nil
	}
	return nil, fmt.Errorf("rule set %d is none of this world", kept.Epoch)
}

// textOf makes the rules of a place: the parts in family 0, elsewhere some of them and some that are drawn. From one
// generation to the next some are taken out and some are changed.
func textOf(at place) string {
	r := rand.New(rand.NewPCG(uint64(at.family), 77))
	var b strings.Builder
	b.WriteString("rules:\n")
	for i, part := range slices.Concat(parts, across) {
		seldom := 3
		if i >= len(parts) {
			seldom = 4 + at.family%3
		}
		in := at.family == 0 || r.IntN(seldom) == 0
		if later := r.IntN(8); at.generation > 0 && later == 0 {
			in = !in
		}
		if in && !(at.generation == 2 && i%5 == at.family%5) {
			b.WriteString(part)
		}
	}
	for i := range r.IntN(4) {
		text := drawRule(r, i)
		if at.generation > 0 && r.IntN(4) == 0 {
			text = drawRule(r, i)
		}
		b.WriteString(text)
	}
	fmt.Fprintf(&b, marker, at.generation, at.generation)
	if at.family%2 == 0 {
		b.WriteString(silences)
	}
	return b.String()
}

// drawRule draws a rule that watches state, time or events. No drawn rule answers to what it does itself.
func drawRule(r *rand.Rand, i int) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	fmt.Fprintf(&b, "  r%d:\n", i)
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "    when: %s\n", pick("noted", "severity_changed", "mitigated", "acknowledged", "alert", "declared"))
		fmt.Fprintf(&b, "    mode: %s\n    then: [%s]\n", pick("queue", "skip", "restart"), pick(outside...)+", "+pick(outside...))
		return b.String()
	}
	fmt.Fprintf(&b, "    if: %s\n", pick(
		"severity <= 2", `severity == 1 and status == "open"`, "open_for > 50s", "open_for > 2m and severity > 1", "since(last_update_at) >= 35s",
		"not acknowledged", `tags contains "a"`, "firing_alerts > 0", "since(severity_changed_at) >= 30s", `status == "mitigated"`, `was("severity", 1)`))
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "    for: %ds\n", 1+r.IntN(60))
	}
	fmt.Fprintf(&b, "    rearm: %s\n", pick("episode", "when_false", "never"))
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "    every: %ds\n    max: 3\n", 10+r.IntN(60))
	}
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "    after: {%ds: [%s]}\n", 1+r.IntN(90), pick(outside...))
	}
	steps := []string{pick(outside...), pick(inside...)}
	if r.IntN(2) == 0 {
		steps = append(steps, pick(outside...))
	}
	fmt.Fprintf(&b, "    then: [%s]\n", strings.Join(steps, ", "))
	return b.String()
}

var (
	outside = []string{
		"{page: alice}", "{page: database}", "{webhook: {to: status, json: {}}}", "{webhook: {to: slow, json: {}}, on_error: [{page: bob}]}",
		"{webhook: {to: slow, json: {}}, retry: {attempts: 3, min: 1s, max: 3s}, continue: true}", "{page: bob}, {wait: 15s}",
	}
	inside = []string{"{note: hello}", `{set: {severity: "${max(1, severity - 1)}"}}`, "{add_oncall: database}", "{add_tags: [a]}", "acknowledge"}
)

func load(text string) *rules.Set {
	set, problems, _ := rules.Load([]rules.Source{{Name: "sim.yaml", Text: text}}, surroundings())
	if len(problems) > 0 {
		panic(fmt.Sprintf("the simulation draws rules that cannot be loaded: %v\n%s", problems, text))
	}
	return set
}

// surroundings is the configuration of the simulated replicas.
func surroundings() rules.World {
	monday := time.Date(1999, 12, 27, 9, 0, 0, 0, time.UTC)
	return rules.World{
		Actions:     actions.Catalogue(),
		Connections: []ifsev.Connection{{Name: "status", Kind: "webhook", Host: "status.example.com"}, {Name: "slow", Kind: "webhook", Host: "slow.example.com"}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {Name: "Alice"}, "bob": {Name: "Bob"}},
			Rotations: map[string]ifsev.Rotation{"database": {People: []string{"alice", "bob"}, Start: monday, Every: ifsev.Week}},
			Roles:     []string{ifsev.RoleCommander, ifsev.RoleOwner},
		},
		Severities: ifsev.DefaultSeverities(), Zone: time.UTC, URL: "https://ifsev.example.com",
	}
}
