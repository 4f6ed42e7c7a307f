package lang

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// checkCall says what is wrong with the arguments of a call, at the argument.
func (c *compilation) checkCall(n *ast.CallNode) {
	f := c.scope.functions[calleeName(n)]
	args := make([]reflect.Type, len(n.Arguments))
	for i, a := range n.Arguments {
		args[i] = argumentType(a)
	}
	t := f.overload(args)
	i := misfit(t, args)
	switch {
	case i >= 0 && i == len(args):
		c.note(n, c.render(n)+" has a wrong number of arguments", "write "+signature(f.Name, t))
		return
	case i >= 0:
		a := n.Arguments[i]
		c.note(a, fmt.Sprintf("%s() takes %s, but %s is %s", f.Name, describeType(parameter(t, i)), c.render(a), describe(a.Nature())), c.argumentHint(f, a))
		return
	}
	if f.result != nil {
		if _, err := f.result(args); err != nil {
			c.note(n, err.Error(), "")
		}
	}
	c.checkConstantArguments(f, n)
}

func argumentType(n ast.Node) reflect.Type {
	switch nt := n.Nature(); {
	case nt.Nil:
		return nil
	case nt.Type == nil:
		return anyType
	default:
		return nt.Type
	}
}

func (c *compilation) checkConstantArguments(f *Function, n *ast.CallNode) {
	if slices.ContainsFunc(n.Arguments, c.open) {
		return // it is looked at once there is a value
	}
	values := make([]any, len(n.Arguments))
	for i, a := range n.Arguments {
		var written bool
		if values[i], written = writtenOut(a); !written && f.Constant {
			c.note(a, "the arguments of "+f.Name+"() must be written out", "")
			return
		}
	}
	if f.Check == nil {
		return
	}
	if place, err := f.Check(values); err != nil {
		at := ast.Node(n)
		if place < len(n.Arguments) {
			at = n.Arguments[place]
		}
		c.note(at, err.Error(), "")
	}
}

// writtenOut gives the value of a text, a number, a duration, true or false.
func writtenOut(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.ConstantNode:
		return n.Value, true
	}
	if k, ok := integer(n); ok {
		return k, true
	}
	return nil, false
}

func (c *compilation) argumentHint(f *Function, a ast.Node) string {
	if (f.Name == "since" || f.Name == "until") && a.Nature().IsDuration() {
		return c.render(a) + " is a duration already"
	}
	if call, ok := a.(*ast.CallNode); ok && f.Name == "abs" && (calleeName(call) == "since" || calleeName(call) == "until") {
		t := c.renderAll(call.Arguments)
		return "ask for both: since(" + t + ") > 20m or until(" + t + ") > 20m"
	}
	return ""
}

// signature writes how a function is called: `since(a time)`.
func signature(name string, t reflect.Type) string {
	parts := make([]string, t.NumIn())
	for i := range parts {
		parts[i] = describeType(parameter(t, i))
	}
	if t.IsVariadic() {
		parts = append(parts, "…")
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}
