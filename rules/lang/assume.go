package lang

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

// assumer finds what must be so for an expression to be true, or false. It goes over the tree before it is lowered,
// so it must know what lowering makes of it: what is computed of an unset value is unset, a comparison with it is
// false, and `!=` is `not ==` but for times and durations.
//
// A let is looked at where it is used, so lets made of lets would be looked at twice as often with each: what was found
// of a node is kept. All of it together is bounded as well, by work.
type assumer struct {
	*compilation
	lets      map[string]ast.Node
	truths    map[assumption][]way
	there     map[ast.Node][]way
	constants map[ast.Node]constant
	work      int // what was spent of maxWork
}

// assumption is that a node is true, or false.
type assumption struct {
	node ast.Node
	want bool
}

func newAssumer(c *compilation) *assumer {
	return &assumer{
		compilation: c, lets: map[string]ast.Node{}, truths: map[assumption][]way{}, there: map[ast.Node][]way{}, constants: map[ast.Node]constant{},
	}
}

// assumer checks a source once more; nil where that fails, which it cannot for what was compiled before.
func (s *Scope) assumer(src string, m mode) *assumer {
	c, err := s.checked(src, m)
	if err != nil {
		return nil
	}
	return newAssumer(c)
}

// assume answers the ways in which n can be what is wanted: true, or false (which unset counts as).
func (a *assumer) assume(n ast.Node, want bool) []way {
	n = a.deref(n)
	key := assumption{n, want}
	ways, known := a.truths[key]
	if !known {
		ways = a.assumeAnew(n, want)
		a.truths[key] = ways
	}
	return ways
}

func (a *assumer) assumeAnew(n ast.Node, want bool) []way {
	switch n := n.(type) {
	case *ast.BoolNode:
		return when(n.Value == want)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return a.assume(n.Node, !want)
		}
	case *ast.BinaryNode:
		return a.assumeBinary(n, want)
	case *ast.ConditionalNode:
		yes := a.both(a.assume(n.Cond, true), a.assume(n.Exp1, want))
		return a.either(yes, a.both(a.assume(n.Cond, false), a.assume(n.Exp2, want)))
	case *ast.VariableDeclaratorNode:
		a.lets[n.Name] = n.Value
		return a.assume(n.Expr, want)
	}
	return a.truthOf(n, want)
}

func when(possible bool) []way {
	if possible {
		return anyWay
	}
	return nil
}

// deref follows a let to what it stands for.
func (a *assumer) deref(n ast.Node) ast.Node {
	for {
		id, ok := n.(*ast.IdentifierNode)
		if !ok || a.lets[id.Value] == nil {
			return n
		}
		n = a.lets[id.Value]
	}
}

// truthOf is about a value that is true or false, and nothing more is known of.
func (a *assumer) truthOf(n ast.Node, want bool) []way {
	return a.decided(n, numbers(span{1, 1}), want)
}

// decided limits n to the domain, or where it is not wanted, to all others.
func (a *assumer) decided(n ast.Node, d domain, want bool) []way {
	if !want {
		return a.limit(n, d.rest())
	}
	return a.both(a.limit(n, d), a.set(n))
}

func (a *assumer) assumeBinary(n *ast.BinaryNode, want bool) []way {
	switch n.Operator {
	case "and":
		if want {
			return a.both(a.assume(n.Left, true), a.assume(n.Right, true))
		}
		return a.either(a.assume(n.Left, false), a.assume(n.Right, false))
	case "or":
		if want {
			return a.either(a.assume(n.Left, true), a.assume(n.Right, true))
		}
		return a.both(a.assume(n.Left, false), a.assume(n.Right, false))
	case "in":
		return a.assumeIn(n, want)
	case "==", "!=", "<", "<=", ">", ">=":
		return a.assumeComparison(n, want)
	}
	return a.truthOf(n, want)
}

func (a *assumer) assumeComparison(n *ast.BinaryNode, want bool) []way {
	l, r := a.deref(n.Left), a.deref(n.Right)
	op := comparisons[n.Operator]
	temporal := isTemporal(l.Nature()) || isTemporal(r.Nature())
	switch {
	case isNil(l):
		return a.unset(r, want == (op == equal))
	case isNil(r):
		return a.unset(l, want == (op == equal))
	case op == unequal && !temporal:
		op, want = equal, !want
	}
	left, leftFixed := a.constant(l)
	right, rightFixed := a.constant(r)
	switch {
	case leftFixed && rightFixed:
		if answer, known := compareConstants(op, left, right); known {
			return when(answer == want)
		}
	case rightFixed:
		return a.against(l, op, right, want, n)
	case leftFixed:
		return a.against(r, mirror[op], left, want, n)
	case temporal:
		return a.pair(l, r, op, want)
	}
	return a.whole(n, op == equal && n.Operator == "!=", want)
}

var mirror = [...]comparison{more: less, moreOrEqual: lessOrEqual, less: more, lessOrEqual: moreOrEqual, equal: equal, unequal: unequal}

