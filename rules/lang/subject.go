package lang

import (
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// subject names a value, the same for every condition it stands in; its Text is empty where it has no such name,
// because it holds a let or an element of a list, or is very large.
func (a *assumer) subject(n ast.Node) Subject {
	s := Subject{}
	named, zoned, depth, size := true, false, 0, 0
	var visit func(ast.Node)
	visit = func(n ast.Node) {
		if size++; size > maxNamed {
			named = false
		}
		if !named {
			return
		}
		switch n := n.(type) {
		case *ast.IdentifierNode:
			named = named && !strings.Contains(n.Value, "#")
		case *ast.PointerNode:
			named = named && depth > 0
		case *ast.VariableDeclaratorNode:
			named = false
		case *ast.PredicateNode:
			depth++
			defer func() { depth-- }()
		case *ast.CallNode:
			f := a.scope.functions[calleeName(n)]
			zoned = zoned || f != nil && f.Stepwise
		}
		a.readBy(n, &s)
		children(n, func(child *ast.Node) { visit(*child) })
	}
	visit(n)
	if !named {
		return Subject{}
	}
	s.Text = canonical(n)
	s.Plain = pathOf(n) != ""
	if zoned { // the same words mean other hours in another zone
		s.Text += "@" + a.scope.location.String()
	}
	slices.Sort(s.Reads)
	s.Reads = slices.Compact(s.Reads)
	return s
}

// canonical writes a node in one way only; a plain path as an author does.
func canonical(n ast.Node) string {
	if m, ok := n.(*ast.MemberNode); ok {
		if path := pathOf(m); path != "" {
			return path
		}
	}
	return n.String()
}

// pathOf is a.b.c of fields of a record, or "".
func pathOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.MemberNode:
		name, ok := n.Property.(*ast.StringNode)
		if base := pathOf(n.Node); ok && base != "" {
			return base + "." + name.Value
		}
	}
	return ""
}

// readBy notes what the node itself reads. Of a record that is the field, and the record where it is not known which.
func (a *assumer) readBy(n ast.Node, s *Subject) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		v := a.scope.byName[n.Value]
		if v == nil {
			return
		}
		s.Timed = s.Timed || n.Value == nowName || v.Running != nil
		if _, isRecord := v.kind().(record); !isRecord && n.Value != nowName {
			s.Reads = append(s.Reads, n.Value)
		}
	case *ast.MemberNode:
		if id, ok := n.Node.(*ast.IdentifierNode); ok && a.scope.byName[id.Value] != nil {
			path := id.Value
			if name, ok := n.Property.(*ast.StringNode); ok {
				path += "." + name.Value
			}
			s.Reads = append(s.Reads, path)
		}
	case *ast.CallNode:
		name := calleeName(n)
		s.Timed = s.Timed || name == "since" || name == "until"
		if f := a.scope.functions[name]; f != nil {
			s.Timed = s.Timed || f.Stepwise
			s.Reads = append(s.Reads, f.Reads...)
		}
	}
}

// initial is a value's name, and what it may be by what is declared of it.
func (a *assumer) initial(n ast.Node) (domain, Subject) {
	n = a.deref(n)
	s := a.subject(n)
	d := domain{text: true, others: true, unset: true}
	v := a.variable(n, nil)
	kind, basic := basicOf(n.Nature())
	if !basic {
		return d, s
	}
	switch kind {
	case String:
		if v != nil && v.Values != nil {
			d = texts(v.Values...)
		}
	case Bool:
		d = numbers(span{0, 1})
	case Int:
		d = numbers(a.bounds(n, v))
	case Float, Duration:
		d = numbers(everything)
	case Time, Any:
		return d, s
	}
	d.unset = !a.surely(n)
	return d, s
}

// bounds is the bounds of a whole number.
func (a *assumer) bounds(n ast.Node, v *Variable) span {
	if v != nil && (v.Min != 0 || v.Max != 0) {
		return span{int64(v.Min), int64(v.Max)}
	}
	switch n := n.(type) {
	case *ast.CallNode:
		switch calleeName(n) {
		case "hour":
			return span{0, 23}
		case "len":
			return span{0, everything.hi}
		}
	case *ast.BuiltinNode:
		if n.Name == "count" {
			return span{0, everything.hi}
		}
	}
	return everything
}

