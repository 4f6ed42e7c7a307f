package analysis

import (
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// declared is what is certain of an incident that a step has just declared, as far as the subjects ask.
func (m *model) declared(step *rules.Step, asked []lang.Subject) lang.Facts {
	f := lang.Is("status", string(ifsev.StatusOpen)).And(lang.IsBetween("acknowledged", 0, 0)).And(lang.IsBetween("firing_alerts", 0, 0))
	if severity := declaredSeverity(step); severity > 0 {
		f = f.And(lang.IsBetween("severity", severity, severity))
	}
	for _, name := range []string{"title", "service", "key"} {
		if gives(step, name) && step.Args.Fixed(name) {
			f = f.And(lang.Is(name, fixedText(step, name)))
		}
	}
	for _, s := range asked {
		word, list, ok := membership(s.Text)
		if name, err := strconv.Unquote(word); ok && err == nil && list == "tags" {
			f = f.And(m.tagOf(step, s.Text, name))
		}
	}
	return f.And(lang.Is("source", ""))
}

// tagOf is whether the incident has a tag, if that is certain.
func (m *model) tagOf(step *rules.Step, field, tag string) lang.Facts {
	var tags []string
	switch {
	case !gives(step, "tags"):
	case !step.Args.Fixed("tags"):
		return lang.Always()
	default:
		v, _ := step.Args.Value("tags", nil, time.Time{}) // it is written out
		tags, _ = v.([]string)
	}
	if slices.Contains(ifsev.CleanTags(tags), tag) {
		return m.valueFacts(field, yes, nil)
	}
	return m.valueFacts(field, no, nil)
}

func gives(step *rules.Step, arg string) bool { return slices.Contains(step.Args.Names(), arg) }

// declaredEvent is what is certain of the event that tells of it.
func (m *model) declaredEvent(by *node, step *rules.Step) lang.Facts {
	f := actor(by.rule.Name)
	if severity := declaredSeverity(step); severity > 0 {
		f = f.And(lang.IsBetween("event.severity", severity, severity))
	}
	return f
}

// declaredSeverity is how bad an incident is that a step declares; 0 where that is worked out at the time.
func declaredSeverity(step *rules.Step) int {
	const unsaid = 3
	switch {
	case !gives(step, "severity"):
		return unsaid
	case !step.Args.Fixed("severity"):
		return 0
	}
	v, err := step.Args.Value("severity", nil, time.Time{})
	if n, ok := v.(int); ok && err == nil {
		return n
	}
	return 0
}

// boundsAll reports whether a budget bounds the firings of a rule on all incidents together.
func boundsAll(r *rules.Rule) bool {
	return r.Budget != nil && !r.Budget.Deliveries && r.Budget.Per == rules.PerRule
}
