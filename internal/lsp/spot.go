package lsp

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// spot is a place in a text: what it lies in, and what is written there so far.
type spot struct {
	outline *outline
	// path leads from the top to the entry whose value is meant, as places in the outline; empty at the top.
	path []int
	tail
	// typed is the value up to the place, without an opening quote; start is where it begins.
	typed string
	start point
	at    point
}

// spotAt looks at a text up to a place, as if it ended there: what comes behind has no say in what may be typed.
func spotAt(lines [][]rune, at point) spot {
	lines = slices.Clone(lines[:at.line+1])
	lines[at.line] = lines[at.line][:min(at.column, len(lines[at.line]))]
	o := newOutline(lines)
	s := spot{outline: o, path: o.pathTo(o.last.owner), tail: o.last, at: at, start: at}
	if s.kind == tailScalar {
		s.start = s.from
		if s.style == single || s.style == double {
			s.start.column++
		}
		s.typed = o.between(s.start, at)
	}
	return s
}

// pathTo answers the places of an entry and of those around it, from the top.
func (o *outline) pathTo(i int) []int {
	var path []int
	for ; i >= 0; i = o.entries[i].parent {
		path = append(path, i)
	}
	slices.Reverse(path)
	return path
}

// between answers what stands between two places; the lines behind the first without their indentation.
func (o *outline) between(from, to point) string {
	var b strings.Builder
	for line := from.line; line <= to.line && line < len(o.lines); line++ {
		row, begin := o.lines[line], 0
		if line == from.line {
			begin = min(from.column, len(row))
		} else {
			b.WriteByte('\n')
		}
		end := len(row)
		if line == to.line {
			end = min(to.column, len(row))
		}
		part := string(row[begin:max(begin, end)])
		if line > from.line {
			part = strings.TrimLeft(part, " \t")
		}
		b.WriteString(part)
	}
	return b.String()
}

// names answers the keys along a path; an element is "".
func (o *outline) names(path []int) []string {
	names := make([]string, len(path))
	for i, e := range path {
		names[i] = o.entries[e].key
	}
	return names
}

// find answers the entry at a path of keys; -1 where there is none.
func (o *outline) find(keys ...string) int {
	at := -1
	for _, key := range keys {
		next := slices.IndexFunc(o.entries, func(e entry) bool { return e.parent == at && !e.item && e.key == key })
		if next < 0 {
			return -1
		}
		at = next
	}
	return at
}

// under lists the entries directly below one; -1 is the top.
func (o *outline) under(parent int) []int {
	var list []int
	if parent < -1 {
		return nil
	}
	for i := range o.entries {
		if o.entries[i].parent == parent {
			list = append(list, i)
		}
	}
	return list
}

// value answers the scalar of an entry as it is written, without its quotes and on as many lines.
func (o *outline) value(i int) string {
	e := &o.entries[i]
	text := o.between(e.from, e.to)
	switch {
	case e.style == block:
		_, text, _ = strings.Cut(text, "\n")
	case e.style != plain && len(text) > 1:
		text = text[1 : len(text)-1]
	}
	return strings.TrimSpace(text)
}

// values answers the scalars of an entry: its own, or those of its elements.
func (o *outline) values(i int) []string {
	if i < 0 {
		return nil
	}
	if v := o.value(i); v != "" {
		return []string{v}
	}
	var list []string
	for _, e := range o.under(i) {
		if o.entries[e].item {
			list = append(list, o.value(e))
		}
	}
	return list
}

// meaning is what a place in a file means, as the schema of the file tells it.
type meaning struct {
	// choices are what the value of the last entry of the path may be.
	choices []*schema
	// condition says that it is an expression, template that it may hold ${ }.
	condition, template bool
	// spec is the action it is an argument of, arg the argument; both are empty elsewhere.
	spec *ifsev.ActionSpec
	arg  ifsev.FieldSpec
	spot rules.Spot
}

