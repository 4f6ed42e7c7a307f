package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/rules"
)

const codeTwins = "duplicate"

// twins reports rules that are the same but for their name: what they do is done twice, or one of them was switched off
// and forgotten.
func twins(r *report) {
	first := map[string]*rules.Rule{}
	for _, rule := range r.set.Rules {
		key := identity(rule)
		if twin := first[key]; twin != nil {
			r.warn(r.rule(rule, fmt.Sprintf("the rules %q and %q have the same condition and the same steps, so everything is done twice", twin.Name, rule.Name),
				"remove one of them"), codeTwins)
			continue
		}
		first[key] = rule
	}
	for _, rule := range r.set.Disabled {
		if twin := first[identity(rule)]; twin != nil {
			r.warn(r.rule(rule, fmt.Sprintf("the rule %q is switched off, and %q says the same", rule.Name, twin.Name),
				"remove it; it is kept in the history of the file"), codeTwins)
		}
	}
}

// identity is the same for rules that do the same at the same time.
func identity(r *rules.Rule) string {
	var b strings.Builder
	when := slices.Clone(r.When)
	slices.Sort(when)
	condition := ""
	if r.If != nil {
		condition = r.If.Canonical()
	}
	if r.Schedule != nil {
		fmt.Fprintln(&b, r.Schedule.Source())
	}
	fmt.Fprintln(&b, when, condition, r.For, r.Every, r.Max, r.Rearm, r.Cooldown, r.Mode, r.Shadow, r.Backfill)
	if r.If != nil {
		fmt.Fprintln(&b, r.If.Zone())
	}
	fmt.Fprintln(&b, r.Roll, shared(r.Window), bounded(r.Budget))
	each(r, func(in branch, s *rules.Step) {
		guard, list := "", ""
		if s.If != nil {
			guard = s.If.Source()
		}
		if s.Each != nil {
			list = s.Each.Source()
		}
		_, place, _ := strings.Cut(s.Place, "[")
		fmt.Fprintln(&b, in.Name, in.delay, place, s.Spec.Kind, s.Args.Text(), guard, list, s.Retry, s.Timeout, s.Continue)
	})
	return b.String()
}

// shared is the same for windows that are filled by the same events.
func shared(w *rules.Window) string {
	switch {
	case w == nil:
		return ""
	case w.By == nil:
		return fmt.Sprint(w.Last, w.Count)
	}
	return fmt.Sprint(w.Last, w.Count, " ", w.By.Source())
}

// bounded is the same for budgets that hold the same back; the steps of their digests are compared with the others.
func bounded(b *rules.Budget) string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(b.Deliveries, b.Max, b.In, b.Per)
}
