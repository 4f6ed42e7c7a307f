package lang

import (
	"errors"
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/ifsev/ifsev"
)

// check gives every node its type. It runs expr's checker at least twice: the first run finds the types that coerce
// needs, the others report, one mistake each. The types are forgotten in between, because the checker does not look
// again at a call that has one.
func (c *compilation) check() {
	tree := &parser.Tree{Node: c.root, Source: file.NewSource(c.src)}
	_, _ = checker.Check(tree, c.cfg) // its mistakes come again
	c.coerce(c.root)
	for !c.halted {
		walk(c.root, func(n ast.Node) { n.SetNature(nature.Nature{}) })
		tree.Node = c.root
		_, err := checker.Check(tree, c.cfg)
		if err == nil {
			c.checkResult(c.root)
			return
		}
		c.mismatch(err)
	}
}

// coerce reads a text beside a duration as one (`open_for > "20m"`), and `tags contains "a"` as `"a" in tags`, which
// YAML does not let one write without quoting the whole.
func (c *compilation) coerce(n ast.Node) {
	children(n, func(child *ast.Node) { c.coerce(*child) })
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return
	}
	switch b.Operator {
	case "<", "<=", ">", ">=", "==", "!=", "+", "-":
		c.coerceDuration(&b.Left, b.Right)
		c.coerceDuration(&b.Right, b.Left)
	case "contains":
		if b.Left.Nature().IsArray() {
			c.texted(b, c.render(b))
			b.Operator, b.Left, b.Right = "in", b.Right, b.Left
		}
	}
}

func (c *compilation) coerceDuration(side *ast.Node, other ast.Node) {
	s, ok := (*side).(*ast.StringNode)
	if !ok || !other.Nature().IsDuration() {
		return
	}
	d, err := ifsev.ParseDuration(s.Value)
	if err != nil {
		c.note(s, err.Error(), "")
		*side = c.unclear(s, s.String())
		return
	}
	out := &ast.ConstantNode{Value: d}
	out.SetLocation(s.Location())
	*side = c.texted(out, s.String())
}

// checkResult compares the type of the whole with what is wanted.
func (c *compilation) checkResult(root ast.Node) {
	got := root.Nature()
	switch {
	case len(c.mistakes) > 0 && got.IsUnknown(&c.cfg.NtCache): // what is wrong may be why
	case c.mode.exact:
		if got.Kind != reflect.Bool {
			c.note(root, "this must be true or false, but "+c.render(root)+" is "+describe(got), c.boolHint(root))
		}
	case c.mode.want != nil && c.mode.want != Any:
		want := c.mode.want.checked().Nature()
		if !got.IsUnknown(&c.cfg.NtCache) && !got.Nil && !suits(got, &want) {
			c.note(root, "this must be "+c.mode.want.String()+", but "+c.render(root)+" is "+describe(got), "")
		}
	}
}

func suits(got, want *nature.Nature) bool {
	if g, ok := basicOf(got); ok {
		w, _ := basicOf(want)
		return g == w || g == Int && w == Float
	}
	return got.IsArray() && want.IsArray() || got.IsMap() && want.IsMap()
}

func (c *compilation) boolHint(root ast.Node) string {
	text := c.render(root)
	if b, ok := basicOf(root.Nature()); ok {
		switch b {
		case Int, Float:
			return "compare it: " + text + " <= 2"
		case String:
			return "compare it: " + text + ` == "…"`
		case Duration:
			return "compare it: " + text + " > 20m"
		case Time:
			return "compare it: since(" + text + ") > 20m"
		case Bool, Any:
		}
	}
	if root.Nature().IsArray() {
		return "ask it: len(" + text + ") > 0"
	}
	return "compare it: " + text + " == true"
}

// mismatch words what the checker refused, and puts something of no known kind in its place.
func (c *compilation) mismatch(err error) {
	var fe *file.Error
	if !errors.As(err, &fe) {
		c.fail(c.root, err.Error(), "")
		return
	}
	var wrong ast.Node
	before := len(c.mistakes)
	walk(c.root, func(n ast.Node) {
		if wrong == nil && n.Location() == fe.Location {
			if c.explainMismatch(n, fe.Message); len(c.mistakes) > before {
				wrong = n
			}
		}
	})
	if wrong == nil {
		c.noteAt(errorAt(c.src, fe.From, fe.To-fe.From, narrow(fe.Message), ""))
		c.halted = true
		return
	}
	if b, ok := wrong.(*ast.BinaryNode); ok {
		wrong, _ = c.alternatives(b)
	}
	c.root = c.replaced(c.root, wrong)
}
