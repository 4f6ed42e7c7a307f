package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// branchReader reads the steps of one branch in order; each sees the outputs of those before it.
type branchReader struct {
	*ruleReader
	outputs []lang.Variable
	ids     map[string]strictyaml.Node
	all     map[string]bool // the ids of all its steps
	count   int
	// element is what is known of the element of a step with each, in its on_error.
	element []lang.Variable
	// steps is the scope of the next step; scope what all steps know beside the outputs.
	steps, scope *lang.Scope
}

// branch reads the steps under a key. Place is what the branch is called, such as then or after[5m].
func (r *ruleReader) branch(key, list strictyaml.Node, place string) []Step {
	b := &branchReader{ruleReader: r, ids: map[string]strictyaml.Node{}, all: map[string]bool{}}
	b.scope = r.scope
	if more := gatheredVariables(r.rule.gatheredName(place)); len(more) > 0 {
		b.scope = r.scope.With(more...)
	}
	b.steps = r.scopes.step(b.scope)
	return b.read(key, list, place, false)
}

func (b *branchReader) read(key, list strictyaml.Node, place string, inOnError bool) []Step {
	switch list.Kind() {
	case strictyaml.Null:
		b.errors.Add(key.Problem(fmt.Sprintf("`%s` has no steps", key.Raw()), "write a list of steps below it, such as - note: hello"))
		return nil
	case strictyaml.List:
	default:
		b.errors.Add(list.Problem(fmt.Sprintf("`%s` takes a list of steps", key.Raw()), "begin each step with `- `, even a single one"))
		return nil
	}
	items := list.Items()
	if len(items) == 0 {
		b.errors.Add(list.Problem(fmt.Sprintf("`%s` has no steps", key.Raw()), "write at least one step, or remove the key"))
	}
	for _, item := range items {
		for _, p := range item.Pairs() {
			if p.Key.Raw() == "id" {
				b.all[p.Value.Raw()] = true
			}
		}
	}
	var steps []Step
	for i, item := range items {
		if b.count++; b.count > MaxSteps {
			b.errors.Add(item.Problem(fmt.Sprintf("a branch has at most %d steps, those of on_error included", MaxSteps), "split the rule"))
			return steps
		}
		r := &stepReader{branchReader: b, inOnError: inOnError, step: Step{Place: fmt.Sprintf("%s[%d]", place, i), Line: item.Line()}}
		if r.read(item) {
			steps = append(steps, r.step)
		}
	}
	return steps
}

// declare makes the outputs of a step known to those after it. Of an action there is not they may be anything.
func (b *branchReader) declare(s *Step) {
	if s.ID == "" {
		return
	}
	v := lang.Variable{Name: s.ID, Type: lang.Any}
	if s.Spec != nil {
		v = outputsVariable(s.ID, s.Spec)
	}
	b.outputs = append(b.outputs, v)
	b.steps = b.scope.With(stepVariables(b.outputs, false)...)
}

// outputsVariable is what later steps may read of a step with an id.
func outputsVariable(id string, spec *ifsev.ActionSpec) lang.Variable {
	var fields []lang.Variable
	for _, f := range spec.Outputs {
		fields = append(fields, lang.Variable{Name: f.Name, Doc: f.Doc, Type: typeOf(f.Type), Values: f.Values, Optional: true})
	}
	return lang.Variable{Name: id, Type: lang.Map(fields...)}
}

// stepReader reads one step.
type stepReader struct {
	*branchReader
	inOnError bool
	step      Step
	// action and value are the key that names the action, and what stands behind it.
	action, value strictyaml.Node
}

// read answers whether anything can be made of the step.
func (r *stepReader) read(n strictyaml.Node) bool {
	scope := r.steps
	if r.inOnError {
		scope = r.scope.With(append(stepVariables(r.outputs, true), r.element...)...)
	}
	switch n.Kind() {
	case strictyaml.Scalar: // a bare word: - mitigate
		r.action = n
		if !foreignTag(n) && r.known() {
			r.step.Args = r.arguments(scope, strictyaml.Node{}, strictyaml.Node{})
		}
		return r.step.Spec != nil
	case strictyaml.Map:
	default:
		r.errors.Add(n.Problem("a step is an action and its arguments", "write it like - page: secondary"))
		return false
	}
	o := n.Object(&r.errors)
	outer := r.element
	scope = r.readEach(o, scope)
	defer func() { r.element = outer }()
	text := r.keywords(o, scope)
	if !r.findAction(o) {
		r.declare(&r.step)
		return false
	}
	r.step.Args = r.arguments(scope, r.value, text)
	if r.inOnError && o.Key("on_error").Exists() {
		r.errors.Add(o.Key("on_error").Problem("on_error cannot stand within on_error", "write the steps of both in one list"))
	} else if list := o.Take("on_error"); list.Exists() {
		r.step.OnError = r.branchReader.read(o.Key("on_error"), list, r.step.Place+".on_error", true)
	}
	if r.step.Spec.Inside {
		r.insideOnly(o)
	}
	r.checkWait()
	r.declare(&r.step)
	return true
}

