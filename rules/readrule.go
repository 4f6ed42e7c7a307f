package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ruleReader reads one rule.
type ruleReader struct {
	*loader
	rule   *Rule
	name   strictyaml.Node // the key under rules
	object *strictyaml.Object
	// scope knows the event where there is one.
	scope *lang.Scope
}

// readRule answers nil where nothing can be made of it; what is wrong has been reported then.
func (l *loader) readRule(f *ruleFile, p strictyaml.Pair) (rule *Rule, enabled bool) {
	if !l.ruleNamed(p.Key) {
		return nil, false
	}
	if p.Value.Kind() != strictyaml.Map {
		l.errors.Add(p.Key.Problem(fmt.Sprintf("the rule %q says nothing", p.Key.Raw()), "write its keys below it, indented: if, then and so on"))
		return nil, false
	}
	r := &ruleReader{
		loader: l, name: p.Key, object: p.Value.Object(&l.errors), scope: f.scope,
		rule: &Rule{Name: p.Key.Raw(), File: p.Key.File().Name(), Line: p.Key.Line(), Rearm: RearmEpisode, Mode: ModeQueue},
	}
	enabled = r.people()
	r.when()
	r.rule.If = r.ifCondition()
	r.times()
	r.readWindow()
	r.branches()
	r.readBudget()
	r.unknownKeys(r.object, "a rule", ruleKeys(), ruleKeyHints())
	if len(r.errors) == 0 { // else there will be no set
		r.rule.Hash = r.hash(f.zone, p.Value)
	}
	return r.rule, enabled
}

// ruleNamed checks a rule's name and remembers where it was first seen.
func (l *loader) ruleNamed(n strictyaml.Node) bool {
	name := n.Raw()
	if !namePattern.MatchString(name) || len(name) > maxNameLength {
		l.errors.Add(n.Problem(fmt.Sprintf("%q cannot be the name of a rule", name),
			fmt.Sprintf("use letters, digits, dots, _ and -, beginning with a letter or digit, at most %d of them", maxNameLength)))
		return false
	}
	if first, twice := l.rules[name]; twice {
		l.errors.Add(n.Problem(fmt.Sprintf("there are two rules %q; the first is in %s", name, at(first)), "give one of them another name"))
		return false
	}
	l.rules[name] = n
	return true
}

// people takes the keys that are for people, and whether the rule is in service.
func (r *ruleReader) people() (enabled bool) {
	r.rule.Description = r.object.Text("description")
	r.rule.Owner = r.object.Text("owner")
	r.rule.Runbook = r.object.Text("runbook")
	for _, p := range r.object.Take("labels").Object(&r.errors).Rest() {
		if text, ok := p.Value.Text(&r.errors); ok {
			if r.rule.Labels == nil {
				r.rule.Labels = map[string]string{}
			}
			r.rule.Labels[p.Key.Raw()] = text
		}
	}
	n := r.object.Take("enabled")
	on, ok := n.Bool(&r.errors)
	return on || !ok
}

// when reads the event types; the scope then knows the event.
func (r *ruleReader) when() {
	n := r.object.Take("when")
	if !n.Exists() {
		return
	}
	items := n.Items()
	switch n.Kind() {
	case strictyaml.Scalar:
		items = []strictyaml.Node{n}
	case strictyaml.Map:
		r.whenSchedule(n)
		return
	case strictyaml.Null:
		r.errors.Add(r.object.Key("when").Problem("`when` says nothing", "name an event type such as declared, or leave the key out"))
	}
	var known []string
	for _, t := range ifsev.EventTypes() {
		known = append(known, string(t))
	}
	for _, item := range items {
		if item.Kind() == strictyaml.Map {
			r.errors.Add(item.Problem("a schedule stands alone under `when`", "write a rule for the events and one for the schedule: when: {schedule: \"0 9 * * mon-fri\"}"))
			continue
		}
		word, ok := item.Text(&r.errors)
		switch {
		case !ok:
		case !slices.Contains(known, word):
			r.errors.Add(item.Problem(fmt.Sprintf("there is no event type %q", word), eventHint(word, known)))
		case slices.Contains(r.rule.When, ifsev.EventType(word)):
			r.errors.Add(item.Problem(fmt.Sprintf("%s stands here twice", word), "keep one of them"))
		default:
			r.rule.When = append(r.rule.When, ifsev.EventType(word))
		}
	}
	if len(r.rule.When) == 0 {
		// What it wants to look at is not known; the rest is checked as if it were any event.
		r.rule.When = ifsev.EventTypes()
	}
	r.scope = r.scopes.event(r.scope, r.rule.When)
}

