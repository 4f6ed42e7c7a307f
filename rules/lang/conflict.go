package lang

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// conflict finds the fewest conjuncts that cannot all be true: it takes away each that is not needed for that.
func (a *assumer) conflict(given []way) []Part {
	parts := conjuncts(a.root)
	possible := func(parts []ast.Node) bool {
		ways := given
		for _, p := range parts {
			ways = a.both(ways, a.assume(p, true))
		}
		return len(ways) > 0
	}
	if len(given) == 0 || possible(parts) {
		return nil
	}
	for i := 0; i < len(parts); {
		rest := slices.Delete(slices.Clone(parts), i, i+1)
		if possible(rest) {
			i++
		} else {
			parts = rest
		}
	}
	out := make([]Part, len(parts))
	for i, p := range parts {
		at := a.extent(p)
		out[i] = Part{Text: a.render(p), Offset: at.Offset, Length: at.Length, Fixed: fixed(p)}
	}
	return out
}

// fixed tells whether a node depends on nothing.
func fixed(n ast.Node) bool {
	out := true
	walk(n, func(part ast.Node) {
		switch part.(type) {
		case *ast.IdentifierNode, *ast.CallNode:
			out = false
		}
	})
	return out
}

func conjuncts(n ast.Node) []ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok && b.Operator == "and" {
		return append(conjuncts(b.Left), conjuncts(b.Right)...)
	}
	return []ast.Node{n}
}

// extent is where a node stands with everything below it: the place of an operator is the operator alone.
func (a *assumer) extent(n ast.Node) Part {
	from, to := n.Location().From, n.Location().To
	walk(n, func(part ast.Node) {
		from, to = min(from, part.Location().From), max(to, part.Location().To)
	})
	return Part{Offset: from, Length: to - from}
}

// Canonical is the condition with its named conditions put in, written in one way only: two conditions with the same
// text in the same zone mean the same.
func (c *Condition) Canonical() string {
	a := c.scope.assumer(c.source, mode{exact: true})
	if a == nil {
		return c.source
	}
	return a.root.String()
}

// Zone is the time zone the condition counts hours and days in.
func (c *Condition) Zone() string { return c.scope.location.String() }
