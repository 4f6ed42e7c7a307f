package rules

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// scalar reads a constant or a template.
func (r *argsReader) scalar(spec ifsev.FieldSpec, n strictyaml.Node) (value, bool) {
	if before, _, found := strings.Cut(n.Raw(), "${"); found {
		if spec.Fixed {
			r.errors.Add(n.ProblemAt(utf8.RuneCountInString(before), 2, fmt.Sprintf("`%s` must be known when the rules are loaded, so it cannot hold ${ }", spec.Name), "write it out"))
			return value{}, false
		}
		return r.typedTemplate(spec, n)
	}
	if !r.affords(n) {
		return value{}, false
	}
	v := n.Value()
	if textual(spec.Type) || n.Tag() == "!!str" {
		v = n.Raw()
	}
	out, err := convert(spec, v, r.args.zone)
	if err != nil {
		r.errors.Add(n.Problem(fmt.Sprintf("`%s`: %s", spec.Name, err), constantHint(spec, n)))
		return value{}, false
	}
	return value{constant: out}, true
}

// textual types are read as they are written, whatever YAML takes them for: 1.10 stays 1.10.
func textual(t ifsev.ValueType) bool {
	switch t {
	case ifsev.TypeString, ifsev.TypeStrings, ifsev.TypeTime, ifsev.TypeDuration:
		return true
	}
	return false
}

func constantHint(spec ifsev.FieldSpec, n strictyaml.Node) string {
	if near := lang.Nearest(n.Raw(), spec.Values); near != "" {
		return "did you mean " + near + "?"
	}
	if spec.Name == severityArg && n.Tag() == "!!str" {
		return "write the number: 1 is the worst"
	}
	return ""
}

func (r *argsReader) template(n strictyaml.Node) (*lang.Template, bool) {
	if !r.affords(n) {
		return nil, false
	}
	t, err := r.scope.Template(n.Raw())
	if err == nil {
		return t, true
	}
	for _, p := range mistaken(n, err, 0) {
		if id, ok := strings.CutPrefix(p.Message, "unknown field "); ok && r.ids[id] {
			p.Hint = "a step sees the outputs of the steps before it alone"
		}
		r.errors.Add(p)
	}
	return nil, false
}

// typedTemplate compiles a template and checks that what it gives can be what the argument wants.
func (r *argsReader) typedTemplate(spec ifsev.FieldSpec, n strictyaml.Node) (value, bool) {
	t, ok := r.template(n)
	if !ok {
		return value{}, false
	}
	if t.Static() { // only $${
		out, err := t.Render(nil, time.Time{})
		if err == nil {
			out, err = convert(spec, out, r.args.zone)
		}
		if err != nil {
			r.errors.Add(n.Problem(fmt.Sprintf("`%s`: %s", spec.Name, err), ""))
		}
		return value{constant: out}, err == nil
	}
	if !gives(t.Type(), spec.Type) {
		hint := ""
		if t.Type() == lang.Type(lang.String) && !strings.HasPrefix(n.Raw(), "${") {
			hint = "text around ${ } makes it a text; write exactly one ${ }"
		}
		r.errors.Add(n.Problem(fmt.Sprintf("`%s`: want %s, but this gives %s", spec.Name, describeType(spec.Type), t.Type()), hint))
		return value{}, false
	}
	return value{template: t}, true
}

// gives reports whether a template of a type can be what an argument wants.
func gives(have lang.Type, want ifsev.ValueType) bool {
	basic, isBasic := have.(lang.Basic)
	if isBasic && basic == lang.Any || want == ifsev.TypeAny || want == ifsev.TypeString {
		return true
	}
	switch want {
	case ifsev.TypeStrings:
		return !isBasic || basic == lang.String
	case ifsev.TypeInt:
		return isBasic && basic == lang.Int
	case ifsev.TypeNumber:
		return isBasic && (basic == lang.Int || basic == lang.Float)
	case ifsev.TypeBool:
		return isBasic && basic == lang.Bool
	case ifsev.TypeTime:
		return isBasic && (basic == lang.Time || basic == lang.String)
	case ifsev.TypeDuration:
		return isBasic && (basic == lang.Duration || basic == lang.String)
	}
	return false
}

func describeType(t ifsev.ValueType) string {
	switch t {
	case ifsev.TypeString:
		return "a text"
	case ifsev.TypeInt:
		return "a whole number"
	case ifsev.TypeNumber:
		return "a number"
	case ifsev.TypeBool:
		return "true or false"
	case ifsev.TypeTime:
		return "a time"
	case ifsev.TypeDuration:
		return "a duration such as 20m"
	case ifsev.TypeStrings:
		return "a list of texts"
	case ifsev.TypeMap:
		return "a map of names to values"
	}
	return "any value"
}
