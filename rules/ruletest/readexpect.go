package ruletest

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"

	"github.com/ifsev/ifsev"
)

// wanted is an action that is expected: its kind, and either a piece of what it is told or some of its arguments.
type wanted struct {
	text string // as it stands in the file
	kind string
	rest string
	args map[string]any
}

func (r *testReader) wanted(n strictyaml.Node) *[]wanted {
	if !n.Exists() {
		return nil
	}
	items := n.Items()
	if k := n.Kind(); k == strictyaml.Scalar || k == strictyaml.Map {
		items = []strictyaml.Node{n}
	}
	list := []wanted{}
	for _, item := range items {
		list = append(list, r.action(item))
	}
	return &list
}

// action reads `page secondary`, or a step: `page: {to: secondary}`.
func (r *testReader) action(n strictyaml.Node) wanted {
	pairs := n.Pairs()
	switch {
	case n.Kind() == strictyaml.Scalar:
		kind, rest, _ := strings.Cut(strings.TrimSpace(n.Raw()), " ")
		r.kind(n, kind)
		return wanted{text: n.Raw(), kind: kind, rest: strings.TrimSpace(rest)}
	case len(pairs) != 1:
		r.Add(n.Problem("an action is a text such as \"page secondary\", or one action with its arguments", "write - page: {to: secondary}"))
		return wanted{}
	}
	kind, value := pairs[0].Key.Raw(), pairs[0].Value
	spec := r.kind(pairs[0].Key, kind)
	w := wanted{kind: kind, text: kind + " " + show(value.Value()), args: map[string]any{}}
	switch {
	case spec == nil || value.Kind() == strictyaml.Null:
	case value.Kind() != strictyaml.Map && spec.Short != "":
		w.args[spec.Short] = value.Value()
	default:
		for _, p := range value.Object(&r.Problems).Rest() {
			if _, ok := spec.Arg(p.Key.Raw()); !ok && !spec.Open {
				r.Add(p.Key.Problem(kind+" has no argument "+quoted(p.Key.Raw()), nearest(p.Key.Raw(), argNames(spec), "")))
			}
			w.args[p.Key.Raw()] = p.Value.Value()
		}
	}
	return w
}

func argNames(spec *ifsev.ActionSpec) []string {
	var names []string
	for _, a := range spec.Args {
		names = append(names, a.Name)
	}
	return names
}

func (r *testReader) kind(n strictyaml.Node, kind string) *ifsev.ActionSpec {
	spec := r.kinds[kind]
	if spec == nil {
		r.Add(n.Problem("there is no action "+quoted(kind), nearest(kind, keysOf(r.kinds), "begin with the action: page secondary")))
	}
	return spec
}

// expect reads fields with their values, or conditions.
func (r *testReader) expect(e *entry, n strictyaml.Node) {
	switch n.Kind() {
	case strictyaml.Missing:
	case strictyaml.Map:
		for _, p := range n.Object(&r.Problems).Rest() {
			if want, ok := r.field(p); ok {
				e.fields = append(e.fields, expected{p.Key.Raw(), want})
			}
		}
	case strictyaml.Null:
		r.Add(n.Problem("`expect` says nothing", "write expect: {severity: 1}"))
	default:
		e.holds, _ = r.outside.Condition(n)
		e.said = n.Raw()
		for i, item := range n.Items() {
			if e.said += item.Raw(); i < len(n.Items())-1 {
				e.said += ", "
			}
		}
	}
}

// field reads the value a variable is expected to have.
func (r *testReader) field(p strictyaml.Pair) (any, bool) {
	name := p.Key.Raw()
	outer, inner, dotted := strings.Cut(name, ".")
	var known []string
	for _, v := range r.set.Variables() {
		known = append(known, v.Name)
		switch {
		case v.Name != outer:
		case v.Running != nil:
			r.Add(p.Key.Problem(name+" runs with the time", "expect a condition instead: expect: "+name+" > 20m"))
			return nil, false
		case outer == "fields" && dotted:
			return r.custom(p, inner)
		default:
			return r.variable(v, p.Value), true
		}
	}
	r.Add(p.Key.Problem("an incident has no "+quoted(name), nearest(name, known, "the page on rules lists the variables")))
	return nil, false
}

func (r *testReader) custom(p strictyaml.Pair, name string) (any, bool) {
	var known []string
	for _, f := range r.world.Rules.Fields {
		if f.Name == name {
			if p.Value.Kind() == strictyaml.Null {
				return nil, true
			}
			return r.typed(f, p.Value), true
		}
		known = append(known, f.Name)
	}
	r.Add(p.Key.Problem("there is no custom field "+quoted(name), nearest(name, known, "declare it under fields in the configuration")))
	return nil, false
}

// variable reads a value of a variable's type.
func (r *testReader) variable(v lang.Variable, n strictyaml.Node) any {
	if n.Kind() == strictyaml.Null {
		return nil
	}
	switch v.Type {
	case lang.Int:
		if v.Name == "severity" {
			return int(r.severity(n))
		}
		return r.typed(ifsev.FieldSpec{Type: ifsev.TypeInt}, n)
	case lang.Bool:
		return r.typed(ifsev.FieldSpec{Type: ifsev.TypeBool}, n)
	case lang.String:
		return r.typed(ifsev.FieldSpec{Type: ifsev.TypeString, Values: v.Values}, n)
	case lang.List(lang.String):
		return r.typed(ifsev.FieldSpec{Type: ifsev.TypeStrings}, n)
	case lang.Time:
		return r.instant(n)
	}
	return n.Value()
}

// instant reads a time, written as one or as how long after the start.
func (r *testReader) instant(n strictyaml.Node) any {
	text, _ := n.Text(&r.Problems)
	if d, err := ifsev.ParseDuration(text); err == nil {
		return r.t.start.Add(d)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.Add(n.Problem(fmt.Sprintf("%q is neither a time nor how long after the start", text), "write it like 20m, or 2026-03-27T09:00:00Z"))
	}
	return at.UTC()
}
