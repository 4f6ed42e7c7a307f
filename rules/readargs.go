package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// argsReader reads the arguments of one step against the spec of its action.
type argsReader struct {
	*loader
	spec   *ifsev.ActionSpec
	scope  *lang.Scope
	action strictyaml.Node // the key that names the action
	behind strictyaml.Node // what stands behind it
	args   Args
	// ids are those of all steps of the branch, later ones included.
	ids map[string]bool
	// given are the nodes of the arguments by name, wrong ones included.
	given map[string]strictyaml.Node
}

// read takes what stands behind the action's name: nothing, its short form, or a map of arguments.
func (r *argsReader) read(value, text strictyaml.Node) {
	r.behind = value
	r.args.zone = r.scope.Location()
	r.given = map[string]strictyaml.Node{}
	switch value.Kind() {
	case strictyaml.Missing, strictyaml.Null:
	case strictyaml.Map:
		for _, p := range value.Pairs() {
			r.pair(p)
		}
	default:
		r.short(value)
	}
	if text.Exists() {
		r.beside(text)
	}
}

// short reads `page: secondary`.
func (r *argsReader) short(value strictyaml.Node) {
	spec, ok := r.spec.Arg(r.spec.Short)
	if !ok {
		hint := "write " + r.spec.Kind + ": {…}"
		if len(r.spec.Args) == 0 {
			hint = "write - " + r.spec.Kind
		} else if r.spec.Example != "" {
			hint = "write it like " + r.spec.Example
		}
		r.errors.Add(value.Problem(fmt.Sprintf("%s takes a map of arguments", r.spec.Kind), hint))
		return
	}
	r.argument(spec, value, false)
}

// beside reads the `text` that stands beside the action.
func (r *argsReader) beside(text strictyaml.Node) {
	spec, ok := r.spec.Arg("text")
	_, twice := r.given["text"]
	switch {
	case !ok:
		r.errors.Add(text.Problem(fmt.Sprintf("%s takes no text", r.spec.Kind), argumentsHint(r.spec)))
	case twice:
		r.errors.Add(text.Problem("the text is given twice: beside the action and among its arguments", "keep one of them"))
	default:
		r.argument(spec, text, false)
	}
}

func argumentsHint(spec *ifsev.ActionSpec) string {
	names := argumentNames(spec)
	if len(names) == 0 {
		return "it takes no arguments"
	}
	return "it takes " + strings.Join(names, ", ")
}

func argumentNames(spec *ifsev.ActionSpec) []string {
	names := make([]string, len(spec.Args))
	for i, a := range spec.Args {
		names[i] = a.Name
	}
	return names
}

func (r *argsReader) pair(p strictyaml.Pair) {
	name := p.Key.Raw()
	if spec, ok := r.spec.Arg(name); ok {
		r.argument(spec, p.Value, false)
		return
	}
	field, isField := strings.CutPrefix(name, "fields.")
	switch {
	case r.spec.Open && isField:
		if spec, ok := r.field(p.Key, field); ok {
			spec.Name = name
			r.argument(spec, p.Value, true)
		}
	case r.spec.Open && r.isField(name):
		r.errors.Add(p.Key.Problem(fmt.Sprintf("%s has no argument %q", r.spec.Kind, name), "a custom field is written fields."+name))
	default:
		r.errors.Add(p.Key.Problem(fmt.Sprintf("%s has no argument %q", r.spec.Kind, name), nearestOr(name, argumentNames(r.spec), argumentsHint(r.spec))))
	}
}

func (r *argsReader) isField(name string) bool {
	return slices.ContainsFunc(r.world().Fields, func(f ifsev.FieldSpec) bool { return f.Name == name })
}

// field looks up a custom field; one there is not is reported.
func (r *argsReader) field(n strictyaml.Node, name string) (ifsev.FieldSpec, bool) {
	var known []string
	for _, f := range r.world().Fields {
		if f.Name == name {
			f.Required, f.Names, f.Fixed = false, "", false
			return f, true
		}
		known = append(known, f.Name)
	}
	r.errors.Add(n.Problem(fmt.Sprintf("there is no custom field %q", name), nearestOr(name, known, "declare it under fields in the configuration")))
	return ifsev.FieldSpec{}, false
}

