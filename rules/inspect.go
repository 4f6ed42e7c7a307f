package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/calendar"
	"github.com/ifsev/ifsev/rules/lang"
)

// Files answers the files the set was made of.
func (s *Set) Files() []Source { return slices.Clone(s.files) }

// Across reports whether a rule looks across incidents, or leads to another: then what happens to one depends on others.
func (s *Set) Across() bool {
	return slices.ContainsFunc(s.Rules, func(r *Rule) bool {
		return r.Window != nil || r.Budget != nil || r.Roll || slices.ContainsFunc(r.AllSteps(), func(step Step) bool {
			return step.Spec.Kind == kindDeclare || step.Spec.Kind == kindRelate
		})
	})
}

// Packs counts the packs among them, used or not.
func (s *Set) Packs() int { return s.packs }

// Names lists the arguments that are given, in the order of the file; each custom field as fields.NAME.
func (a Args) Names() []string {
	var names []string
	for _, arg := range a.list {
		if arg.spec.Name != "fields" || arg.value.fields == nil {
			names = append(names, arg.spec.Name)
			continue
		}
		for _, f := range arg.value.fields {
			names = append(names, "fields."+f.name)
		}
	}
	return names
}

// Reads lists the variables that the value of one argument depends on, sorted; none where it is written out, or not
// given.
func (a Args) Reads(name string) []string {
	arg, ok := a.named(name)
	if !ok {
		return nil
	}
	reads := arg.value.reads()
	slices.Sort(reads)
	return slices.Compact(reads)
}

// Fixed tells whether the argument is given and written out, with no ${ } in it.
func (a Args) Fixed(name string) bool {
	arg, ok := a.named(name)
	return ok && arg.value.fixed()
}

// Filled tells whether the argument is given and cannot be empty: it is written out, or some of its text is.
func (a Args) Filled(name string) bool {
	arg, ok := a.named(name)
	t := arg.value.template
	return ok && (arg.value.fixed() || t != nil && t.Mixed())
}

// Value answers one argument as Render does; nil where it is not given or unset.
func (a Args) Value(name string, env lang.Env, now time.Time) (any, error) {
	arg, ok := a.named(name)
	if !ok {
		return nil, nil
	}
	v, err := arg.value.render(env, now)
	if err != nil {
		return nil, err
	}
	return convert(arg.spec, v, a.zone)
}

// named looks up an argument by a name that Names answers.
func (a Args) named(name string) (argument, bool) {
	for _, arg := range a.list {
		if arg.spec.Name == name {
			return arg, true
		}
		for _, f := range arg.value.fields {
			if arg.spec.Name == "fields" && "fields."+f.name == name {
				return argument{spec: ifsev.FieldSpec{Name: name, Type: ifsev.TypeAny}, nullable: true, value: f.value}, true
			}
		}
	}
	return argument{}, false
}

func (v value) reads() []string {
	var all []string
	if v.template != nil {
		all = v.template.Reads()
	}
	for _, item := range v.list {
		all = append(all, item.reads()...)
	}
	for _, f := range v.fields {
		all = append(all, f.value.reads()...)
	}
	return all
}

func (v value) fixed() bool {
	if v.template != nil {
		return v.template.Static()
	}
	return !slices.ContainsFunc(v.list, func(item value) bool { return !item.fixed() }) &&
		!slices.ContainsFunc(v.fields, func(f namedValue) bool { return !f.value.fixed() })
}

// Text writes the arguments down: the same text means the same arguments.
func (a Args) Text() string {
	texts := make([]string, len(a.list))
	for i, arg := range a.list {
		texts[i] = fmt.Sprintf("%s: %v", arg.spec.Name, arg.value.plain())
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

// plain is the value as it is written.
func (v value) plain() any {
	switch {
	case v.template != nil:
		return v.template.Source()
	case v.list != nil:
		list := make([]any, len(v.list))
		for i, item := range v.list {
			list[i] = item.plain()
		}
		return list
	case v.fields != nil:
		fields := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			fields[f.name] = f.value.plain()
		}
		return fields
	}
	return v.constant
}

// Calendar answers a calendar of the configuration or of a rule file; nil where there is none of that name.
func (s *Set) Calendar(name string) *calendar.Calendar { return s.words.calendars[name] }
