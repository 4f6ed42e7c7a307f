package backtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

const storm = `
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 3}
    then:
      - {id: parent, declare: {severity: 2, title: "Storm of ${window.key}", children: "${window.incidents}"}}
      - note: "${steps.parent.name}"
  child: {when: related, if: event.as == "parent", then: [add_tags: [child]]}
  bad: {when: declared, if: severity == 2, then: [page: alice]}
`

// stormy is three incidents in a quarter of an hour, four minutes apart, and the one a rule declares over them.
func stormy(t *testing.T, text string) *town {
	t.Helper()
	w := newTown(t, load(t, text), 1)
	for range 3 {
		w.declare(ifsev.Declaration{Severity: 3, Tags: []string{"db"}})
		w.until(w.now.Add(4 * time.Minute))
	}
	return w.until(start.Add(time.Hour))
}

func TestAStormIsPlayedAgain(t *testing.T) {
	t.Parallel()
	w := stormy(t, storm)
	if len(w.lives) != 4 {
		t.Fatalf("%d incidents", len(w.lives))
	}
	r := w.try(w.set.Set)
	want(t, r, "")
	if len(r.Unexplained) > 0 || r.Incidents != 4 || r.Imagined != 0 {
		t.Errorf("%+v", r)
	}
	for i, n := range []int{1, 3, 1} {
		if d := r.Rules[i]; d.Before != n || d.After != n {
			t.Errorf("%s: %d and %d", d.Rule, d.Before, d.After)
		}
	}
}

// A candidate that no longer declares shows what follows no more, on the incident that would not be there too.
func TestAStormThatIsNoLongerDeclared(t *testing.T) {
	t.Parallel()
	w := stormy(t, storm)
	w.lives[3].change(ifsev.Change{Note: "who is on it?"})
	want(t, w.try(load(t, strings.Replace(storm, "count: 3", "count: 4", 1))), `
storm 1 0
- 8m then declare Storm of db severity=2 children=INC-1, INC-2, INC-3; note INC-4
child 3 0
- 8m then add_tags child
- 8m then add_tags child
- 8m then add_tags child
bad 1 0
- 8m then page alice
`)
	want(t, w.try(load(t, storm[strings.Index(storm, "  child"):])), `
child 3 0
- 8m then add_tags child
- 8m then add_tags child
- 8m then add_tags child
bad 1 0
- 8m then page alice
storm 1 0
- 8m then declare Storm of db severity=2 children=INC-1, INC-2, INC-3; note INC-4
`)
}

// What a candidate declares in addition is an imagined incident, on which its rules fire.
func TestAStormThatWouldHaveBeenDeclared(t *testing.T) {
	t.Parallel()
	w := stormy(t, strings.Replace(storm, "count: 3", "count: 4", 1))
	r := w.try(load(t, storm))
	want(t, r, `
storm 0 1
+ 8m then declare Storm of db severity=2 children=INC-1, INC-2, INC-3; note INC-4
child 0 3
+ 8m then add_tags child
+ 8m then add_tags child
+ 8m then add_tags child
bad 0 1
+ 8m then page alice
`)
	if f := r.Rules[2].Added[0]; !f.Imagined || f.Number != 4 || r.Rules[1].Added[0].Imagined || r.Imagined != 1 {
		t.Errorf("%+v", r)
	}
}

// An incident that is declared otherwise is the same incident, with all that people did to it.
func TestAStormThatIsDeclaredOtherwise(t *testing.T) {
	t.Parallel()
	w := stormy(t, storm)
	w.lives[3].change(ifsev.Change{Note: "who is on it?"})
	noted := storm + "  noted: {when: noted, if: event.actor.kind == \"person\", then: [page: bob]}\n"
	want(t, w.try(load(t, strings.Replace(noted, "last: 10m", "last: 9m", 1))), `
noted 0 1
+ 1h then page bob
`)
	later := strings.Replace(noted, "      - {id: parent", "      - wait: 1m\n      - {id: parent", 1)
	want(t, w.try(load(t, later)), `
storm 1 1
! 8m then declare Storm of db severity=2 children=INC-1, INC-2, INC-3; note INC-4 > 8m then wait 1m; declare Storm of db severity=2 children=INC-1, INC-2, INC-3; note INC-4
child 3 3
~ 8m then add_tags child > 9m then add_tags child
~ 8m then add_tags child > 9m then add_tags child
~ 8m then add_tags child > 9m then add_tags child
bad 1 1
~ 8m then page alice > 9m then page alice
noted 0 1
+ 1h then page bob
`)
}