// whenSchedule reads `when: {schedule: …}`.
func (r *ruleReader) whenSchedule(n strictyaml.Node) {
	o := n.Object(&r.errors)
	schedule := o.Need("schedule")
	r.readRoll(o.Take("each"))
	r.unknownKeys(o, "`when`", whenKeys(), map[string]string{"cron": "write `schedule`", "event": "an event type stands directly behind it: when: declared"})
	if schedule.Exists() {
		if s, ok := r.readSchedule(schedule, r.scope.Location()); ok {
			r.rule.Schedule = s
			return
		}
	}
	r.rule.Schedule = &Schedule{zone: r.scope.Location()} // wrong, and reported
}

// eventHint knows the words other tools have for an event.
func eventHint(word string, known []string) string {
	same := map[string]ifsev.EventType{
		"opened": ifsev.Declared, "open": ifsev.Declared, "created": ifsev.Declared, "resolved": ifsev.Closed, "acked": ifsev.Acknowledged,
		"ack": ifsev.Acknowledged, "severity": ifsev.SeverityChanged, "note": ifsev.Noted, "failed": ifsev.ActionFailed, "firing": ifsev.AlertFiring,
	}
	if t, ok := same[strings.ToLower(word)]; ok {
		return "write " + string(t)
	}
	return nearestOr(word, known, "it may be "+strings.Join(known, ", "))
}

// ifCondition reads `if`; nil where there is none or it is wrong.
func (r *ruleReader) ifCondition() *lang.Condition {
	n := r.object.Take("if")
	if !n.Exists() && r.rule.Schedule != nil {
		all, _ := r.scopes.condition(r.scope, harmless) // which every scope knows
		return all
	}
	if !n.Exists() {
		if !meant(r.object, "if", "when") {
			r.errors.Add(r.name.Problem(fmt.Sprintf("the rule %q has no condition", r.rule.Name), "write `if:` with an expression such as severity == 1, or `when:` with an event type"))
		}
		return nil
	}
	var compiled *lang.Condition
	s, ok := r.loader.condition(n, func(text string) (err error) {
		compiled, err = r.scopes.condition(r.scope, text)
		return err
	})
	if !ok || s.text == "" {
		return nil
	}
	return compiled
}

// times reads what says when and how often it fires.
func (r *ruleReader) times() {
	r.rule.For = r.positive("for", 1)
	r.rule.Every = r.positive("every", time.Second)
	r.rule.Cooldown = r.positive("cooldown", 1)
	n := r.object.Take("max")
	if count, ok := n.Int(&r.errors); ok {
		r.rule.Max = count
		if count < 1 {
			r.errors.Add(n.Problem("`max` must be 1 or more", "to fire without end leave it out"))
		}
	}
	r.rule.Backfill = r.object.Bool("backfill")
	r.rule.Shadow = r.object.Bool("shadow")
	if word, ok := r.object.Take("mode").OneOf(&r.errors, string(ModeQueue), string(ModeSkip), string(ModeRestart)); ok {
		r.rule.Mode = Mode(word)
	}
	words := []string{string(RearmEpisode), string(RearmWhenFalse), string(RearmNever)}
	if word, ok := r.object.Take("rearm").OneOf(&r.errors, words...); ok {
		r.rule.Rearm = Rearm(word)
	}
	if r.object.Key("when").Exists() {
		r.stateOnly()
		return
	}
	if r.object.Key("max").Exists() && !r.object.Key("every").Exists() {
		r.errors.Add(r.object.Key("max").Problem("`max` counts the repetitions of `every`, and there is none", "add `every: 30m`, or remove `max`: without `every` a rule fires once"))
	}
	if r.object.Key("every").Exists() && !r.object.Key("then").Exists() {
		r.errors.Add(r.object.Key("every").Problem("`every` repeats the steps of `then`, and there are none", "add `then`; the rungs of `after` fire once each"))
	}
}

