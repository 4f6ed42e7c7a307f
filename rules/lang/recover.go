package lang

import (
	"github.com/expr-lang/expr/ast"
)

// maxMistakes is how many mistakes of one source are looked for: each costs another look at the whole tree.
const maxMistakes = 10

// unclear is the name of a value of which nothing is known, which every scope has. It stands in the tree for what is
// wrong, so that the rest can be looked at. No source can write it.
const unclear = "__unclear"

// note records a mistake, after which the rest can still be looked at. Of one place the first is told.
func (c *compilation) note(n ast.Node, message, hint string) {
	at := n.Location()
	c.noteAt(errorAt(c.src, at.From, at.To-at.From, message, hint))
}

func (c *compilation) noteAt(e *Error) {
	for _, known := range c.mistakes {
		if known.Offset == e.Offset {
			return
		}
	}
	if len(c.mistakes) >= maxMistakes {
		c.halted = true
		return
	}
	c.mistakes = append(c.mistakes, e)
}

// fail records a mistake that ends the compilation.
func (c *compilation) fail(n ast.Node, message, hint string) {
	if !c.halted {
		c.note(n, message, hint)
		c.halted = true
	}
}

// wrong is nil where there was no mistake; else the first that was found, with the others.
func (c *compilation) wrong() error {
	if len(c.mistakes) == 0 {
		return nil
	}
	first := *c.mistakes[0]
	first.More = c.mistakes[1:]
	return &first
}

// unclear makes a node that stands for what is wrong; text is how it was written.
func (c *compilation) unclear(at ast.Node, text string) ast.Node {
	out := &ast.IdentifierNode{Value: unclear}
	out.SetLocation(at.Location())
	return c.texted(out, text)
}

// replaced gives the tree with something that is of no known kind in the place of the part that is wrong, which is
// found by what matches.
func (c *compilation) replaced(root, wrong ast.Node) ast.Node {
	if root == wrong || owns(root, wrong) {
		return c.unclear(root, c.render(root))
	}
	children(root, func(child *ast.Node) { *child = c.replaced(*child, wrong) })
	return root
}

// owns tells whether a part cannot be replaced without what it belongs to: a field, the predicate of a loop.
func owns(parent, part ast.Node) bool {
	switch parent := parent.(type) {
	case *ast.MemberNode:
		return parent.Property == part
	case *ast.BuiltinNode:
		for _, a := range parent.Arguments[1:] {
			if p, ok := a.(*ast.PredicateNode); a == part || ok && p.Node == part {
				return true
			}
		}
	}
	return false
}