// argument reads one argument and checks all that can be known now.
func (r *argsReader) argument(spec ifsev.FieldSpec, n strictyaml.Node, nullable bool) {
	r.given[spec.Name] = n
	if n.Kind() == strictyaml.Null && !nullable {
		r.errors.Add(n.Problem(fmt.Sprintf("`%s` has no value", spec.Name), cmp.Or(n.Hash(), "write one, or remove it")))
		return
	}
	if foreignTag(n) {
		return
	}
	v, ok := r.value(spec, n)
	if !ok {
		return
	}
	r.args.list = append(r.args.list, argument{spec: spec, nullable: nullable, value: v})
	r.checkNames(spec, n)
}

// value reads an argument as its type says.
func (r *argsReader) value(spec ifsev.FieldSpec, n strictyaml.Node) (value, bool) {
	switch n.Kind() {
	case strictyaml.Scalar:
		if isFields(r.spec, spec) {
			r.errors.Add(n.Problem("`fields` is a map of custom fields", "name each, so that it can be checked: fields.NAME: …"))
			return value{}, false
		}
		return r.scalar(spec, n)
	case strictyaml.List:
		if spec.Type == ifsev.TypeStrings {
			return r.texts(spec, n)
		}
	case strictyaml.Map:
		if isFields(r.spec, spec) {
			return r.fields(n)
		}
		if spec.Type == ifsev.TypeMap {
			return r.tree(n)
		}
	case strictyaml.Null, strictyaml.Missing:
		return value{}, true
	}
	if spec.Type == ifsev.TypeAny {
		return r.tree(n)
	}
	got := "a map"
	if n.Kind() == strictyaml.List {
		got = "a list"
	}
	r.errors.Add(n.Problem(fmt.Sprintf("`%s`: want %s, got %s", spec.Name, describeType(spec.Type), got), ""))
	return value{}, false
}

// isFields reports whether an argument is the custom fields by name.
func isFields(action *ifsev.ActionSpec, arg ifsev.FieldSpec) bool {
	return action.Open && arg.Name == "fields" && arg.Type == ifsev.TypeMap
}

// texts reads a list whose entries are texts each.
func (r *argsReader) texts(spec ifsev.FieldSpec, n strictyaml.Node) (value, bool) {
	one := ifsev.FieldSpec{Name: spec.Name, Type: ifsev.TypeString, Values: spec.Values, Fixed: spec.Fixed}
	v, ok := value{list: []value{}}, true
	for _, item := range n.Items() {
		x, good := r.value(one, item)
		v.list, ok = append(v.list, x), ok && good
	}
	return v, ok
}

// fields reads custom fields by name.
func (r *argsReader) fields(n strictyaml.Node) (value, bool) {
	v, ok := value{fields: []namedValue{}}, true
	for _, p := range n.Pairs() {
		spec, known := r.field(p.Key, p.Key.Raw())
		if !known {
			ok = false
			continue
		}
		x, good := r.value(spec, p.Value)
		v.fields, ok = append(v.fields, namedValue{p.Key.Raw(), x}), ok && good
	}
	return v, ok
}

// tree reads any JSON; texts at any depth may be templates.
func (r *argsReader) tree(n strictyaml.Node) (value, bool) {
	ok := true
	switch n.Kind() {
	case strictyaml.List:
		v := value{list: []value{}}
		for _, item := range n.Items() {
			x, good := r.tree(item)
			v.list, ok = append(v.list, x), ok && good
		}
		return v, ok
	case strictyaml.Map:
		v := value{fields: []namedValue{}}
		for _, p := range n.Pairs() {
			if strings.Contains(p.Key.Raw(), "${") {
				r.errors.Add(p.Key.Problem("a key cannot hold ${ }", "only values can"))
				ok = false
			}
			x, good := r.tree(p.Value)
			v.fields, ok = append(v.fields, namedValue{p.Key.Raw(), x}), ok && good
		}
		return v, ok
	case strictyaml.Scalar:
		if strings.Contains(n.Raw(), "${") {
			t, good := r.template(n)
			return value{template: t}, good
		}
		ok = r.affords(n)
	}
	return value{constant: n.Value()}, ok
}
