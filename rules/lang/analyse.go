package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// analyse finds what has the right type and yet cannot be meant: a value outside a known set, a number outside a known
// range, nil where nothing can be unset, a call with wrong arguments, a text that is added up.
func (c *compilation) analyse() { c.inspect(c.root, nil) }

// inspect goes down the tree; elements holds what `#` is in the loops around.
func (c *compilation) inspect(n ast.Node, elements []*Variable) {
	switch n := n.(type) {
	case *ast.BinaryNode:
		c.inspectBinary(n, elements)
	case *ast.CallNode:
		c.checkCall(n)
	case *ast.VariableDeclaratorNode:
		c.inspectLet(n)
	case *ast.BuiltinNode:
		c.inspectLoop(n, elements)
		return
	}
	children(n, func(child *ast.Node) { c.inspect(*child, elements) })
}

func (c *compilation) inspectLoop(n *ast.BuiltinNode, elements []*Variable) {
	element := elementOf(c.variable(n.Arguments[0], elements))
	inside := append(slices.Clone(elements), element)
	for i, a := range n.Arguments {
		if i == 0 {
			c.inspect(a, elements)
		} else {
			c.inspect(a, inside)
		}
	}
}

// inspectLet refuses a list made of another let's list: a few of these in a row would double into gigabytes.
func (c *compilation) inspectLet(n *ast.VariableDeclaratorNode) {
	if _, single := basicOf(n.Value.Nature()); single {
		return
	}
	c.listLets[n.Name] = true
	walk(n.Value, func(part ast.Node) {
		if id, ok := part.(*ast.IdentifierNode); ok && c.listLets[id.Value] {
			c.note(id, "a let that holds a list cannot be made from another that does", "write it in one")
		}
	})
}

func (c *compilation) inspectBinary(n *ast.BinaryNode, elements []*Variable) {
	switch n.Operator {
	case "==", "!=":
		c.checkNil(n, n.Left, n.Right, elements)
		c.checkNil(n, n.Right, n.Left, elements)
		c.checkConstants(n, elements)
	case "<", "<=", ">", ">=", "in":
		c.checkConstants(n, elements)
	case "+":
		if n.Left.Nature().IsString() || n.Right.Nature().IsString() {
			c.refuseJoin(n)
		}
	case "/", "%":
		c.checkDivisor(n)
	case "*":
		if n.Left.Nature().IsDuration() && n.Right.Nature().IsDuration() {
			c.note(n, "a duration cannot be multiplied by a duration", "multiply it by a number")
		}
	}
}

// checkDivisor refuses to divide by what is always zero: what comes of it is no number, and nothing it is compared with
// would ever hold.
func (c *compilation) checkDivisor(n *ast.BinaryNode) {
	divisor := n.Right
	for {
		sign, ok := divisor.(*ast.UnaryNode)
		if !ok {
			break
		}
		divisor = sign.Node
	}
	whole, isWhole := divisor.(*ast.IntegerNode)
	broken, isBroken := divisor.(*ast.FloatNode)
	if isWhole && whole.Value == 0 || isBroken && broken.Value == 0 {
		c.fail(n.Right, "`"+c.render(n)+"` divides by zero", "divide by another number")
	}
}

func (c *compilation) checkNil(n *ast.BinaryNode, null, other ast.Node, elements []*Variable) {
	if _, ok := null.(*ast.NilNode); !ok {
		return
	}
	if v := c.variable(other, elements); v != nil && !v.Optional && v.kind() != Any {
		always := "false"
		if n.Operator == "!=" {
			always = "true"
		}
		c.note(n, c.render(other)+" is always set, so `"+c.render(n)+"` is always "+always, c.emptyHint(v, n, other))
	}
}