// keywords takes the keys beside the action; it answers the node of `text`.
func (r *stepReader) keywords(o *strictyaml.Object, scope *lang.Scope) (text strictyaml.Node) {
	o.Take("on_error") // read once the action is known
	text = o.Take("text")
	r.step.Continue = o.Bool("continue")
	r.readID(o.Take("id"))
	r.readRetry(o.Take("retry"))
	r.step.Timeout = r.positiveOf(o.Take("timeout"), "timeout", 1)
	if n := o.Take("if"); n.Exists() {
		var compiled *lang.Expression
		_, ok := r.loader.condition(n, func(text string) (err error) {
			compiled, err = scope.Expression(text, lang.Bool)
			return err
		})
		if ok {
			r.step.If = compiled
		}
	}
	return text
}

func (r *stepReader) readID(n strictyaml.Node) {
	id, ok := n.Text(&r.errors)
	switch first, twice := r.ids[id]; {
	case !ok:
	case !definePattern.MatchString(id):
		r.errors.Add(n.Problem(fmt.Sprintf("%q cannot be the id of a step", id), "use letters, digits and _, beginning with a letter: expressions say steps.<id>"))
	case twice:
		r.errors.Add(n.Problem(fmt.Sprintf("two steps have the id %q; the first is in line %d", id, first.Line()), "give one of them another id"))
	default:
		r.ids[id] = n
		r.step.ID = id
	}
}

func (r *stepReader) readRetry(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	o := n.Object(&r.errors)
	retry := &r.step.Retry
	retry.Min = r.positiveOf(o.Take("min"), "min", 1)
	retry.Max = r.positiveOf(o.Take("max"), "max", 1)
	retry.MaxAge = r.positiveOf(o.Take("max_age"), "max_age", 1)
	attempts := o.Take("attempts")
	if count, ok := attempts.Int(&r.errors); ok {
		retry.Attempts = count
		if count < 1 {
			r.errors.Add(attempts.Problem("`attempts` must be 1 or more", "1 means that it is not attempted again"))
		}
	}
	if retry.Min > 0 && retry.Max > 0 && retry.Min > retry.Max {
		r.errors.Add(o.Key("min").Problem("`min` is longer than `max`", "min and max bound the wait between two attempts"))
	}
	r.unknownKeys(o, "retry", retryKeys(), map[string]string{
		"times": "write `attempts`", "count": "write `attempts`", "wait": "write `min`", "delay": "write `min`", "for": "write `max_age`", "timeout": "write `max_age`; `timeout` stands beside `retry`",
	})
}

// insideOnly reports the keys that mean nothing to what is done in the same decision.
func (r *stepReader) insideOnly(o *strictyaml.Object) {
	for _, name := range []string{"retry", "timeout"} {
		if k := o.Key(name); k.Exists() {
			r.errors.Add(k.Problem(fmt.Sprintf("`%s` means nothing to %s, which is done at once inside the incident", name, r.step.Spec.Kind), "remove it"))
		}
	}
}

// findAction looks for the one key that is an action.
func (r *stepReader) findAction(o *strictyaml.Object) bool {
	rest := o.Rest()
	i := slices.IndexFunc(rest, func(p strictyaml.Pair) bool { return r.actions.byKind[p.Key.Raw()] != nil })
	if i < 0 && len(rest) > 0 {
		i = 0 // most likely a slip in its name
	}
	if i < 0 {
		r.errors.Add(o.Node().Problem("the step has no action", "write one of "+r.actions.list()))
		return false
	}
	r.action, r.value = rest[i].Key, rest[i].Value
	known := r.known()
	for j, p := range rest {
		if j != i {
			r.secondKey(p.Key, known)
		}
	}
	return known
}

// secondKey reports a key that is neither the action nor a keyword.
func (r *stepReader) secondKey(n strictyaml.Node, known bool) {
	name := n.Raw()
	switch {
	case r.actions.byKind[name] != nil && known:
		r.errors.Add(n.Problem(fmt.Sprintf("a step has one action, and here is a second beside %s", r.action.Raw()), "write a step for each"))
	case known && r.isArgument(name):
		r.errors.Add(n.Problem(fmt.Sprintf("%q stands beside the action, not below it", name), fmt.Sprintf("indent it further than %s", r.action.Raw())))
	default:
		r.errors.Add(n.Problem(fmt.Sprintf("a step has no key %q", name), keyHint(name, stepKeys(), stepKeyHints())))
	}
}

func (r *stepReader) isArgument(name string) bool {
	_, ok := r.step.Spec.Arg(name)
	return ok
}

// known looks up the action and reports one there is not.
func (r *stepReader) known() bool {
	kind := r.action.Raw()
	if spec := r.actions.byKind[kind]; spec != nil {
		r.step.Spec = spec
		return true
	}
	if hint, ok := stepKeyHints()[kind]; ok {
		r.errors.Add(r.action.Problem(fmt.Sprintf("a step has no key %q", kind), hint))
		return false
	}
	words := append(keyNames(stepKeys()), r.actions.kinds...)
	r.errors.Add(r.action.Problem(fmt.Sprintf("there is no action %q", kind), nearestOr(kind, words, "it may be "+r.actions.list())))
	return false
}

func (c *catalogue) list() string { return strings.Join(c.kinds, ", ") }

// arguments reads what an action is told. Value is what stands behind its name, text the `text` beside it.
func (r *stepReader) arguments(scope *lang.Scope, value, text strictyaml.Node) Args {
	a := &argsReader{loader: r.loader, spec: r.step.Spec, scope: scope, action: r.action, ids: r.all}
	a.read(value, text)
	a.complete()
	return a.args
}