// stateOnly reports the keys that mean nothing to a rule with `when`.
func (r *ruleReader) stateOnly() {
	fires := "fires on events"
	if r.rule.Schedule != nil {
		fires = "runs on a schedule"
	}
	for _, name := range []string{"for", "after", "otherwise", "every", "max", "rearm", "backfill"} {
		if k := r.object.Key(name); k.Exists() {
			r.errors.Add(k.Problem(fmt.Sprintf("`%s` is for rules that watch the state; this one %s (`when`)", name, fires), stateOnlyHint(name)))
		}
	}
}

func stateOnlyHint(name string) string {
	switch name {
	case "rearm":
		return "remove it: a rule with `when` fires each time; `cooldown` keeps a distance between firings"
	case "backfill":
		return "remove it: what happened before the rule was loaded is not looked at again"
	case "otherwise":
		return "write a second rule for the event that ends it, or with `if: not (…)`"
	}
	return "remove `when` and say in `if` what must be so, such as if: status == \"open\""
}

// positive takes a duration of at least least.
func (r *ruleReader) positive(name string, least time.Duration) time.Duration {
	return r.positiveOf(r.object.Take(name), name, least)
}

func (l *loader) positiveOf(n strictyaml.Node, name string, least time.Duration) time.Duration {
	d, ok := n.Duration(&l.errors)
	if ok && d < least {
		want := "more than nothing"
		if least > 1 {
			want = "at least " + ifsev.FormatDuration(least)
		}
		l.errors.Add(n.Problem(fmt.Sprintf("`%s` must be %s", name, want), "write it like 90s, 20m or 1h30m"))
	}
	return d
}

// branches reads then, after and otherwise.
func (r *ruleReader) branches() {
	then, after, otherwise := r.object.Take("then"), r.object.Take("after"), r.object.Take("otherwise")
	if !meant(r.object, "then", "after") {
		r.errors.Add(r.name.Problem(fmt.Sprintf("the rule %q does nothing", r.rule.Name), "write `then:` with a list of steps, or `after:` with a ladder of them"))
	}
	if then.Exists() {
		r.rule.Then = r.branch(r.object.Key("then"), then, branchThen)
	}
	if after.Exists() {
		r.ladder(after)
	}
	if otherwise.Exists() {
		r.rule.Otherwise = r.branch(r.object.Key("otherwise"), otherwise, branchOtherwise)
	}
}

func (r *ruleReader) ladder(n strictyaml.Node) {
	if n.Kind() != strictyaml.Map || len(n.Pairs()) == 0 {
		r.errors.Add(n.Problem("`after` takes a map of durations to steps", "write after: {5m: [page: secondary], 10m: [page: manager]}"))
		return
	}
	for i, p := range n.Pairs() {
		if i == MaxRungs {
			r.errors.Add(p.Key.Problem(fmt.Sprintf("a ladder has at most %d rungs", MaxRungs), "use `every` for what repeats, or split the rule"))
			return
		}
		delay, ok := p.Key.Duration(&r.errors)
		if !ok {
			continue
		}
		rungs := r.rule.After
		switch {
		case delay <= 0:
			r.errors.Add(p.Key.Problem("a rung must come after more than nothing", "what is done at once belongs in `then`"))
		case len(rungs) > 0 && delay == rungs[len(rungs)-1].Delay:
			r.errors.Add(p.Key.Problem(fmt.Sprintf("%s is the same as the rung before", p.Key.Raw()), "put the steps of both in one"))
		case len(rungs) > 0 && delay < rungs[len(rungs)-1].Delay:
			r.errors.Add(p.Key.Problem(fmt.Sprintf("the rung %s stands behind a later one", p.Key.Raw()), "put the rungs in the order of their durations"))
		}
		g := Rung{Delay: delay}
		g.Steps = r.branch(p.Key, p.Value, g.branch())
		r.rule.After = append(r.rule.After, g)
	}
}