// checkConstants holds the constants of one side against what the variable of the other may be.
func (c *compilation) checkConstants(n *ast.BinaryNode, elements []*Variable) {
	if v := c.variable(n.Left, elements); v != nil {
		c.checkValues(v, n, n.Left, n.Right)
		c.checkRange(v, n, n.Right, n.Operator)
	}
	if v := c.variable(n.Right, elements); v != nil {
		c.checkValues(v, n, n.Right, n.Left)
		c.checkRange(v, n, n.Left, mirrored[n.Operator])
	}
}

var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func (c *compilation) checkValues(v *Variable, n *ast.BinaryNode, at, constant ast.Node) {
	for _, part := range constantParts(constant) {
		c.meant(v, n, at, part)
		if v.Values == nil {
			continue
		}
		if s, ok := part.(*ast.StringNode); ok && !slices.Contains(v.Values, s.Value) {
			c.note(s, fmt.Sprintf("%s is never %q; it is one of %s", c.render(at), s.Value, strings.Join(v.Values, ", ")), didYouMean(s.Value, v.Values))
		}
	}
}

func constantParts(n ast.Node) []ast.Node {
	if a, ok := n.(*ast.ArrayNode); ok {
		return a.Nodes
	}
	return []ast.Node{n}
}

func (c *compilation) checkRange(v *Variable, n *ast.BinaryNode, constant ast.Node, op string) {
	if v.Min == 0 && v.Max == 0 || v.kind() != Int {
		return
	}
	for _, part := range constantParts(constant) {
		k, ok := integer(part)
		if !ok {
			continue
		}
		never := op == "<" && k <= v.Min || op == ">" && k >= v.Max
		if never || k < v.Min || k > v.Max {
			so := "`" + c.render(n) + "` is " + always(op, k, v)
			if n.Operator == "in" { // another of the list may be
				so = fmt.Sprintf("it is never %d", k)
			}
			c.note(part, fmt.Sprintf("%s is a number from %d to %d, so %s", v.Name, v.Min, v.Max, so), "")
		}
	}
}

func always(op string, k int, v *Variable) string {
	below := op == "<" || op == "<="
	if op == "!=" || below && k > v.Max || (op == ">" || op == ">=") && k < v.Min {
		return "always true"
	}
	return "never true"
}

func integer(n ast.Node) (int, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return n.Value, true
	case *ast.UnaryNode:
		k, ok := integer(n.Node)
		return -k, ok && n.Operator == "-"
	}
	return 0, false
}

// variable gives what is declared about the value of a node: of a variable, a field, an element, a function's answer.
func (c *compilation) variable(n ast.Node, elements []*Variable) *Variable {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.scope.byName[n.Value]
	case *ast.PointerNode:
		if n.Name == "" && len(elements) > 0 {
			return elements[len(elements)-1]
		}
	case *ast.MemberNode:
		return member(c.variable(n.Node, elements), n.Property)
	case *ast.CallNode:
		f := c.scope.functions[calleeName(n)]
		if f != nil && f.Values != nil {
			return &Variable{Name: f.Name, Type: String, Values: f.Values}
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "filter":
			return c.variable(n.Arguments[0], elements)
		case "find":
			return elementOf(c.variable(n.Arguments[0], elements))
		}
	}
	return nil
}

func member(owner *Variable, property ast.Node) *Variable {
	if owner == nil {
		return nil
	}
	if r, ok := owner.kind().(record); ok {
		if name, ok := property.(*ast.StringNode); ok {
			return r.field(name.Value)
		}
		return nil
	}
	return elementOf(owner)
}

// elementOf gives what is known of the elements of a list; an element looked for may not be there.
func elementOf(v *Variable) *Variable {
	if v == nil {
		return nil
	}
	l, ok := v.kind().(list)
	if !ok {
		return nil
	}
	return &Variable{Name: v.Name, Type: l.elem, Values: v.Values, Min: v.Min, Max: v.Max, Optional: true}
}

func calleeName(n *ast.CallNode) string {
	if id, ok := n.Callee.(*ast.IdentifierNode); ok {
		return id.Value
	}
	return ""
}
