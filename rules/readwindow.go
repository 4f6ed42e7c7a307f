package rules

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// The bounds of windows and budgets.
const (
	maxWindow      = 30 * ifsev.Day
	maxWindowCount = 1000
	maxBudget      = 1000
)

// readWindow reads `window`.
func (r *ruleReader) readWindow() {
	n := r.object.Take("window")
	if !n.Exists() {
		return
	}
	if len(r.rule.When) == 0 {
		r.errors.Add(r.object.Key("window").Problem("`window` counts events, and this rule names none", "add `when:` with the type of event that is counted, such as declared"))
	}
	if n.Kind() != strictyaml.Map {
		r.errors.Add(n.Problem("`window` says what events share, and how many must come in what time", "write it like window: {by: tags, last: 10m, count: 5}"))
		return
	}
	o := n.Object(&r.errors)
	w := &Window{By: r.windowBy(o.Take("by"))}
	w.Last = r.atMost(o.Need("last"), "last", maxWindow)
	w.Count = r.between(o.Need("count"), "count", 2, maxWindowCount, "without `window` a rule fires on each event")
	r.unknownKeys(o, "`window`", windowKeys(), map[string]string{
		"group_by": "write `by`", "tag": "write by: tags", "key": "write `by`", "within": "write `last`", "period": "write `last`", "in": "write `last`", "for": "write `last`",
		"threshold": "write `count`", "min": "write `count`", "size": "write `count`", "limit": "write `count`",
	})
	r.rule.Window = w
}

// windowBy reads what the events of a window share.
func (r *ruleReader) windowBy(n strictyaml.Node) *lang.Expression {
	if !n.Exists() {
		return nil
	}
	if n.Kind() != strictyaml.Scalar {
		r.errors.Add(n.Problem("`by` is an expression that gives a text or a list of texts", "name a variable such as tags, service or fields.region"))
		return nil
	}
	if !r.affords(n) || foreignTag(n) {
		return nil
	}
	compiled, err := r.scope.Expression(n.Raw(), lang.Any)
	if err != nil {
		r.errors.Add(mistaken(n, err, 0)...)
		return nil
	}
	switch t := compiled.Type(); t {
	case lang.Time, lang.Duration, lang.Float:
		r.errors.Add(n.Problem(fmt.Sprintf("events hardly ever share %s", t), "name a text or a list of texts such as tags, service or fields.region"))
	}
	return compiled
}

// atMost reads a duration from a second up to a bound.
func (r *ruleReader) atMost(n strictyaml.Node, name string, most time.Duration) time.Duration {
	d := r.positiveOf(n, name, time.Second)
	if d > most {
		r.errors.Add(n.Problem(fmt.Sprintf("`%s` must be no more than %s", name, ifsev.FormatDuration(most)), "write it like 10m, 1h or 2d"))
	}
	return d
}

// between reads a number.
func (r *ruleReader) between(n strictyaml.Node, name string, least, most int, hint string) int {
	count, ok := n.Int(&r.errors)
	if ok && (count < least || count > most) {
		r.errors.Add(n.Problem(fmt.Sprintf("`%s` must be a number from %d to %d", name, least, most), hint))
	}
	return count
}

// readBudget reads `budget`; its digest is read with the other branches.
func (r *ruleReader) readBudget() {
	n := r.object.Take("budget")
	if !n.Exists() {
		return
	}
	if n.Kind() != strictyaml.Map {
		r.errors.Add(n.Problem("`budget` says how many of what in which time", "write it like budget: {firings: 5, in: 1h, per: rule}"))
		return
	}
	o := n.Object(&r.errors)
	b := &Budget{Per: PerIncident}
	firings, deliveries := o.Take("firings"), o.Take("deliveries")
	switch {
	case firings.Exists() == deliveries.Exists():
		r.errors.Add(r.object.Key("budget").Problem("`budget` counts either `firings` or `deliveries`", "name one of them, with how many there are at most"))
	case firings.Exists():
		b.Max = r.between(firings, "firings", 1, maxBudget, "to keep the rule from firing write `enabled: false`")
	default:
		b.Deliveries, b.Max = true, r.between(deliveries, "deliveries", 1, maxBudget, "to deliver nothing write `shadow: true`")
	}
	b.In = r.atMost(o.Need("in"), "in", maxWindow)
	per := o.Take("per")
	if word, ok := per.OneOf(&r.errors, string(PerIncident), string(PerRule), string(PerTarget)); ok {
		b.Per = BudgetPer(word)
	}
	if b.Per == PerTarget && !b.Deliveries && firings.Exists() {
		r.errors.Add(per.Problem("firings have no target", "count `deliveries` per target, or firings per incident or rule"))
	}
	r.rule.Budget = b
	if list := o.Take("digest"); list.Exists() {
		b.Digest = r.branch(o.Key("digest"), list, branchDigest)
	}
	r.unknownKeys(o, "`budget`", budgetKeys(), map[string]string{
		"max": "write `firings` or `deliveries`", "limit": "write `firings` or `deliveries`", "count": "write `firings` or `deliveries`", "per_hour": "write in: 1h",
		"last": "write `in`", "every": "write `in`", "within": "write `in`", "period": "write `in`", "by": "write `per`", "then": "write `digest`",
	})
}

// readRoll reads `each` beside a schedule.
func (r *ruleReader) readRoll(n strictyaml.Node) {
	each, ok := n.Bool(&r.errors)
	r.rule.Roll = ok && !each
}
