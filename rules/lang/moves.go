package lang

import (
	"github.com/expr-lang/expr/ast"
)

// Exact time. A value *moves* if it changes at every instant: now, a running duration, and what is computed of them by
// +, -, * with a whole number, since(), until(), business_time_since(), ?: and let. A moving value carries its slope
// while it is evaluated (moving.go), so a comparison of two can tell the instant at which it changes; everything else
// that depends on time changes in steps, which functions tell themselves. checkTime refuses a moving value anywhere
// else.
func (c *compilation) checkTime(root ast.Node) {
	if c.mode.exact && c.moves(root) {
		c.refuse(root, "the condition itself")
	}
	walk(root, func(n ast.Node) {
		if id, ok := n.(*ast.IdentifierNode); ok && c.isMovingName(id.Value) {
			c.usesTime = true
		}
		if call, ok := n.(*ast.CallNode); ok {
			name := calleeName(call)
			c.usesTime = c.usesTime || name == "since" || name == "until" || c.scope.functions[name].Stepwise
		}
	})
}

func (c *compilation) isMovingName(name string) bool {
	v := c.scope.byName[name]
	return v != nil && (name == nowName || v.Running != nil)
}

// moves tells whether n moves, after checking everything below it.
func (c *compilation) moves(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.movingLets[n.Value] || c.isMovingName(n.Value)
	case *ast.BinaryNode:
		return c.binaryMoves(n)
	case *ast.ConditionalNode:
		c.still(n.Cond, nil, "a condition")
		a, b := c.moves(n.Exp1), c.moves(n.Exp2)
		return a || b
	case *ast.VariableDeclaratorNode:
		if c.moves(n.Value) {
			c.movingLets[n.Name] = true
		}
		return c.moves(n.Expr)
	case *ast.CallNode:
		return c.callMoves(n)
	}
	children(n, func(child *ast.Node) { c.still(*child, n, "") })
	return false
}

func (c *compilation) binaryMoves(n *ast.BinaryNode) bool {
	l, r := c.moves(n.Left), c.moves(n.Right)
	if !l && !r {
		return false
	}
	switch n.Operator {
	case "+", "-":
		return true
	case "*":
		c.checkFactor(n, l)
		return true
	case "<", "<=", ">", ">=":
		return false
	case "==", "!=":
		if isNil(n.Left) || isNil(n.Right) {
			return false
		}
		hold := "hold"
		if n.Operator == "!=" {
			hold = "be false"
		}
		c.fail(n, "`"+c.render(n)+"` would "+hold+" for one nanosecond", "use >= or <")
		return false
	}
	culprit := n.Left
	if !l {
		culprit = n.Right
	}
	c.refuse(culprit, "`"+c.render(n)+"`")
	return false
}

func (c *compilation) checkFactor(n *ast.BinaryNode, leftMoves bool) {
	factor := n.Right
	if !leftMoves {
		factor = n.Left
	}
	if !factor.Nature().IsInteger {
		c.fail(n, "`"+c.render(n)+"` cannot be analysed", "a running time may be multiplied by a whole number only: write open_for * 2 > 30m")
	}
}

func (c *compilation) callMoves(n *ast.CallNode) bool {
	name := calleeName(n)
	if name == "since" || name == "until" {
		c.moves(n.Arguments[0])
		return true
	}
	for _, a := range n.Arguments {
		c.still(a, nil, "an argument of "+name+"()")
	}
	return c.scope.functions[name].moves
}

// still refuses n if it moves; the place is the text of around, or where.
func (c *compilation) still(n, around ast.Node, where string) {
	if !c.moves(n) || c.halted {
		return
	}
	if around != nil {
		where = "`" + c.render(around) + "`"
	}
	c.refuse(n, where)
}

func (c *compilation) refuse(n ast.Node, where string) {
	text := c.render(n)
	example := text + " > 20m"
	if n.Nature().IsTime() {
		example = "since(declared_at) > 20m"
	}
	c.fail(n, text+" changes every instant, so it cannot be used in "+where,
		"compare it with <, <=, > or >=, for example "+example+`, or use hour(), weekday() or between("09:00", "17:00")`)
}

func isNil(n ast.Node) bool {
	_, ok := n.(*ast.NilNode)
	return ok
}