func TestABudgetIsPlayedAgain(t *testing.T) {
	t.Parallel()
	const text = `
  told: {when: noted, if: event.actor.kind == "person", budget: {firings: 2, in: 10m, per: rule, digest: [{page: carol, text: "${held.count}"}]}, then: [page: bob]}
`
	w := newTown(t, load(t, text), 1)
	a, b := w.declare(ifsev.Declaration{Severity: 3}), w.declare(ifsev.Declaration{Severity: 3})
	for _, l := range []*life{a, b, a, b} {
		l.change(ifsev.Change{Note: "x"})
		w.until(w.now.Add(time.Minute))
	}
	w.until(start.Add(time.Hour))
	want(t, w.try(w.set.Set), "")
	want(t, w.try(load(t, strings.Replace(text, "firings: 2", "firings: 3", 1))), `
told 3 4
+ 2m then page bob
~ 12m digest page carol text=2 > 13m digest page carol text=1
`)
}

func TestARollIsPlayedAgain(t *testing.T) {
	t.Parallel()
	const text = `
  report: {when: {schedule: "30 9 * * *", each: false}, if: severity <= 2, then: [page: bob, note: "${selected.count}"]}
`
	w := newTown(t, load(t, text), 1)
	for i := range 3 {
		w.declare(ifsev.Declaration{Severity: ifsev.Severity(i + 1)})
	}
	w.until(start.Add(time.Hour))
	r := w.try(w.set.Set)
	want(t, r, "")
	if r.Rules[0].After != 1 || len(r.Unexplained) > 0 {
		t.Errorf("%+v", r.Rules[0])
	}
	want(t, w.try(load(t, strings.Replace(text, "<= 2", "<= 3", 1))), `
report 1 1
! 30m5s then page bob; note 2 > 30m5s then page bob; note 3
`)
}

// What an incident outside of the record did to one in it comes from outside.
func TestPartOfARecord(t *testing.T) {
	t.Parallel()
	w := stormy(t, storm)
	o := Options{Candidate: w.set.Set, Recorded: []Epoch{w.set}, End: w.now}
	if r := tried(t, o, w.lives[3].history()); !r.Empty() || len(r.Unexplained) > 0 || r.Rules[2].After != 1 {
		t.Errorf("the one that was declared: %s", lines(r))
	}
	if r := tried(t, o, w.lives[1].history()); !r.Empty() || len(r.Unexplained) > 0 || r.Rules[1].After != 1 {
		t.Errorf("a child: %s", lines(r))
	}
}

