package lang

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// lower builds the tree that runs. Where an operand may be unset, where time is compared or added, and where work must
// be paid for, the operator becomes a call of one of the operations; plain arithmetic of numbers that are surely there
// stays expr's. In a traced program every atom is wrapped to record its value.
func (c *compilation) lower(n ast.Node) ast.Node {
	atom := c.atom(n)
	return c.recorded(atom, c.lowerParts(n))
}

func (c *compilation) lowerParts(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.BinaryNode:
		return c.lowerBinary(n)
	case *ast.UnaryNode:
		return c.lowerUnary(n)
	case *ast.CallNode:
		return c.lowerCall(n)
	case *ast.MemberNode:
		return c.call("__get", n, c.lowerBase(n.Node), c.lower(n.Property))
	case *ast.SliceNode:
		return c.call("__slice", n, c.runtime(n), c.lower(n.Node), c.orNil(n.From, n), c.orNil(n.To, n))
	case *ast.BuiltinNode:
		return c.lowerLoop(n)
	case *ast.ConditionalNode:
		return like(n, &ast.ConditionalNode{Ternary: true, Cond: c.truth(n.Cond, c.lower(n.Cond)), Exp1: c.lower(n.Exp1), Exp2: c.lower(n.Exp2)})
	}
	children(n, func(child *ast.Node) { *child = c.lower(*child) })
	return n
}

// lowerBase lowers the record of a member; `fields` alone says nothing in a trace.
func (c *compilation) lowerBase(n ast.Node) ast.Node {
	switch n.(type) {
	case *ast.IdentifierNode, *ast.PointerNode:
		return n
	}
	return c.lower(n)
}

func (c *compilation) orNil(n, at ast.Node) ast.Node {
	if n == nil {
		return like(at, &ast.NilNode{})
	}
	return c.lower(n)
}

// like gives out the place and the type of n.
func like(n, out ast.Node) ast.Node {
	out.SetLocation(n.Location())
	out.SetNature(*n.Nature())
	return out
}

// call makes a call of an operation with the place and the type of at.
func (c *compilation) call(name string, at ast.Node, args ...ast.Node) ast.Node {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetLocation(at.Location())
	return like(at, &ast.CallNode{Callee: callee, Arguments: args})
}

func (c *compilation) runtime(at ast.Node) ast.Node {
	n := &ast.IdentifierNode{Value: runtimeName}
	n.SetLocation(at.Location())
	return n
}

func (c *compilation) number(v int, at ast.Node) ast.Node {
	n := &ast.IntegerNode{Value: v}
	n.SetLocation(at.Location())
	n.SetType(reflect.TypeFor[int]())
	return n
}

// truth makes sure that what decides is true or false: unset is false.
func (c *compilation) truth(n, lowered ast.Node) ast.Node {
	if c.surely(n) {
		return lowered
	}
	return c.call("__true", n, lowered)
}

// surely tells whether the value of n is there and of its plain type, so that expr's own operators may have it.
func (c *compilation) surely(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode:
		return true
	case *ast.IdentifierNode:
		v := c.scope.byName[n.Value]
		_, basic := basicOf(n.Nature())
		return v != nil && !v.Optional && v.Running == nil && basic && !isTemporal(n.Nature())
	case *ast.UnaryNode:
		return n.Operator == "not" || n.Operator == "!" || c.surely(n.Node)
	case *ast.BinaryNode:
		return c.surelyBinary(n)
	case *ast.BuiltinNode:
		return n.Name == "any" || n.Name == "all" || n.Name == "none" || n.Name == "one" || n.Name == "count"
	case *ast.ConditionalNode:
		return n.Exp1.Type() == n.Exp2.Type() && c.surely(n.Exp1) && c.surely(n.Exp2)
	}
	return false
}

func (c *compilation) surelyBinary(n *ast.BinaryNode) bool {
	switch n.Operator {
	case "+", "-", "*", "/", "**":
		_, basic := basicOf(n.Nature())
		return basic && !isTemporal(n.Nature()) && c.surely(n.Left) && c.surely(n.Right)
	case "%":
		return false
	}
	return n.Operator != ".." // all others compare
}

func (c *compilation) lowerUnary(n *ast.UnaryNode) ast.Node {
	operand := c.lower(n.Node)
	switch {
	case n.Operator == "not" || n.Operator == "!":
		return like(n, &ast.UnaryNode{Operator: "not", Node: c.truth(n.Node, operand)})
	case c.surely(n.Node):
		return like(n, &ast.UnaryNode{Operator: n.Operator, Node: operand})
	case n.Operator == "-":
		return c.call("__sub", n, c.number(0, n), operand)
	}
	return operand
}

func (c *compilation) lowerCall(n *ast.CallNode) ast.Node {
	name := calleeName(n)
	args := []ast.Node{c.runtime(n)}
	for _, a := range n.Arguments {
		args = append(args, c.lower(a))
	}
	switch name {
	case "since":
		return c.call("__subtime", n, c.now(n), args[1])
	case "until":
		return c.call("__subtime", n, args[1], c.now(n))
	}
	return like(n, &ast.CallNode{Callee: n.Callee, Arguments: args})
}

func (c *compilation) now(at ast.Node) ast.Node {
	c.reads[nowName] = true
	n := &ast.IdentifierNode{Value: nowName}
	n.SetLocation(at.Location())
	return n
}

// lowerLoop pays for every element, before its predicate, what the predicate costs.
func (c *compilation) lowerLoop(n *ast.BuiltinNode) ast.Node {
	out := &ast.BuiltinNode{Name: n.Name, Arguments: []ast.Node{c.call("__list", n.Arguments[0], c.lower(n.Arguments[0]))}}
	if len(n.Arguments) == 1 { // count(list): its elements are the predicates
		element := like(n, &ast.PointerNode{})
		out.Arguments = append(out.Arguments, c.paid(element, c.call("__true", n, element), 1))
		return like(n, out)
	}
	predicate := n.Arguments[1].(*ast.PredicateNode)
	cost := 2
	walk(predicate.Node, func(part ast.Node) {
		cost += 3
		switch part.(type) {
		case *ast.BuiltinNode:
			cost += 40 // entering a loop
		case *ast.CallNode:
			cost += 10 // whatever the function does
		}
	})
	body := c.lower(predicate.Node)
	if n.Name != "map" {
		body = c.truth(predicate.Node, body)
	}
	out.Arguments = append(out.Arguments, c.paid(predicate.Node, body, cost))
	return like(n, out)
}

func (c *compilation) paid(at, body ast.Node, cost int) ast.Node {
	pay := c.call("__pay", at, c.runtime(at), c.number(cost, at))
	sequence := like(at, &ast.SequenceNode{Nodes: []ast.Node{pay, body}})
	return like(at, &ast.PredicateNode{Node: sequence})
}
