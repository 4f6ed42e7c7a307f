package analysis

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// elements are those a step is done for, where its list is written out; false where it is not, or the step has none.
func elements(s *rules.Step) ([]any, bool) {
	if s.Each == nil || len(s.Each.Reads()) > 0 || s.Each.UsesTime() {
		return nil, false
	}
	v, err := s.Each.Eval(lang.Env{}, time.Time{})
	if err != nil {
		return nil, false
	}
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice {
		return nil, false
	}
	all := make([]any, list.Len())
	for i := range all {
		all[i] = list.Index(i).Interface()
	}
	return all, true
}

// ofElement tells whether a subject is about the element a step with each is done for.
func ofElement(about lang.Subject) bool {
	return slices.ContainsFunc(about.Reads, func(r string) bool { return overlaps([]string{"item", "index"}, r) })
}

// nothing reports a step with a list that is written out and has nothing in it, or more than a step is done for.
func (r *report) nothing(n *node, s *rules.Step) {
	list, written := elements(s)
	switch {
	case !written:
	case len(list) == 0:
		r.warn(r.step(n.rule, s, "each", fmt.Sprintf("the step %s of %q is never done: its list is empty", s.Spec.Kind, n.rule.Name), "name a list such as responders or tags, or remove the step"), codeDeadStep)
	case len(list) > rules.MaxEach:
		r.warn(r.step(n.rule, s, "each", fmt.Sprintf("the step %s of %q always fails: its list has %d elements; the most is %d", s.Spec.Kind, n.rule.Name, len(list), rules.MaxEach),
			"make two steps of it"), codeDeadStep)
	}
}
