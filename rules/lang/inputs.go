package lang

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Input is a member of the record `inputs`: a value that is put in, as a constant of its type, wherever an expression
// says inputs.NAME. It is never read as text of the expression.
type Input struct {
	// Variable says what it is: name, type, the values it may have.
	Variable
	// Value is what is put in: an int, a float64, a bool, a string, a time.Duration or a []string. Where it is nil and
	// there is no Condition the input is open: expressions are checked for whatever value of the type there will be, and
	// may stand where a value must be written out. What is made of them is for checking only.
	Value any
	// Condition, of an input that is true or false, is a condition in the words of the scope that the inputs were added
	// to.
	Condition string
}

// inputsName is the record of the inputs.
const inputsName = "inputs"

// putIn is an input with its condition as it was parsed.
type putIn struct {
	Input
	node ast.Node
}

func (p *putIn) open() bool { return p.Value == nil && p.node == nil }

// WithInputs gives a scope that knows the same variables and functions, the inputs, and these named conditions in the
// place of those of s. A mistake in a named condition is a *DefineError, one in the condition of an input an *Error.
func (s *Scope) WithInputs(inputs []Input, defines map[string]string) (*Scope, error) {
	fields := make([]Variable, len(inputs))
	put := map[string]*putIn{}
	for i, in := range inputs {
		fields[i] = in.Variable
		p := &putIn{Input: in}
		if in.Condition != "" {
			if _, err := s.Condition(in.Condition); err != nil {
				return nil, err
			}
			p.node, _ = s.parse(in.Condition, s.config()) // which has just been done
		}
		put[in.Name] = p
	}
	wider := s.With(Variable{Name: inputsName, Doc: "what the pack was given", Type: Map(fields...)})
	wider.inputs, wider.outer = put, s
	wider.defines = map[string]*define{}
	return wider, wider.define(defines)
}

// inputOf gives the name of the input a node asks for.
func (c *compilation) inputOf(n ast.Node) (string, bool) {
	m, ok := n.(*ast.MemberNode)
	if !ok || c.scope.inputs == nil {
		return "", false
	}
	base, ok := m.Node.(*ast.IdentifierNode)
	name, written := m.Property.(*ast.StringNode)
	if !ok || !written || base.Value != inputsName {
		return "", false
	}
	return name.Value, true
}

// open tells whether a node is an input without a value.
func (c *compilation) open(n ast.Node) bool {
	name, ok := c.inputOf(n)
	return ok && c.scope.inputs[name] != nil && c.scope.inputs[name].open()
}

// resolveInput puts the value of an input in its place.
func (c *compilation) resolveInput(n *ast.MemberNode, name string, p place) ast.Node {
	in := c.scope.inputs[name]
	switch {
	case in == nil:
		known := slices.Sorted(maps.Keys(c.scope.inputs))
		hint := "declare it under `inputs`"
		if len(known) > 0 {
			hint = orElse(didYouMean(name, known), "there are "+strings.Join(known, ", "))
		}
		at := c.located(&ast.NilNode{}, n.Property, p)
		c.note(at, "unknown input "+name, hint)
		return c.unclear(at, inputsName+"."+name)
	case in.node != nil:
		return c.resolveCondition(n, in, p)
	case in.open():
		c.reads[inputsName] = true
		base := c.located(&ast.IdentifierNode{Value: inputsName}, n.Node, p)
		return c.located(&ast.MemberNode{Node: base, Property: c.located(&ast.StringNode{Value: name}, n.Property, p)}, n, p)
	}
	return c.constant(n, in.Value, p)
}

// resolveCondition puts a condition in, whose names mean what they mean outside.
func (c *compilation) resolveCondition(n ast.Node, in *putIn, p place) ast.Node {
	where := c.located(&ast.NilNode{}, n, p).Location()
	out := c.resolve(in.node, place{at: &where, outer: c.scope.outer})
	if out == nil {
		return nil
	}
	c.named[out] = true
	return c.texted(out, inputsName+"."+in.Name)
}

func (c *compilation) constant(at ast.Node, value any, p place) ast.Node {
	var out ast.Node
	switch v := value.(type) {
	case int:
		out = &ast.IntegerNode{Value: v}
	case float64:
		out = &ast.FloatNode{Value: v}
	case bool:
		out = &ast.BoolNode{Value: v}
	case string:
		out = &ast.StringNode{Value: v}
	case time.Duration:
		out = &ast.ConstantNode{Value: v}
	case []string:
		list := &ast.ArrayNode{}
		for _, text := range v {
			list.Nodes = append(list.Nodes, c.located(&ast.StringNode{Value: text}, at, p))
		}
		out = list
	default:
		c.fail(c.located(&ast.NilNode{}, at, p), "this input has a value of no known type", "")
		return nil
	}
	return c.located(out, at, p)
}
