package rules

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Window has a rule fire when Count of its events share one value of By within Last: once, until the window has been
// empty.
type Window struct {
	// By gives the value, or several; nil means that all events share one.
	By    *lang.Expression
	Last  time.Duration
	Count int
}

// maxShared is in how many windows one event counts at most.
const maxShared = 100

// keys answers the values of By at an event.
func (w *Window) keys(env lang.Env, at time.Time) ([]string, error) {
	if w.By == nil {
		return []string{""}, nil
	}
	v, err := w.By.Eval(env, at)
	if err != nil {
		return nil, err
	}
	var keys []string
	switch v := plainValue(v).(type) {
	case string:
		keys = []string{v}
	case int:
		keys = []string{strconv.Itoa(v)}
	case bool:
		keys = []string{strconv.FormatBool(v)}
	default:
		keys = ifsev.Data{"": jsonValue(v)}.Strings("")
	}
	keys = ifsev.CleanTags(keys) // an incident without the value shares it with nobody
	return keys[:min(len(keys), maxShared)], nil
}

// join counts an event in the windows of its values.
func (d *decider) join(r *Rule, v Verdict, ev *ifsev.Event) {
	keys, err := r.Window.keys(d.set.words.eventEnv(d.env(), ev), d.at)
	if err != nil {
		d.counts(r).Errors++
		v.Kind, v.Error = VerdictError, "window: "+err.Error()
		d.eventVerdict(r, v, ev)
		return
	}
	for _, key := range keys {
		group := ifsev.GroupID(ifsev.GroupWindow, r.Name, key)
		d.inward(ifsev.ActionJoin, r.Name, &ifsev.Inward{Group: group, Cause: ev.ID, Depth: ev.Depth + 1, Join: &ifsev.Join{
			Kind: ifsev.GroupWindow, Rule: r.Name, Key: key, Member: d.member(ev.ID), Last: r.Window.Last, Count: r.Window.Count, Event: ev,
		}}, ev.ID, group)
	}
	v.Kind = VerdictTrue
	if len(keys) > 0 {
		v.Kind, v.Held = VerdictHeld, HeldWindow
	}
	d.eventVerdict(r, v, ev)
}

// call tells the roll of a schedule that this incident is selected.
func (d *decider) call(r *Rule) {
	at := d.at.UTC().Format(time.RFC3339)
	group := ifsev.GroupID(ifsev.GroupRoll, r.Name, at)
	d.inward(ifsev.ActionJoin, r.Name, &ifsev.Inward{Group: group, Join: &ifsev.Join{
		Kind: ifsev.GroupRoll, Rule: r.Name, Key: at, Member: d.member(d.doc.Incident.ID),
	}}, group)
	d.verdict(r, Verdict{Kind: VerdictHeld, Held: HeldWindow, Noteworthy: true})
}

func (d *decider) member(id string) ifsev.Member {
	return ifsev.Member{Incident: d.doc.Incident.ID, Number: d.doc.Incident.Number, ID: id, At: d.at}
}

// The names under which steps read what has gathered.
const (
	windowName   = "window"
	selectedName = "selected"
	heldName     = "held"
)

// gatheredName is under which name the steps of a branch read what has gathered; empty where nothing does.
func (r *Rule) gatheredName(branch string) string {
	switch {
	case branch == branchDigest:
		return heldName
	case r.Window != nil:
		return windowName
	case r.Roll:
		return selectedName
	}
	return ""
}

// gatheredVariables are the variables only the steps of such a branch know.
func gatheredVariables(name string) []lang.Variable {
	docs := map[string]string{
		windowName:   "what filled the window of the rule",
		selectedName: "the incidents the schedule of the rule selected",
		heldName:     "what the budget of the rule held back",
	}
	if docs[name] == "" {
		return nil
	}
	return []lang.Variable{{Name: name, Doc: docs[name], Type: lang.Map(
		lang.Variable{Name: "key", Doc: "the value they share; empty where they share none", Type: lang.String},
		lang.Variable{Name: "count", Doc: "how many there are", Type: lang.Int},
		lang.Variable{Name: "incidents", Doc: "the names of their incidents, such as INC-7, each once", Type: lang.List(lang.String)},
		lang.Variable{Name: "since", Doc: "the instant of the first", Type: lang.Time},
	)}}
}

// withGathered adds what has gathered to what a step reads.
func withGathered(env lang.Env, name string, g *ifsev.Gathered) lang.Env {
	if name == "" {
		return env
	}
	if g == nil {
		g = &ifsev.Gathered{}
	}
	env = maps.Clone(env)
	env[name] = map[string]any{"key": g.Key, "count": g.Count, "incidents": slices.Clone(g.Incidents), "since": g.Since}
	return env
}
