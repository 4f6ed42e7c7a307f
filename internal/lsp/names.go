package lsp

import (
	"slices"

	"github.com/ifsev/ifsev"
)

// section is a key at the top of a file under which things have their names.
type section string

const (
	people      section = "people"
	rotations   section = "rotations"
	connections section = "connections"
	calendars   section = "calendars"
	ruleNames   section = "rules"
	defines     section = "define"
)

// configured reports whether a section may stand in the configuration, inRules whether in a rule file.
func (s section) configured() bool { return s != ruleNames && s != defines }
func (s section) inRules() bool    { return s == calendars || !s.configured() }

// found is a declared name and its section.
type found struct {
	declared
	section section
}

// lookUp lists the names of sections, wherever they are declared.
func (d *desk) lookUp(v *view, sections []section) []found {
	var all []found
	for _, s := range sections {
		var list []declared
		if s.configured() {
			list = append(list, d.configuredAs(v, string(s))...)
		}
		if s.inRules() {
			list = append(list, d.declaredIn(v, string(s))...)
		}
		for _, one := range list {
			all = append(all, found{one, s})
		}
	}
	return all
}

// nameKind says what a value is the name of, by the argument it is for or by its path.
func (m *meaning) nameKind(kind fileKind, path []string) []section {
	in := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(path, k) })
	}
	top := ""
	if len(path) > 0 {
		top = path[0]
	}
	switch {
	case kind == ruleFile && m.spec != nil:
		return sectionsOf(m.arg.Names)
	case kind == ruleFile && top == "silences" && in("rules"), kind == testFile && in("fired"):
		return []section{ruleNames}
	case kind == configFile && top == string(rotations) && in("people", "person"):
		return []section{people}
	case kind == configFile && top == string(people) && in("page"):
		return []section{connections}
	}
	return nil
}

func sectionsOf(kind ifsev.NameKind) []section {
	switch kind {
	case ifsev.NamesConnection:
		return []section{connections}
	case ifsev.NamesRotation:
		return []section{rotations}
	case ifsev.NamesTarget, ifsev.NamesPerson, ifsev.NamesRecipient:
		return []section{people, rotations}
	case ifsev.NamesRole:
	}
	return nil
}

// stringKind says what a text in quotes is the name of, by the function it is an argument of.
func (c *cursor) stringKind() []section {
	switch c.call {
	case "oncall", "oncall_added":
		return []section{rotations}
	case "business_hours", "business_time_since", "business_days_after":
		return []section{calendars}
	}
	return nil
}

// definition answers where a name is declared: none, or one place or several.
func (d *desk) definition(v *view) []location {
	places := []location{}
	a, ok := v.aimed()
	if !ok {
		return places
	}
	if place, ok := d.packPlace(v, &a); ok {
		return append(places, place)
	}
	if a.onKey {
		return places
	}
	sections := a.nameKind(v.kind, v.doc.outline().names(a.path))
	switch {
	case a.inExpression && a.inString:
		sections = a.stringKind()
	case a.inExpression:
		if step, ok := v.stepOf(&a); ok {
			return append(places, step)
		}
		if a.chain != a.word || variableOf(v.known(&a.meaning), a.chain) != nil {
			return places
		}
		sections = []section{defines}
	}
	for _, one := range d.lookUp(v, sections) {
		if one.name == a.word {
			places = append(places, d.locationOf(v, one.path, &one.outline.entries[one.entry]))
		}
	}
	return places
}

func (d *desk) locationOf(v *view, path string, e *entry) location {
	uri := uriOf(path)
	if doc := d.open[path]; doc != nil {
		uri = doc.uri
	}
	return location{uri, d.textOf(v.project, path).span(e.at, e.keyEnd)}
}

// stepOf answers where the step stands whose id a chain such as steps.issue names.
func (v *view) stepOf(a *aim) (location, bool) {
	before, id := splitChain(a.chain)
	if before != "steps" {
		return location{}, false
	}
	o := v.doc.outline()
	for i := range o.entries {
		e := &o.entries[i]
		rule := func(path []int) []string { return o.names(path[:min(2, len(path))]) }
		if e.key == "id" && o.value(i) == id && slices.Equal(rule(o.pathTo(i)), rule(a.path)) {
			return location{v.doc.uri, v.doc.text.span(e.from, e.to)}, true
		}
	}
	return location{}, false
}