// limit says what n is.
func (a *assumer) limit(n ast.Node, d domain) []way {
	from, s := a.initial(n)
	if s.Text == "" {
		return anyWay
	}
	return one(s, from.meet(d))
}

// assumeIn is `in`: of constants, of a range, or whether a list has an element.
func (a *assumer) assumeIn(n *ast.BinaryNode, want bool) []way {
	needle, list := a.deref(n.Left), a.deref(n.Right)
	if array, ok := list.(*ast.ArrayNode); ok {
		if d, ok := a.among(needle, array.Nodes); ok {
			return a.decided(needle, d, want)
		}
	}
	if b, ok := list.(*ast.BinaryNode); ok && b.Operator == ".." {
		from, known := a.constant(b.Left)
		to, known2 := a.constant(b.Right)
		if lo, ok := a.domainOf(needle, moreOrEqual, from); ok && known && known2 {
			if hi, ok := a.domainOf(needle, lessOrEqual, to); ok {
				return a.decided(needle, lo.meet(hi), want)
			}
		}
	}
	if !want {
		return a.truthOf(n, false)
	}
	return a.both(a.truthOf(n, true), a.set(needle))
}

// among is one of several constants.
func (a *assumer) among(needle ast.Node, constants []ast.Node) (domain, bool) {
	out := domain{}
	for i, part := range constants {
		v, ok := a.constant(part)
		if !ok {
			return out, false
		}
		d, ok := a.domainOf(needle, equal, v)
		if !ok {
			return out, false
		}
		if i == 0 {
			out = d
			continue
		}
		if out, ok = out.join(d); !ok {
			return out, false
		}
	}
	return out, len(constants) > 0
}

// constant computes what is written out: numbers as float64, durations as int64, texts and truths as they are.
func (a *assumer) constant(n ast.Node) (any, bool) {
	n = a.deref(n)
	c, known := a.constants[n]
	if !known {
		c.value, c.fixed = a.compute(n)
		a.constants[n] = c
	}
	return c.value, c.fixed
}

// constant is what a node always is, if it is fixed.
type constant struct {
	value any
	fixed bool
}

func (a *assumer) compute(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), n.Value <= maxExact && n.Value >= -maxExact
	case *ast.FloatNode:
		return n.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.ConstantNode:
		d, ok := n.Value.(time.Duration)
		return int64(d), ok
	case *ast.UnaryNode:
		v, _ := a.constant(n.Node)
		switch v := v.(type) {
		case float64:
			return -v, n.Operator == "-"
		case int64:
			return -v, n.Operator == "-"
		}
	case *ast.BinaryNode:
		return a.sum(n)
	}
	return nil, false
}

// sum computes durations that are added, such as 1h + 30m.
func (a *assumer) sum(n *ast.BinaryNode) (any, bool) {
	l, _ := a.constant(n.Left)
	r, _ := a.constant(n.Right)
	x, ok := l.(int64)
	y, ok2 := r.(int64)
	if !ok || !ok2 {
		return nil, false
	}
	switch n.Operator {
	case "+":
		return addSpans(time.Duration(x), time.Duration(y)).Nanoseconds(), true
	case "-":
		return addSpans(time.Duration(x), saturate(time.Duration(y), -1)).Nanoseconds(), true
	}
	return nil, false
}

func compareConstants(op comparison, a, b any) (answer, known bool) {
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			return op.holds(int64(floatOrder(x, y))), true
		}
	case int64:
		if y, ok := b.(int64); ok {
			return op.holds(int64(floatOrder(float64(x), float64(y)))), float64(x) != float64(y) || x == y
		}
	case string:
		if y, ok := b.(string); ok && op == equal {
			return x == y, true
		}
	case bool:
		if y, ok := b.(bool); ok && op == equal {
			return x == y, true
		}
	}
	return false, false
}

func floatOrder(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
