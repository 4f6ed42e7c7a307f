package lang

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr/builtin"
)

// Function is something an expression may call.
type Function struct {
	Name, Doc string
	// Types are sample funcs, one for each way it may be called, for example (func(string) bool)(nil). Only their
	// types count.
	Types []any
	// Eval computes it. Arguments may be nil where the value is unset; an error makes the evaluation fail.
	Eval func(rt *Runtime, args ...any) (any, error)
	// Stepwise says that the result depends on rt.Now. It must then be constant between the instants it tells
	// rt.Note.
	Stepwise bool
	// Reads names the variables it takes from rt.Value.
	Reads []string
	// Constant says that its arguments must be written out, not computed.
	Constant bool
	// Check is called at load with the values of the arguments that are written out (nil in the place of others); its
	// error is shown at the argument of that place.
	Check func(args []any) (place int, err error)
	// Values closes the set of texts it may answer.
	Values []string

	// moves says that the answer is a duration that runs with time: in conditions Eval gives a *moving.
	moves bool
	// result refines the type of the answer where a sample func cannot say it; nil arguments are unset.
	result func(args []reflect.Type) (reflect.Type, error)
	types  []reflect.Type
}

var anyType = reflect.TypeFor[any]()

func (f *Function) prepare() error {
	if f.Name == "" || f.Eval == nil || len(f.Types) == 0 {
		return fmt.Errorf("the function %q needs a name, Types and Eval", f.Name)
	}
	f.types = nil
	for _, sample := range f.Types {
		t := reflect.TypeOf(sample)
		if t == nil || t.Kind() != reflect.Func || t.NumOut() != 1 {
			return fmt.Errorf("the function %s: a sample must be a func with one result", f.Name)
		}
		f.types = append(f.types, t)
	}
	return nil
}

// builtin is the function as expr's checker and compiler know it. The checker must visit every argument once only
// (overloads make it exponential), hence Validate; what is wrong with the arguments is said by arguments.go, with
// their places.
func (f *Function) builtin() *builtin.Function {
	return &builtin.Function{
		Name:     f.Name,
		Func:     func(args ...any) (any, error) { return f.Eval(args[0].(*Runtime), args[1:]...) },
		Validate: func(args []reflect.Type) (reflect.Type, error) { return f.answer(args), nil },
	}
}

func (f *Function) answer(args []reflect.Type) reflect.Type {
	if f.result != nil {
		if t, err := f.result(args); err == nil {
			return t
		}
		return anyType
	}
	return f.overload(args).Out(0)
}

// overload gives the sample that fits best: all arguments, else their number, else the first.
func (f *Function) overload(args []reflect.Type) reflect.Type {
	for _, t := range f.types {
		if i := misfit(t, args); i < 0 {
			return t
		}
	}
	for _, t := range f.types {
		if takes(t, len(args)) {
			return t
		}
	}
	return f.types[0]
}

func takes(t reflect.Type, n int) bool {
	if t.IsVariadic() {
		return n >= t.NumIn()-1
	}
	return n == t.NumIn()
}

// misfit gives the index of the first argument that t does not take, len(args) where their number is wrong, or -1.
func misfit(t reflect.Type, args []reflect.Type) int {
	if !takes(t, len(args)) {
		return len(args)
	}
	for i, a := range args {
		if !fits(parameter(t, i), a) {
			return i
		}
	}
	return -1
}

func parameter(t reflect.Type, i int) reflect.Type {
	if t.IsVariadic() && i >= t.NumIn()-1 {
		return t.In(t.NumIn() - 1).Elem()
	}
	return t.In(i)
}

func fits(in, arg reflect.Type) bool {
	switch {
	case arg == nil, arg == anyType, in == anyType, arg.AssignableTo(in):
		return true
	case in.Kind() == reflect.Slice && arg.Kind() == reflect.Slice:
		return in.Elem() == anyType || arg.Elem() == anyType
	}
	return in.Kind() == reflect.Float64 && arg.Kind() == reflect.Int
}
