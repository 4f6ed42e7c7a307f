package ruletest

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
)

// reader reads the tests of one file; it collects the problems.
type reader struct {
	strictyaml.Problems
	set   *rules.Set
	world *World
	// outside reads what is written as in rules: acts and conditions.
	outside *rules.Reader
	kinds   map[string]*ifsev.ActionSpec
	payload func(string) ([]byte, error)
}

// defaultIncident is what the one incident of a test is called.
const defaultIncident = "incident"

// defaultStart is a Monday morning, late enough for rotations that began with the year.
var defaultStart = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// testReader reads one test.
type testReader struct {
	*reader
	t *test
	// names are those of its incidents.
	names []string
	// posts says that incidents may come from tools.
	posts bool
}

func (r *reader) test(p strictyaml.Pair) *test {
	tr := &testReader{reader: r, t: &test{name: p.Key.Raw(), line: p.Key.Line(), set: r.set, start: defaultStart, limit: maxDecisions}}
	if p.Value.Kind() == strictyaml.Null {
		r.Add(p.Key.Problem("the test says nothing", "write incident and timeline below it"))
		return tr.t
	}
	o := p.Value.Object(&r.Problems)
	tr.start(o.Take("start"))
	tr.only(o.Take("only"))
	tr.incidents(o)
	tr.t.mocks = tr.mocks(o.Take("mock"))
	tr.timeline(o.Take("timeline"), p.Key)
	r.done(o, "a test", testKeys())
	return tr.t
}

func (r *testReader) start(n strictyaml.Node) {
	text, ok := n.Text(&r.Problems)
	if !ok {
		return
	}
	zone := r.world.Rules.Zone
	if zone == nil {
		zone = time.UTC
	}
	at, err := time.Parse(time.RFC3339, text)
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if err != nil {
			at, err = time.ParseInLocation(layout, text, zone)
		}
	}
	if err != nil {
		r.Add(n.Problem(quoted(text)+" is no time", "write it like 2026-03-27T09:00:00+01:00, or 2026-03-27T09:00 in the time zone of the configuration"))
		return
	}
	r.t.start = at.UTC()
}

// only takes the rules that are not named out of force.
func (r *testReader) only(n strictyaml.Node) {
	names, ok := n.Texts(&r.Problems)
	if !ok {
		return
	}
	items := n.Items()
	if n.Kind() == strictyaml.Scalar {
		items = []strictyaml.Node{n}
	}
	for _, item := range items {
		r.rule(item)
	}
	r.t.set = r.set.Only(func(rule *rules.Rule) bool { return slices.Contains(names, rule.Name) })
}

// rule reads the name of a rule in force.
func (r *testReader) rule(n strictyaml.Node) string {
	name, ok := n.Text(&r.Problems)
	if !ok || r.t.set.Rule(name) != nil {
		return name
	}
	var known []string
	for _, rule := range r.t.set.Rules {
		known = append(known, rule.Name)
	}
	switch {
	case slices.ContainsFunc(r.set.Disabled, func(d *rules.Rule) bool { return d.Name == name }):
		r.Add(n.Problem("the rule "+quoted(name)+" is out of service", "remove enabled: false"))
	case r.set.Rule(name) != nil:
		r.Add(n.Problem("the rule "+quoted(name)+" is not in force in this test", "name it under only"))
	default:
		r.Add(n.Problem("these tests know no rule "+quoted(name), nearest(name, known, "name the file it stands in under rules at the top")))
	}
	return name
}

func (r *testReader) incidents(o *strictyaml.Object) {
	if n := o.Take("incident"); n.Exists() {
		r.incident(defaultIncident, n)
	}
	for _, p := range o.Take("incidents").Object(&r.Problems).Rest() {
		if slices.Contains(r.names, p.Key.Raw()) {
			r.Add(p.Key.Problem("two incidents are called "+quoted(p.Key.Raw()), "give one of them another name"))
		}
		r.incident(p.Key.Raw(), p.Value)
	}
	slices.SortStableFunc(r.t.incidents, func(a, b declaration) int { return int(min(max(a.at-b.at, -1), 1)) })
}

func (r *testReader) incident(name string, n strictyaml.Node) {
	r.names = append(r.names, name)
	o := n.Object(&r.Problems)
	d := declaration{name: name, at: o.Duration("at"), by: o.Text("by")}
	d.what = ifsev.Declaration{
		Title: o.Text("title"), Description: o.Text("description"), Severity: r.severity(o.Take("severity")), Tags: o.Texts("tags"), Key: o.Text("key"),
		Service: o.Text("service"), Source: o.Text("source"), Commander: o.Text("commander"), Subscribers: o.Texts("subscribers"),
	}
	if d.what.Title == "" {
		d.what.Title = "Test incident"
	}
	d.what.Fields = r.fields(o.Take("fields"))
	r.done(o, "an incident", incidentKeys())
	if change := (&ifsev.Change{Declare: &d.what}); o.Node().Kind() == strictyaml.Map {
		if _, err := change.Events(&ifsev.Incident{}); err != nil {
			r.Add(n.Problem(err.Error(), ""))
		}
	}
	r.t.incidents = append(r.t.incidents, d)
}

func (r *testReader) severity(n strictyaml.Node) ifsev.Severity {
	text, ok := n.Text(&r.Problems)
	if !ok {
		return 0
	}
	s, err := r.world.Rules.Severities.Parse(text)
	if err != nil {
		r.Add(n.Problem(err.Error(), ""))
	}
	return s
}

// fields reads custom fields, which must be configured.
func (r *testReader) fields(n strictyaml.Node) ifsev.Data {
	if !n.Exists() {
		return nil
	}
	data := ifsev.Data{}
	var known []string
	for _, f := range r.world.Rules.Fields {
		known = append(known, f.Name)
	}
	for _, p := range n.Object(&r.Problems).Rest() {
		name := p.Key.Raw()
		i := slices.Index(known, name)
		if i < 0 {
			r.Add(p.Key.Problem("there is no custom field "+quoted(name), nearest(name, known, "declare it under fields in the configuration")))
			continue
		}
		data[name] = r.typed(r.world.Rules.Fields[i], p.Value)
	}
	return data
}

// typed reads a value of a type that is known.
func (r *reader) typed(spec ifsev.FieldSpec, n strictyaml.Node) any {
	var v any
	switch spec.Type {
	case ifsev.TypeInt:
		v, _ = n.Int(&r.Problems)
	case ifsev.TypeBool:
		v, _ = n.Bool(&r.Problems)
	case ifsev.TypeStrings:
		v, _ = n.Texts(&r.Problems)
	case ifsev.TypeString:
		if len(spec.Values) > 0 {
			v, _ = n.OneOf(&r.Problems, spec.Values...)
		} else {
			v, _ = n.Text(&r.Problems)
		}
	case ifsev.TypeDuration:
		d, _ := n.Duration(&r.Problems)
		v = ifsev.FormatDuration(d)
	case ifsev.TypeMap:
		n.Object(&r.Problems)
		v = n.Value()
	default:
		v = n.Value()
	}
	return v
}