// against compares a value with a constant.
func (a *assumer) against(n ast.Node, op comparison, constant any, want bool, at *ast.BinaryNode) []way {
	if truth, ok := constant.(bool); ok && op == equal && a.decides(n) {
		return a.assume(n, truth == want)
	}
	if d, ok := a.domainOf(n, op, constant); ok {
		return a.decided(n, d, want)
	}
	return a.whole(at, op == equal && at.Operator == "!=", want)
}

// decides tells whether a node is true or false and never unset.
func (a *assumer) decides(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryNode, *ast.UnaryNode:
		b, ok := basicOf(n.Nature())
		return ok && b == Bool
	}
	return false
}

// domainOf is what n may be if it stands in this relation to a constant; false where that is beyond domains.
func (a *assumer) domainOf(n ast.Node, op comparison, constant any) (domain, bool) {
	kind, basic := basicOf(n.Nature())
	if !basic {
		kind = Any
	}
	switch v := constant.(type) {
	case string:
		return texts(v), op == equal && (kind == String || kind == Any && !n.Nature().IsArray() && !n.Nature().IsMap())
	case bool:
		return compared(equal, boolKey(v)), op == equal && kind == Bool
	case int64: // a duration
		return compared(op, v), kind == Duration
	case float64:
		switch kind {
		case Float:
			return compared(op, floatKey(v)), true
		case Int:
			return comparedWhole(op, v)
		}
	}
	return domain{}, false
}

func boolKey(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// maxExact is up to where whole numbers and floats are the same.
const maxExact = 1 << 52

// comparedWhole is the whole numbers in this relation to a number.
func comparedWhole(op comparison, f float64) (domain, bool) {
	if math.Abs(f) > maxExact {
		return domain{}, false
	}
	below := int64(math.Floor(f))
	switch {
	case float64(below) == f:
		return compared(op, below), true
	case op == less || op == lessOrEqual:
		return compared(lessOrEqual, below), true
	case op == more || op == moreOrEqual:
		return compared(more, below), true
	case op == equal:
		return domain{}, true
	}
	return numbers(everything), true
}

// pair compares two times or durations, neither of which is a constant.
func (a *assumer) pair(l, r ast.Node, op comparison, want bool) []way {
	x, y := a.subject(l), a.subject(r)
	if x.Text == "" || y.Text == "" {
		return anyWay
	}
	if y.Text < x.Text {
		x, y, op = y, x, mirror[op]
	}
	d := compared(op, 0).meet(numbers(span{-1, 1}))
	if x.Text == y.Text {
		d = d.meet(numbers(span{0, 0}))
	}
	s := Subject{Text: "compare(" + x.Text + ", " + y.Text + ")", Reads: union(x.Reads, y.Reads), Timed: x.Timed || y.Timed}
	if !want {
		return one(s, d.rest().meet(numbers(span{-1, 1}).orUnset()))
	}
	return a.both(one(s, d), a.both(a.set(l), a.set(r)))
}

func one(s Subject, d domain) []way {
	if d.empty() {
		return nil
	}
	return []way{{s.Text: fact{s, d}}}
}

// whole takes a comparison as one thing that is true or false; of `!=`, the equality.
func (a *assumer) whole(n *ast.BinaryNode, negated bool, want bool) []way {
	about := n
	if negated {
		about = like(n, &ast.BinaryNode{Operator: "==", Left: n.Left, Right: n.Right}).(*ast.BinaryNode)
	}
	s := a.subject(about)
	if s.Text == "" {
		return anyWay
	}
	ways := one(s, compared(equal, boolKey(want)))
	if want {
		return a.both(ways, a.both(a.set(n.Left), a.set(n.Right)))
	}
	return ways
}

// unset says whether n is not there.
func (a *assumer) unset(n ast.Node, want bool) []way {
	if !want {
		return a.set(n)
	}
	d, s := a.initial(n)
	if s.Text == "" {
		return anyWay
	}
	return one(s, d.meet(domain{text: d.text, unset: true}))
}

// set says that n is there, and everything it cannot be computed without.
func (a *assumer) set(n ast.Node) []way {
	n = a.deref(n)
	ways, known := a.there[n]
	if !known {
		ways = a.setAnew(n)
		a.there[n] = ways
	}
	return ways
}

func (a *assumer) setAnew(n ast.Node) []way {
	if _, fixed := a.constant(n); fixed {
		return anyWay
	}
	d, s := a.initial(n)
	ways := anyWay
	if s.Text != "" && !(d.unset && isFloat(n)) {
		d.unset = false
		ways = one(s, d)
	}
	for _, part := range a.needs(n) {
		ways = a.both(ways, a.set(part))
	}
	return ways
}

// needs lists the values without which n is unset, or false where it is true or false.
func (a *assumer) needs(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "+", "-", "*", "/", "%", "**", "contains", "startsWith", "endsWith":
			return []ast.Node{n.Left, n.Right}
		case "matches":
			return []ast.Node{n.Left}
		}
	case *ast.UnaryNode:
		if n.Operator == "-" || n.Operator == "+" {
			return []ast.Node{n.Node}
		}
	case *ast.CallNode:
		if name := calleeName(n); name == "since" || name == "until" {
			return n.Arguments
		}
	}
	return nil
}

func isFloat(n ast.Node) bool {
	b, ok := basicOf(n.Nature())
	return ok && b == Float
}