// meaningOf follows a path through a schema. What rules.Spot needs of the lines behind the place is read from whole.
func meaningOf(root *schema, x *rules.Lexicon, o *outline, path []int, whole *outline) meaning {
	m := meaning{choices: root.choices(root)}
	for _, i := range path {
		e := &o.entries[i]
		switch {
		case named(m.choices, "step"):
			m.step(o, x, i, whole)
		case m.spec == nil || e.item:
		case m.arg.Name == "":
			m.arg = argument(m.spec, x, e.key)
		case m.arg.Name == "fields":
			m.arg = argument(m.spec, x, "fields."+e.key)
		}
		m.choices = root.below(m.choices, e.key, e.item)
		m.condition = m.condition || named(m.choices, "condition")
		m.spot.OnError = m.spot.OnError || e.key == "on_error"
		m.spot.Digest = m.spot.Digest || e.key == "digest" && !e.item
		if named(m.choices, "rule") {
			m.spot.Events = events(whole, e)
			m.spot.Window, m.spot.Roll = gathers(whole, e)
		}
	}
	if m.spec != nil && m.arg.Name == "" {
		m.arg, _ = m.spec.Arg(m.spec.Short)
	}
	return m
}

// step notes what a key of a step says: that it is an expression, a template or an action.
func (m *meaning) step(o *outline, x *rules.Lexicon, i int, whole *outline) {
	e := &o.entries[i]
	m.spot.Step, m.spec, m.arg = true, nil, ifsev.FieldSpec{}
	m.condition = e.key == "each"
	m.template = e.key == "text"
	if spec := x.Action(e.key); spec != nil {
		m.spec, m.template = spec, true
	}
	if e.parent < 0 {
		return
	}
	step := whole.same(&o.entries[e.parent])
	m.spot.Each = m.spot.Each || e.key != "each" && slices.ContainsFunc(whole.under(step), func(key int) bool { return whole.entries[key].key == "each" })
	m.spot.Earlier = append(m.spot.Earlier, earlier(o, x, e.parent)...)
}

// earlier lists the steps with an id before a step in its list.
func earlier(o *outline, x *rules.Lexicon, step int) []rules.StepName {
	var names []rules.StepName
	if step < 0 {
		return nil
	}
	for _, other := range o.under(o.entries[step].parent) {
		if other >= step {
			break
		}
		name := rules.StepName{}
		for _, key := range o.under(other) {
			switch k := o.entries[key].key; {
			case k == "id":
				name.ID = o.value(key)
			case x.Action(k) != nil:
				name.Kind = k
			}
		}
		if name.ID != "" {
			names = append(names, name)
		}
	}
	return names
}

// argument answers the spec of an argument, a custom field among them.
func argument(spec *ifsev.ActionSpec, x *rules.Lexicon, name string) ifsev.FieldSpec {
	if arg, ok := spec.Arg(name); ok {
		return arg
	}
	if field, ok := strings.CutPrefix(name, "fields."); ok {
		for _, f := range x.CustomFields() {
			if f.Name == field {
				return f
			}
		}
	}
	return ifsev.FieldSpec{Name: name}
}

// same answers the entry that stands where another outline of the text has one; -2 where there is none.
func (o *outline) same(e *entry) int {
	i := slices.IndexFunc(o.entries, func(f entry) bool { return f.at == e.at && f.item == e.item })
	if i < 0 {
		return -2
	}
	return i
}

// events answers the event types under `when` of a rule.
func events(whole *outline, rule *entry) []ifsev.EventType {
	var types []ifsev.EventType
	for _, key := range whole.under(whole.same(rule)) {
		if whole.entries[key].key != "when" {
			continue
		}
		for _, v := range whole.values(key) {
			types = append(types, ifsev.EventType(v))
		}
	}
	return types
}

// gathers reports whether a rule has a window, and whether its schedule runs it once in all.
func gathers(whole *outline, rule *entry) (window, roll bool) {
	for _, key := range whole.under(whole.same(rule)) {
		switch whole.entries[key].key {
		case "window":
			window = true
		case "when":
			roll = slices.ContainsFunc(whole.under(key), func(i int) bool { return whole.entries[i].key == "each" && whole.value(i) == "false" })
		}
	}
	return window, roll
}
