package lang

import (
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser/operator"
	"github.com/expr-lang/expr/parser/utils"

	"github.com/ifsev/ifsev"
)

// render writes a node as its author did, but for spaces.
func (c *compilation) render(n ast.Node) string {
	if s, ok := c.texts[n]; ok {
		return s
	}
	switch n := n.(type) {
	case nil:
		return ""
	case *ast.IdentifierNode:
		name, _, _ := strings.Cut(n.Value, "#")
		return name
	case *ast.ConstantNode:
		if d, ok := n.Value.(time.Duration); ok {
			return ifsev.FormatDuration(d)
		}
	case *ast.UnaryNode:
		return c.renderUnary(n)
	case *ast.BinaryNode:
		return c.renderBinary(n)
	case *ast.MemberNode:
		return c.renderMember(n)
	case *ast.CallNode:
		return c.render(n.Callee) + "(" + c.renderAll(n.Arguments) + ")"
	case *ast.BuiltinNode:
		return n.Name + "(" + c.renderAll(n.Arguments) + ")"
	case *ast.PredicateNode:
		return c.render(n.Node)
	case *ast.ArrayNode:
		return "[" + c.renderAll(n.Nodes) + "]"
	}
	return c.renderRare(n)
}

func (c *compilation) renderRare(n ast.Node) string {
	switch n := n.(type) {
	case *ast.ConditionalNode:
		return c.wrapped(n.Cond, 1) + " ? " + c.wrapped(n.Exp1, 1) + " : " + c.wrapped(n.Exp2, 1)
	case *ast.VariableDeclaratorNode:
		name, _, _ := strings.Cut(n.Name, "#")
		return "let " + name + " = " + c.render(n.Value) + "; " + c.render(n.Expr)
	case *ast.SliceNode:
		return c.wrapped(n.Node, 1000) + "[" + c.render(n.From) + ":" + c.render(n.To) + "]"
	case *ast.MapNode:
		return "{" + c.renderAll(n.Pairs) + "}"
	case *ast.PairNode:
		key := c.render(n.Key)
		if s, ok := n.Key.(*ast.StringNode); ok && utils.IsValidIdentifier(s.Value) {
			key = s.Value
		}
		return key + ": " + c.render(n.Value)
	}
	return n.String()
}

func (c *compilation) renderAll(nodes []ast.Node) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = c.render(n)
	}
	return strings.Join(parts, ", ")
}

func (c *compilation) renderUnary(n *ast.UnaryNode) string {
	op := n.Operator
	if op == "not" {
		op = "not "
	}
	return op + c.wrapped(n.Node, operator.Unary[n.Operator].Precedence)
}

func (c *compilation) renderBinary(n *ast.BinaryNode) string {
	own := operator.Binary[n.Operator].Precedence
	if n.Operator == ".." {
		return c.wrapped(n.Left, own) + ".." + c.wrapped(n.Right, own+1)
	}
	return c.wrapped(n.Left, own) + " " + n.Operator + " " + c.wrapped(n.Right, own+1)
}

func (c *compilation) renderMember(n *ast.MemberNode) string {
	base := c.wrapped(n.Node, 1000)
	name, ok := n.Property.(*ast.StringNode)
	switch {
	case !ok || !utils.IsValidIdentifier(name.Value):
		return base + "[" + c.render(n.Property) + "]"
	case base == "#":
		return "." + name.Value
	}
	return base + "." + name.Value
}

// wrapped renders n as an operand, in brackets where it binds less than the operator.
func (c *compilation) wrapped(n ast.Node, precedence int) string {
	text, own := c.render(n), 2000
	if _, fixed := c.texts[n]; !fixed {
		switch n := n.(type) {
		case *ast.BinaryNode:
			own = operator.Binary[n.Operator].Precedence
		case *ast.UnaryNode:
			own = operator.Unary[n.Operator].Precedence
		case *ast.ConditionalNode, *ast.VariableDeclaratorNode:
			own = 0
		}
	}
	if own < precedence {
		return "(" + text + ")"
	}
	return text
}
