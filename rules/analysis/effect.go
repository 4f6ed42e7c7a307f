package analysis

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// effect is one thing a step changes.
type effect struct {
	step *rules.Step
	// branch is the branch of the rule the step is in, index its place there.
	branch string
	index  int
	// fallback steps stand in on_error.
	fallback bool
	// field is what is changed, such as severity, fields.region, or a member of a list as `"x" in tags`. Empty for what
	// only adds to the timeline.
	field string
	// to is the value it gets; known says that it is certain. Members of lists become yes or no.
	to    string
	known bool
	// steps maps each value to what it becomes, where that has been worked out; nil where it has not.
	steps map[string]string
	// once says that nothing can undo it, so that it happens once on an incident.
	once bool
	// declares says that it makes another incident, of which nothing is known but what the declaration says.
	declares bool
	// tells are the events it can make.
	tells []ifsev.EventType
	// touches are the variables it changes.
	touches []string
	// guard is what must be so for the step to be done.
	guard lang.Facts
}

// The values of members of lists, and of what is true or false.
const (
	yes = "yes"
	no  = "no"
	// other stands for every value that is not spoken of.
	other = "\x00other"
)

// branch is a branch of a rule with how long after its condition it comes.
type branch struct {
	rules.Branch
	delay time.Duration
}

// branches lists the branches of a rule.
func branches(r *rules.Rule) []branch {
	var all []branch
	for _, b := range r.Branches() {
		all = append(all, branch{Branch: b, delay: delayOf(r, b)})
	}
	return all
}

func delayOf(r *rules.Rule, b rules.Branch) time.Duration {
	for _, g := range r.After {
		if len(b.Steps) > 0 && len(g.Steps) > 0 && &b.Steps[0] == &g.Steps[0] {
			return g.Delay
		}
	}
	return 0
}

const (
	thenBranch = "then"
	elseBranch = "otherwise"
)

func (m *model) effectsOf(r *rules.Rule) []*effect {
	var all []*effect
	for _, b := range branches(r) {
		for i := range b.Steps {
			s := &b.Steps[i]
			all = append(all, m.effectsOfStep(s, effect{branch: b.Name, index: i})...)
			for j := range s.OnError {
				all = append(all, m.effectsOfStep(&s.OnError[j], effect{branch: b.Name, index: i, fallback: true})...)
			}
		}
	}
	return all
}

func (m *model) effectsOfStep(s *rules.Step, in effect) []*effect {
	in.step, in.guard = s, lang.Always()
	if s.If != nil {
		in.guard = s.If.Facts()
	}
	if s.Each != nil {
		in.guard = in.guard.Without(ofElement) // another step speaks of another element
	}
	w := effects{model: m, step: s, like: in}
	if s.Spec.Inside {
		w.inside()
	}
	return w.all
}

// effects collects what one step changes.
type effects struct {
	*model
	step *rules.Step
	like effect
	all  []*effect
}

func (w *effects) add(e effect) {
	e.step, e.branch, e.index, e.fallback, e.guard = w.step, w.like.branch, w.like.index, w.like.fallback, w.like.guard
	e.touches = append(e.touches, "last_activity_at", "__past")
	w.all = append(w.all, &e)
}

func (w *effects) inside() {
	switch kind := w.step.Spec.Kind; kind {
	case "set":
		w.set()
	case "mitigate", "close", "reopen":
		w.status(map[string]string{"mitigate": "mitigated", "close": "closed", "reopen": "open"}[kind], true)
	case "add_tags":
		w.members("tags", "tags", yes, ifsev.Tagged)
	case "remove_tags":
		w.members("tags", "tags", no, ifsev.Untagged)
	case "add_responders":
		w.members("people", "responders", yes, ifsev.ResponderAdded)
	case "remove_responders":
		w.members("people", "responders", no, ifsev.ResponderRemoved)
	case "subscribe":
		w.members("people", "subscribers", yes, ifsev.Subscribed)
	case "add_oncall":
		w.add(effect{field: "oncalls", to: yes, known: true, once: true, tells: []ifsev.EventType{ifsev.OncallAdded}, touches: []string{"oncalls", "responders"}})
	case "acknowledge":
		w.add(effect{field: "acknowledged", to: yes, known: true, tells: []ifsev.EventType{ifsev.Acknowledged}, touches: []string{"acknowledged", "acknowledged_at"}})
	case "assign":
		w.assign()
	case "note":
		w.add(effect{tells: []ifsev.EventType{ifsev.Noted}})
	case "link":
		w.add(effect{once: w.step.Args.Fixed("url"), tells: []ifsev.EventType{ifsev.Linked}})
	case "relate":
		w.add(effect{tells: []ifsev.EventType{ifsev.Related}, touches: []string{"parent", "children"}})
	case "declare":
		// Where the key is written out, the incident it declares is itself in the way of the next one.
		w.add(effect{once: w.step.Args.Fixed("key") && fixedText(w.step, "key") != "", declares: true, tells: []ifsev.EventType{ifsev.Related}, touches: []string{"parent", "children"}})
	case "add_task":
		w.add(effect{tells: []ifsev.EventType{ifsev.TaskAdded}, touches: []string{"tasks_open"}})
	}
}