// drawAcross draws rules that look across incidents.
func drawAcross(t *rapid.T) string {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	texts := []string{
		fmt.Sprintf("  storm: {when: %s, window: {%slast: %dm, count: %d}, then: [{id: p, declare: {title: Storm, severity: %d%s, children: \"${window.incidents}\"}}, {note: \"${steps.p.name}\"}]}\n",
			pick("when", "declared", "severity_changed", "tagged"), pick("by", "by: tags, ", "by: severity, ", ""), number("last", 1, 60), number("count", 2, 4), number("severity", 1, 3), pick("key", "", ", key: storm")),
		fmt.Sprintf("  told: {when: %s, budget: {firings: %d, in: %dm, per: %s%s}, then: [page: bob]}\n",
			pick("told", "acknowledged", "tagged", "related"), number("firings", 1, 3), number("in", 1, 60), pick("per", "incident", "rule"), pick("digest", "", ", digest: [{page: carol}]")),
		fmt.Sprintf("  paged: {if: %s, rearm: when_false, budget: {deliveries: %d, in: %dm, per: %s}, then: [{page: alice}, {note: paged}, {webhook: hook}]}\n",
			pick("if", "severity <= 2", "tags contains \"a\"", "open_for > 20m"), number("deliveries", 1, 3), number("within", 1, 60), pick("whose", "incident", "rule", "target")),
		fmt.Sprintf("  roll: {when: {schedule: \"*/%d * * * *\", each: false}, if: severity <= 2, then: [page: bob]}\n", number("minutes", 7, 30)),
		"  child: {when: related, if: event.as == \"parent\", then: [add_tags: [a]]}\n",
		"  near: {when: acknowledged, then: [{relate: {incident: INC-1}, on_error: [{note: alone}]}]}\n",
		"  refused: {when: action_failed, cooldown: 5m, then: [page: carol]}\n",
		"  sad: {if: len(children) > 2, then: [set: {severity: 1}]}\n",
	}
	var b strings.Builder
	for i, text := range texts {
		if rapid.IntRange(0, 2).Draw(t, fmt.Sprint("rule", i)) > 0 {
			b.WriteString(text)
		}
	}
	b.WriteString("  plain: {if: severity == 1, then: [note: bad]}\n")
	return b.String()
}

// drawTown has several incidents live for a few hours.
func drawTown(t *rapid.T, w *town) {
	w.slow, w.failing = rapid.SampledFrom([]time.Duration{time.Second, time.Hour}).Draw(t, "slow"), rapid.SampledFrom([]int{0, 30}).Draw(t, "failing")
	for range rapid.IntRange(1, 14).Draw(t, "requests") {
		if i := rapid.IntRange(-2, len(w.lives)-1).Draw(t, "whose"); i < 0 {
			w.declare(ifsev.Declaration{Severity: ifsev.Severity(rapid.IntRange(1, 3).Draw(t, "severity")), Tags: drawTags(t)})
		} else {
			w.lives[i].submit(drawRequest(t))
		}
		w.until(w.now.Add(time.Duration(rapid.Int64Range(int64(time.Second), int64(20*time.Minute)).Draw(t, "pause"))))
	}
	w.until(w.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "rest")) * time.Minute))
	if w.events() > maxLife {
		t.Skip("too much goes on")
	}
}

// Rules across incidents that have not changed make what happened, and explain the record, where what they tell one
// another is heard at once.
func TestUnchangedRulesAcrossIncidentsMakeWhatHappened(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t, load(t, drawAcross(rt)), rapid.Uint64().Draw(rt, "seed"))
		drawTown(rt, w)
		if r := w.try(w.set.Set); !r.Empty() || len(r.Unexplained) > 0 {
			rt.Fatal(lines(r))
		}
	})
}

// The same where it takes a moment: rules do not differ from themselves.
func TestUnchangedRulesAcrossIncidentsDoNotDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t, load(t, drawAcross(rt)), rapid.Uint64().Draw(rt, "seed"))
		w.moment = 50 * time.Millisecond
		drawTown(rt, w)
		if r := w.try(w.set.Set); !r.Empty() {
			rt.Fatal(lines(r))
		}
	})
}

// Where no rule looks across incidents each is played by itself, and what people said of it on another one is an input.
func TestRelationsOfIncidentsPlayedByThemselves(t *testing.T) {
	t.Parallel()
	set := load(t, "\n  child: {when: related, if: event.as == \"parent\", then: [page: alice]}\n")
	w := newTown(t, set, 1)
	w.declare(ifsev.Declaration{Severity: 3})
	w.declare(ifsev.Declaration{Severity: 3}).change(ifsev.Change{Relate: []ifsev.Relation{{Incident: "INC-1", As: ifsev.RelatedChild}}})
	w.until(start.Add(time.Hour))
	if set.Across() {
		t.Fatal("no rule of it looks across incidents")
	}
	if r := w.try(set); !r.Empty() || len(r.Unexplained) > 0 || r.Rules[0].After != 1 || r.Imagined != 0 {
		t.Errorf("%s %+v", lines(r), r.Rules[0])
	}
}
