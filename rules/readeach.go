package rules

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// readEach reads `each`, and answers the scope that knows the element.
func (r *stepReader) readEach(o *strictyaml.Object, scope *lang.Scope) *lang.Scope {
	n := o.Take("each")
	if !n.Exists() {
		return scope
	}
	if id := o.Key("id"); id.Exists() {
		r.errors.Add(id.Problem("`id` and `each` cannot stand together: the step is done many times, and steps.<id> would be one of them", "remove `id`, or write a step for each element that is needed later"))
	}
	text, before, ok := r.eachSource(o.Key("each"), n)
	if !ok {
		return r.withElement(scope, lang.Any)
	}
	compiled, err := scope.Expression(text, lang.Any)
	if err != nil {
		r.errors.Add(mistaken(n, err, before)...)
		return r.withElement(scope, lang.Any)
	}
	if basic, isBasic := compiled.Type().(lang.Basic); isBasic && basic != lang.Any {
		r.errors.Add(n.Problem(fmt.Sprintf("`each` needs a list, but this gives %s", basic), "name a list such as responders or tags"))
	}
	r.step.Each = compiled
	return r.withElement(scope, compiled.Element())
}

// withElement makes the element known to the step and, when its turn comes, to the steps of its on_error.
func (r *stepReader) withElement(scope *lang.Scope, elem lang.Type) *lang.Scope {
	r.element = elementVariables(elem)
	return scope.With(r.element...)
}

// eachSource answers the expression of each, which may stand in ${ } or by itself, and how many characters stand
// before it.
func (r *stepReader) eachSource(key, n strictyaml.Node) (text string, before int, ok bool) {
	switch n.Kind() {
	case strictyaml.Scalar:
	case strictyaml.List:
		r.errors.Add(n.Problem("`each` is an expression that gives a list", `put it in quotes: each: '["alice", "bob"]'`))
		return "", 0, false
	default:
		r.errors.Add(key.Problem("`each` says nothing: it is an expression that gives a list", "write each: responders"))
		return "", 0, false
	}
	text = n.Raw()
	if !r.affords(n) || foreignTag(n) {
		return "", 0, false
	}
	lead, inner, found := strings.Cut(text, "${")
	if !found {
		return text, 0, true
	}
	inner, closed := strings.CutSuffix(strings.TrimRight(inner, " \n"), "}")
	if strings.TrimSpace(lead) != "" || !closed || strings.Contains(inner, "${") {
		r.errors.Add(n.Problem("`each` is one expression that gives a list", "write each: responders, with nothing around it"))
		return "", 0, false
	}
	return inner, utf8.RuneCountInString(lead) + len("${"), true
}
