package analysis

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

const codeDeadline = "deadline-never-reached"

// deadlines reports what waits for longer than its condition can hold.
func deadlines(r *report) {
	for _, n := range r.nodes {
		if n.onEvent() || r.silent[n.rule.Name] {
			continue
		}
		if most, ok := longest(r.set, n); ok {
			r.tooLong(n.rule, most)
		}
	}
}

// hold is how long a condition can hold without a break, and what ends it.
type hold struct {
	time.Duration
	// slack is how much longer it can be when the clocks change.
	slack time.Duration
	why   string
}

func (r *report) tooLong(rule *rules.Rule, most hold) {
	holds := fmt.Sprintf("the condition holds for at most %s (%s)", ifsev.FormatDuration(most.Round(time.Second)), most.why)
	longest := most.Duration + most.slack
	if rule.For > longest {
		r.warn(r.key(rule, "for", fmt.Sprintf("the rule %q can never fire: %s, and `for` is %s", rule.Name, holds, ifsev.FormatDuration(rule.For)),
			"shorten `for`, or let the condition hold longer"), codeDeadline)
		return
	}
	for i := range rule.After {
		if g := &rule.After[i]; rule.For+g.Delay > longest {
			r.warn(r.rung(rule, g, fmt.Sprintf("the rung %s is never reached: %s", ifsev.FormatDuration(g.Delay), holds),
				"put it earlier, or let the condition hold longer"), codeDeadline)
		}
	}
	if rule.Every > 0 && rule.For+rule.Every > longest {
		r.warn(r.key(rule, "every", fmt.Sprintf("it never fires a second time: %s, and `every` is %s", holds, ifsev.FormatDuration(rule.Every)),
			"shorten `every`, or let the condition hold longer"), codeDeadline)
	}
}

// clockSlack is how much longer an interval of the clock can last when the clocks go back.
const clockSlack = 2 * time.Hour

// longest is how long the condition of a rule can hold; false where nothing is known. It goes by times that nothing can
// set back while the condition holds, and by the clock.
func longest(set *rules.Set, n *node) (best hold, found bool) {
	shorter := func(h hold) {
		if !found || h.Duration+h.slack < best.Duration+best.slack {
			best, found = h, true
		}
	}
	for _, s := range n.facts.Subjects() {
		if lo, hi, ok := n.facts.Bounds(s.Text); ok && runsOn(n.facts, s.Text) {
			shorter(hold{Duration: time.Duration(hi - max(lo, 0)), why: s.Text})
		}
		if h, ok := clockInterval(n.facts, s.Text); ok {
			shorter(h)
		}
		if h, ok := businessHours(set, n.facts, s.Text); ok {
			shorter(h)
		}
	}
	return best, found
}

// runsOn tells whether a running time goes on at the pace of the clock for as long as the condition holds: open_for
// stands still on what is over, and since(declared_at) never begins again.
func runsOn(f lang.Facts, subject string) bool {
	switch subject {
	case "since(declared_at)", "since(acknowledged_at)", "since(mitigated_at)":
		return true
	case "open_for":
		statuses, ok := f.Texts("status")
		return ok && !slices.ContainsFunc(statuses, func(s string) bool { return !ifsev.Status(s).Active() })
	}
	return false
}

var betweenPattern = regexp.MustCompile(`^between\("(\d\d:\d\d)", "(\d\d:\d\d)"\)`)

// clockInterval is how long the clock lets a condition hold.
func clockInterval(f lang.Facts, subject string) (hold, bool) {
	m := betweenPattern.FindStringSubmatch(subject)
	lo, hi, ok := f.Bounds(subject)
	if m == nil || !ok || lo != hi {
		return hold{}, false
	}
	from, to := clockTime(m[1]), clockTime(m[2])
	why := m[0]
	if lo == 0 {
		from, to, why = to, from, "not "+why
	}
	d := to - from
	if d <= 0 {
		d += ifsev.Day
	}
	return hold{d, clockSlack, why}, true
}

var businessPattern = regexp.MustCompile(`^business_hours\("([^"]*)"\)`)

// businessHours is how long the hours of a calendar let a condition hold.
func businessHours(set *rules.Set, f lang.Facts, subject string) (hold, bool) {
	m := businessPattern.FindStringSubmatch(subject)
	lo, _, ok := f.Bounds(subject)
	if m == nil || !ok || lo != 1 || set.Calendar(m[1]) == nil {
		return hold{}, false
	}
	d, ends := set.Calendar(m[1]).Longest()
	return hold{d, clockSlack, m[0]}, ends
}

func clockTime(text string) time.Duration {
	var hours, minutes int
	_, _ = fmt.Sscanf(text, "%d:%d", &hours, &minutes) // the pattern has checked it
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}
