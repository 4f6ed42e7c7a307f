package lang

import "github.com/expr-lang/expr/ast"

func (c *compilation) lowerBinary(n *ast.BinaryNode) ast.Node {
	l, r := c.lower(n.Left), c.lower(n.Right)
	switch n.Operator {
	case "and", "or":
		return like(n, &ast.BinaryNode{Operator: n.Operator, Left: c.truth(n.Left, l), Right: c.truth(n.Right, r)})
	case "==", "!=":
		return c.lowerEqual(n, l, r)
	case "<", "<=", ">", ">=":
		return c.lowerOrder(n, l, r)
	case "in":
		return c.call("__in", n, c.runtime(n), l, r)
	case "matches":
		m := &ast.ConstantNode{Value: c.patterns[n.Right.(*ast.StringNode)]}
		m.SetLocation(n.Right.Location())
		return c.call("__match", n, c.runtime(n), l, m)
	case "contains", "startsWith", "endsWith":
		return c.call("__"+n.Operator, n, c.runtime(n), l, r)
	case "..":
		return like(n, &ast.BinaryNode{Operator: "..", Left: l, Right: r})
	}
	return c.lowerArithmetic(n, l, r)
}

func (c *compilation) lowerEqual(n *ast.BinaryNode, l, r ast.Node) ast.Node {
	var out ast.Node
	switch {
	case isNil(n.Left):
		out = c.call("__unset", n, r)
	case isNil(n.Right):
		out = c.call("__unset", n, l)
	case isTemporal(n.Left.Nature()) || isTemporal(n.Right.Nature()):
		return c.compareTime(n, l, r)
	case c.surely(n.Left) && c.surely(n.Right):
		return like(n, &ast.BinaryNode{Operator: n.Operator, Left: l, Right: r})
	default:
		out = c.call("__equal", n, c.runtime(n), l, r)
	}
	if n.Operator == "!=" {
		return like(n, &ast.UnaryNode{Operator: "not", Node: out})
	}
	return out
}

func (c *compilation) lowerOrder(n *ast.BinaryNode, l, r ast.Node) ast.Node {
	switch {
	case isTemporal(n.Left.Nature()) || isTemporal(n.Right.Nature()):
		return c.compareTime(n, l, r)
	case c.surely(n.Left) && c.surely(n.Right):
		return like(n, &ast.BinaryNode{Operator: n.Operator, Left: l, Right: r})
	}
	return c.call("__order", n, c.runtime(n), c.number(int(comparisons[n.Operator]), n), l, r)
}

func (c *compilation) compareTime(n *ast.BinaryNode, l, r ast.Node) ast.Node {
	return c.call("__time", n, c.runtime(n), c.number(int(comparisons[n.Operator]), n), l, r)
}

func (c *compilation) lowerArithmetic(n *ast.BinaryNode, l, r ast.Node) ast.Node {
	temporal := isTemporal(n.Left.Nature()) || isTemporal(n.Right.Nature())
	switch {
	case temporal && n.Operator == "+":
		return c.call("__addtime", n, l, r)
	case temporal && n.Operator == "-":
		return c.call("__subtime", n, l, r)
	case temporal && n.Right.Nature().IsDuration():
		return c.call("__scale", n, r, l)
	case temporal:
		return c.call("__scale", n, l, r)
	case c.surely(n):
		return like(n, &ast.BinaryNode{Operator: n.Operator, Left: l, Right: r})
	}
	return c.call(arithmeticNames[n.Operator], n, l, r)
}

var arithmeticNames = map[string]string{"+": "__add", "-": "__sub", "*": "__mul", "/": "__div", "%": "__mod", "**": "__pow"}
