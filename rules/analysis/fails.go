package analysis

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// fails tells whether an inside step can fail, as far as its arguments say. What no installation comes near, such as a
// hundredth tag, does not count.
func (m *model) fails(step *rules.Step) bool {
	if each, written := elements(step); step.Each != nil && (!written || len(each) > rules.MaxEach) {
		return true // it is no list, or a long one
	}
	a := step.Args
	switch step.Spec.Kind {
	case "acknowledge":
		return false
	case "close", "reopen":
		return len(a.Names()) > 0 && !a.Fixed("reason")
	case "note":
		return !a.Filled("text")
	case "add_task":
		return !a.Filled("text") || gives(step, "assignee") && !m.people(step, "assignee")
	case "link":
		return !a.Filled("url")
	case "add_tags", "remove_tags":
		return !a.Fixed("tags")
	case "set":
		return slices.ContainsFunc(a.Names(), func(name string) bool { return m.setFails(step, name) })
	case "add_responders", "remove_responders", "subscribe":
		return !m.people(step, "people")
	case "assign":
		return !a.Fixed("role") || !m.people(step, "to")
	}
	return true // mitigate of what is over, a rotation with nobody on call
}

func (m *model) setFails(step *rules.Step, name string) bool {
	switch {
	case name == "severity" && !step.Args.Fixed(name):
		for _, e := range m.effectsOfStep(step, effect{}) {
			if e.field == "severity" {
				return e.steps == nil || slices.ContainsFunc(values(e.steps), func(to string) bool { return len(to) != 1 || to < "1" || to > "5" })
			}
		}
	case name == "status" && step.Args.Fixed(name):
		v, err := step.Args.Value(name, nil, time.Time{})
		return err != nil || v == string(ifsev.StatusMitigated)
	}
	return !step.Args.Fixed(name)
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// people tells whether an argument names people of the configuration and nobody else.
func (m *model) people(step *rules.Step, arg string) bool {
	d := m.set.World.Directory
	if d == nil || !step.Args.Fixed(arg) {
		return false
	}
	v, err := step.Args.Value(arg, nil, time.Time{})
	names, ok := v.([]string)
	if !ok {
		names = []string{ifsev.Data{"": v}.String("")}
	}
	return err == nil && !slices.ContainsFunc(names, func(name string) bool {
		_, known := d.People[name]
		return !known
	})
}