func (w *effects) set() {
	for _, name := range w.step.Args.Names() {
		value, known := w.fixed(name)
		switch name {
		case "reason":
		case "status":
			w.status(value, known)
		case "severity":
			w.severity(value, known)
		default:
			w.add(effect{field: name, to: value, known: known, tells: []ifsev.EventType{ifsev.Updated}, touches: []string{name}})
		}
	}
}

// fixed is the text of an argument that is written out.
func (w *effects) fixed(name string) (string, bool) {
	if !w.step.Args.Fixed(name) {
		return "", false
	}
	text := fixedText(w.step, name)
	return text, text != "" // null takes a field away
}

// fixedText is the text of an argument that is written out; of null, nothing.
func fixedText(s *rules.Step, name string) string {
	v, err := s.Args.Value(name, nil, time.Time{})
	if err != nil || v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (w *effects) status(to string, known bool) {
	tells := []ifsev.EventType{ifsev.StatusChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened}
	if known {
		tells = statusEvents(to)
	}
	touches := []string{"status", "mitigated_at", "closed_at", "open_for"}
	if !known || to == "open" {
		touches = append(touches, "reopened_at", "acknowledged", "acknowledged_at")
	}
	e := effect{field: "status", to: to, known: known, tells: tells, touches: touches}
	if to == "mitigated" {
		e.steps = map[string]string{"open": to}
	}
	w.add(e)
}

func statusEvents(to string) []ifsev.EventType {
	switch to {
	case "mitigated":
		return []ifsev.EventType{ifsev.Mitigated}
	case "closed":
		return []ifsev.EventType{ifsev.Closed}
	case "open":
		return []ifsev.EventType{ifsev.Reopened, ifsev.StatusChanged}
	}
	return []ifsev.EventType{ifsev.StatusChanged}
}

// severity works out what a template makes of each severity, if it reads nothing else.
func (w *effects) severity(value string, known bool) {
	e := effect{field: "severity", to: value, known: known, tells: []ifsev.EventType{ifsev.SeverityChanged}, touches: []string{"severity", "severity_changed_at", "planned"}}
	if reads := w.step.Args.Reads("severity"); len(reads) == 1 && reads[0] == "severity" {
		e.steps = map[string]string{}
		for s := ifsev.WorstSeverity; s <= ifsev.MildestSeverity; s++ {
			v, err := w.step.Args.Value("severity", lang.Env{"severity": int(s)}, time.Time{})
			if to, ok := v.(int); ok && err == nil && ifsev.Severity(to) != s {
				e.steps[fmt.Sprint(int(s))] = fmt.Sprint(to)
			}
		}
	}
	w.add(e)
}

// members are what joins a list or leaves it.
func (w *effects) members(arg, list, to string, t ifsev.EventType) {
	e := effect{to: to, known: true, tells: []ifsev.EventType{t}, touches: []string{list}}
	if !w.step.Args.Fixed(arg) {
		e.field, e.known = list, false
		w.add(e)
		return
	}
	v, _ := w.step.Args.Value(arg, nil, time.Time{}) // it is written out
	words, _ := v.([]string)
	for _, word := range words {
		one := e
		one.field = lang.Membership(strings.TrimSpace(word), list)
		one.touches = []string{list}
		w.add(one)
	}
}

func (w *effects) assign() {
	role, known := w.fixed("role")
	if !known {
		role = "*"
	}
	to, known := w.fixed("to")
	if d := w.model.set.World.Directory; known && d != nil {
		for _, r := range d.Roles {
			known = known && r != to
		}
	}
	if to == ifsev.RoleCommander || to == ifsev.RoleOwner {
		known = false
	}
	w.add(effect{field: "roles." + role, to: to, known: known, tells: []ifsev.EventType{ifsev.RoleAssigned}, touches: []string{"roles." + role, "roles", role}})
}

// membership takes a subject such as `"x" in tags` apart.
func membership(subject string) (word, list string, ok bool) {
	i := strings.LastIndex(subject, " in ")
	if i < 0 {
		return "", "", false
	}
	return subject[:i], subject[i+len(" in "):], true
}

func isMember(field string) bool {
	_, _, ok := membership(field)
	return ok
}
