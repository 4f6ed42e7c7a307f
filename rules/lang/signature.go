package lang

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Calls writes down each way a function may be called, with what it takes, such as `join(list, text)`.
func (f *Function) Calls() []string {
	var calls []string
	for _, sample := range f.Types {
		call := f.Name + "(" + strings.Join(parameters(reflect.TypeOf(sample)), ", ") + ")"
		if !slices.Contains(calls, call) {
			calls = append(calls, call)
		}
	}
	return calls
}

// Gives names the type of a function's answer in a word.
func (f *Function) Gives() string {
	gives := ""
	for _, sample := range f.Types {
		gives = goType(reflect.TypeOf(sample).Out(0))
	}
	return gives
}

func parameters(t reflect.Type) []string {
	var names []string
	for i := range t.NumIn() {
		in := t.In(i)
		if t.IsVariadic() && i == t.NumIn()-1 {
			names = append(names, goType(in.Elem()), "…")
			continue
		}
		names = append(names, goType(in))
	}
	return names
}

// goType is a type of Go as rules call it.
func goType(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "time"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "list"
	}
	return "value"
}

// Fields answers the fields of a record, in their order; none of any other type.
func Fields(t Type) []Variable {
	r, _ := t.(record)
	return slices.Clone(r.fields)
}

// Loop is a function with a predicate over the elements of a list, which `#` (or `it`) stands for.
type Loop struct{ Name, Call, Doc string }

// Loops lists the functions with a predicate, by name.
func Loops() []Loop {
	return []Loop{
		{"all", "all(list, condition)", "whether the condition holds for every element"},
		{"any", "any(list, condition)", "whether the condition holds for at least one element"},
		{"count", "count(list, condition)", "for how many elements the condition holds"},
		{"filter", "filter(list, condition)", "the elements for which the condition holds"},
		{"find", "find(list, condition)", "the first element for which the condition holds; unset if there is none"},
		{"map", "map(list, expression)", "what the expression makes of each element"},
		{"none", "none(list, condition)", "whether the condition holds for no element"},
		{"one", "one(list, condition)", "whether the condition holds for exactly one element"},
	}
}
