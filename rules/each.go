package rules

import (
	"fmt"
	"maps"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// MaxEach is how many elements a step may be done for.
const MaxEach = 100

// The names of the element and its place, in a step with each and in its on_error.
const (
	itemName  = "item"
	indexName = "index"
)

// elementVariables are the variables of a step that is done for each element of a list of such.
func elementVariables(elem lang.Type) []lang.Variable {
	return []lang.Variable{
		{Name: itemName, Doc: "the element a step with each is done for", Type: elem, Optional: elem != lang.Type(lang.String)},
		{Name: indexName, Doc: "the place of that element in its list, from 0", Type: lang.Int},
	}
}

// elementType is what elements of a list are while they are kept.
func elementType(elem lang.Type) ifsev.ValueType {
	for _, t := range []ifsev.ValueType{ifsev.TypeString, ifsev.TypeInt, ifsev.TypeNumber, ifsev.TypeBool, ifsev.TypeTime, ifsev.TypeDuration} {
		if typeOf(t) == elem {
			return t
		}
	}
	return ifsev.TypeAny
}

// elements answers how far the step in hand has come through its list; nil where it has none, or has not begun.
func elements(f *ifsev.Firing) *ifsev.Each {
	if f.Fallback != nil {
		return f.Fallback.Each
	}
	return f.Each
}

func setElements(f *ifsev.Firing, e *ifsev.Each) {
	if f.Fallback == nil {
		f.Each = e
		return
	}
	fallback := *f.Fallback // documents are never changed in place
	fallback.Each = e
	f.Fallback = &fallback
}

// nextElement moves on to the next element of the step in hand, and reports whether there is one.
func nextElement(f *ifsev.Firing) bool {
	e := elements(f)
	if e == nil || e.Index+1 >= len(e.Items) {
		setElements(f, nil)
		return false
	}
	setElements(f, &ifsev.Each{Items: e.Items, Index: e.Index + 1})
	return true
}

// beginEach takes the list of a step with each as it is now; none of its elements is done if it is empty.
func (d *decider) beginEach(f *ifsev.Firing, step *Step) (empty bool, err error) {
	v, err := step.Each.Eval(d.stepEnv(f), d.at)
	if err != nil {
		return false, fmt.Errorf("each: %w", err)
	}
	var items ifsev.List
	switch list := jsonValue(plainValue(v)).(type) {
	case nil:
	case []any:
		items = list
	default:
		return false, fmt.Errorf("each: %w", wrong(v, "a list", nil))
	}
	if len(items) > MaxEach {
		return false, fmt.Errorf("each: a list of %d elements; the most is %d", len(items), MaxEach)
	}
	if len(items) > 0 {
		setElements(f, &ifsev.Each{Items: items})
	}
	return len(items) == 0, nil
}

// element adds the element in hand to what a step reads. In on_error it is that of the step that failed, unless the
// step of on_error has a list of its own.
func element(env lang.Env, f *ifsev.Firing, steps []Step) lang.Env {
	e, step := f.Each, &steps[f.Step]
	if f.Fallback != nil && f.Fallback.Each != nil {
		e, step = f.Fallback.Each, &step.OnError[f.Fallback.Step]
	}
	if e == nil || step.Each == nil {
		return env
	}
	env = maps.Clone(env)
	env[itemName] = typedValue(elementType(step.Each.Element()), e.Items[e.Index])
	env[indexName] = e.Index
	return env
}

// turn names the step in hand and which of its turns it is, for all that is derived from it.
func turn(f *ifsev.Firing, step *Step) string {
	name := step.Place
	if f.Each != nil {
		name += fmt.Sprintf("#%d", f.Each.Index)
	}
	if f.Fallback != nil && f.Fallback.Each != nil {
		name += fmt.Sprintf("#%d", f.Fallback.Each.Index)
	}
	return name
}
