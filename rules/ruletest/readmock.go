package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// mocks says how deliveries end: by RULE/STEP, by destination or by kind of action.
type mocks map[string]*mock

// mock is how a delivery ends.
type mock struct {
	failure *ifsev.Failure // nil means that it succeeds
	times   int            // attempts that fail; 0 means all
	outputs ifsev.Data
}

func (r *testReader) mocks(n strictyaml.Node) mocks {
	all := mocks{}
	for _, p := range n.Object(&r.Problems).Rest() {
		spec, known := r.mocked(p.Key)
		if known {
			all[p.Key.Raw()] = r.mock(spec, p.Value)
		}
	}
	return all
}

// mocked finds what is mocked; the spec is nil for a destination that several kinds may have.
func (r *testReader) mocked(n strictyaml.Node) (*ifsev.ActionSpec, bool) {
	name := n.Raw()
	if rule, step, ok := strings.Cut(name, "/"); ok {
		return r.mockedStep(n, rule, step)
	}
	if spec := r.kinds[name]; spec != nil {
		if spec.Inside {
			r.Add(n.Problem(name+" is done inside the incident, where nothing is sent that could fail", "mock an action that leads outside"))
		}
		return spec, !spec.Inside
	}
	known := r.destinations()
	if slices.Contains(known, name) || strings.HasPrefix(name, "webhook:") {
		return nil, true
	}
	for kind, spec := range r.kinds {
		if !spec.Inside {
			known = append(known, kind)
		}
	}
	r.Add(n.Problem("there is neither an action nor a destination "+quoted(name), nearest(name, known, "write an action such as webhook, a destination such as page:secondary, or RULE/STEP")))
	return nil, false
}

// destinations lists those that are known: connections, and everybody who can be paged.
func (r *testReader) destinations() []string {
	var known []string
	for _, c := range r.world.Rules.Connections {
		known = append(known, c.Kind+":"+c.Name)
		if c.Name == c.Kind {
			known = append(known, c.Kind)
		}
	}
	for _, t := range r.world.targets() {
		known = append(known, "page:"+t)
	}
	return known
}

// mockedStep finds one step of one rule, by its id or its place.
func (r *testReader) mockedStep(n strictyaml.Node, ruleName, stepName string) (*ifsev.ActionSpec, bool) {
	rule := r.t.set.Rule(ruleName)
	if rule == nil {
		r.Add(n.Problem("no rule in force is called "+quoted(ruleName), nearest(ruleName, keysOf(r.t.set.Manifest()), "write RULE/STEP, such as sev1-kit/announcement")))
		return nil, false
	}
	var known []string
	for _, s := range rule.AllSteps() {
		for _, name := range []string{s.ID, s.Place} {
			if name != "" && name == stepName {
				return s.Spec, true
			}
			known = append(known, name)
		}
	}
	known = slices.DeleteFunc(known, func(s string) bool { return s == "" })
	r.Add(n.Problem(fmt.Sprintf("the rule %s has no step %q", ruleName, stepName), nearest(stepName, known, "it has "+orList(known))))
	return nil, false
}

func (r *testReader) mock(spec *ifsev.ActionSpec, n strictyaml.Node) *mock {
	m := &mock{}
	o := n.Object(&r.Problems)
	if e := o.Take("error"); e.Exists() {
		text, _ := e.Text(&r.Problems)
		m.failure = failureOf(text)
	}
	m.times = o.Int("times")
	permanent, reason := o.Take("permanent"), o.Take("reason")
	for _, k := range []string{"times", "permanent", "reason"} {
		if m.failure == nil && o.Take(k).Exists() {
			r.Add(o.Key(k).Problem(quoted(k)+" says how an error goes, and there is none", "add error: \"503 unavailable\""))
		}
	}
	if m.failure != nil && permanent.Exists() {
		m.failure.Permanent, _ = permanent.Bool(&r.Problems)
	}
	if m.failure != nil && reason.Exists() {
		var known []string
		for _, why := range ifsev.FailureReasons()[1:] {
			known = append(known, string(why))
		}
		text, _ := reason.OneOf(&r.Problems, known...)
		m.failure.Reason = ifsev.FailureReason(text)
	}
	if outputs := o.Take("outputs"); outputs.Exists() {
		m.outputs = r.outputs(spec, outputs)
	}
	r.done(o, "a mock", mockKeys())
	return m
}

// failureOf makes a failure of what a receiver says. A status at its beginning decides whether it is attempted again,
// as with a real receiver.
func failureOf(text string) *ifsev.Failure {
	f := &ifsev.Failure{Text: text, Reason: ifsev.ReasonServer}
	var status int
	if _, err := fmt.Sscanf(text, "%3d", &status); err != nil {
		return f
	}
	switch {
	case status == 429:
		f.Reason = ifsev.ReasonRateLimited
	case status == 401 || status == 403:
		f.Reason, f.Permanent = ifsev.ReasonAuth, true
	case status >= 300 && status < 500 && status != 408 && status != 425:
		f.Reason, f.Permanent = ifsev.ReasonClient, true
	}
	return f
}

func (r *testReader) outputs(spec *ifsev.ActionSpec, n strictyaml.Node) ifsev.Data {
	data := ifsev.Data{}
	for _, p := range n.Object(&r.Problems).Rest() {
		if spec == nil {
			data[p.Key.Raw()] = p.Value.Value()
			continue
		}
		var known []string
		for _, o := range spec.Outputs {
			if known = append(known, o.Name); o.Name == p.Key.Raw() {
				data[o.Name] = r.typed(o, p.Value)
			}
		}
		if !slices.Contains(known, p.Key.Raw()) {
			r.Add(p.Key.Problem(spec.Kind+" has no output "+quoted(p.Key.Raw()), nearest(p.Key.Raw(), known, "")))
		}
	}
	return data
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
