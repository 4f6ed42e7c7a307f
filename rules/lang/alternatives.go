package lang

import (
	"reflect"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// People say `status == "open" or "mitigated"`, which joins a comparison with a text.

// alternatives answers how to write what is meant by such a chain of which n is the first join, and the whole chain,
// which is wrong as one; n and "" where it is something else.
func (c *compilation) alternatives(n *ast.BinaryNode) (chain ast.Node, hint string) {
	compare := lastComparison(n.Left)
	if compare == nil || !alike(compare.Right, n.Right) {
		return n, ""
	}
	op := ""
	switch {
	case compare.Operator == "!=":
		op = " not in ["
	case n.Operator == "or":
		op = " in ["
	default: // nothing is two values at once
		return n, ""
	}
	values := []string{c.render(compare.Right), c.render(n.Right)}
	chain = n
	walkUp(c.root, n, func(parent ast.Node) bool {
		b, ok := parent.(*ast.BinaryNode)
		if !ok || b.Operator != n.Operator || b.Left != chain || !alike(n.Right, b.Right) {
			return false
		}
		chain, values = b, append(values, c.render(b.Right))
		return true
	})
	return chain, "write " + c.render(compare.Left) + op + strings.Join(values, ", ") + "]"
}

// lastComparison is the comparison with a constant that a condition ends with; nil if it ends with something else.
func lastComparison(n ast.Node) *ast.BinaryNode {
	b, ok := n.(*ast.BinaryNode)
	switch {
	case !ok:
		return nil
	case b.Operator == "and" || b.Operator == "or":
		return lastComparison(b.Right)
	case b.Operator == "==" || b.Operator == "!=":
		return b
	}
	return nil
}

// alike reports whether both are constants of one kind.
func alike(a, b ast.Node) bool {
	x, written := writtenOut(a)
	y, both := writtenOut(b)
	_, truth := x.(bool)
	return written && both && !truth && reflect.TypeOf(x) == reflect.TypeOf(y)
}

// walkUp goes from the parent of a part towards the root, as far as f says.
func walkUp(root, part ast.Node, f func(parent ast.Node) bool) {
	parents := map[ast.Node]ast.Node{}
	walk(root, func(n ast.Node) { children(n, func(child *ast.Node) { parents[*child] = n }) })
	for parent := parents[part]; parent != nil && f(parent); {
		parent = parents[parent]
	}
}
