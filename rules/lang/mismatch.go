package lang

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// explainMismatch words the checker's message for the node it points at, if it is that node's.
func (c *compilation) explainMismatch(n ast.Node, message string) {
	switch n := n.(type) {
	case *ast.BinaryNode:
		c.explainOperands(n, message)
	case *ast.UnaryNode:
		if strings.HasPrefix(message, "invalid operation") {
			c.note(n, "`"+n.Operator+"` does not take "+c.withType(n.Node), c.negationHint(n))
		}
	case *ast.StringNode:
		c.explainField(n, message)
	case *ast.MemberNode:
		if strings.Contains(message, " has no ") {
			c.note(n, c.withType(n.Node)+" has no fields", fieldHint(n.Node))
		}
	default:
		c.explainLoop(n, message)
	}
}

// withType gives a part with what it is: `severity (a whole number)`.
func (c *compilation) withType(n ast.Node) string {
	return c.render(n) + " (" + describe(n.Nature()) + ")"
}

func (c *compilation) explainOperands(n *ast.BinaryNode, message string) {
	if !strings.HasPrefix(message, "invalid operation") && !strings.HasPrefix(message, "cannot use") {
		return
	}
	if n.Operator == "+" && (n.Left.Nature().IsString() || n.Right.Nature().IsString()) {
		c.refuseJoin(n)
		return
	}
	if c.wrongCall(n.Left) || c.wrongCall(n.Right) {
		return
	}
	verb := "cannot be compared with"
	switch n.Operator {
	case "and", "or":
		verb = "cannot be joined by `" + n.Operator + "` with"
	case "+", "-", "*", "/", "%", "**":
		verb = "does not go with `" + n.Operator + "` and"
	case "in", "contains", "matches", "startsWith", "endsWith":
		verb = "does not go with `" + n.Operator + "` and"
	}
	c.note(n, c.withType(n.Left)+" "+verb+" "+c.withType(n.Right), c.operandHint(n))
}

// wrongCall reports what is wrong with the arguments of a call: it is why its answer does not fit.
func (c *compilation) wrongCall(n ast.Node) bool {
	call, ok := n.(*ast.CallNode)
	if !ok || c.scope.functions[calleeName(call)] == nil {
		return false
	}
	before := len(c.mistakes)
	c.checkCall(call)
	return len(c.mistakes) > before
}

var severityText = regexp.MustCompile(`(?i)^sev-?([1-5])$`)

func (c *compilation) operandHint(n *ast.BinaryNode) string {
	_, compares := comparisons[n.Operator]
	if denied, ok := n.Left.(*ast.UnaryNode); ok && compares && c.negationHint(denied) != "" {
		return c.negationHint(denied) // `not` binds closer than people think
	}
	if _, hint := c.alternatives(n); hint != "" {
		return hint
	}
	for _, pair := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		if hint := c.pairHint(n, pair[0], pair[1]); hint != "" {
			return hint
		}
	}
	return ""
}

// pairHint knows the usual mistakes: what, beside which other, wants to be written how.
func (c *compilation) pairHint(n *ast.BinaryNode, what, other ast.Node) string {
	is, text := what.Nature(), c.render(what)
	s, isText := other.(*ast.StringNode)
	op := n.Operator
	if what == n.Right {
		op = orElse(mirrored[op], op)
	}
	switch {
	case is.IsInteger && isText && severityText.MatchString(s.Value):
		return text + " is a number, 1 is the worst: write " + text + " " + op + " " + severityText.FindStringSubmatch(s.Value)[1]
	case is.IsNumber() && isText:
		return "write the number without quotes"
	case is.IsBool() && isText && (n.Operator == "==" || n.Operator == "!="):
		return "write " + text + " or not " + text
	case is.IsDuration() && other.Nature().IsNumber():
		return c.unitless(n, what, op)
	case is.IsTime() && (other.Nature().IsDuration() || other.Nature().IsNumber() || isText):
		return "compare how long ago it is: since(" + text + ") > 20m"
	case op == "in" && is.IsString() && what == n.Right && other.Nature().IsString():
		return "write " + text + " contains " + c.render(other)
	case is.IsArray() && isText && n.Operator != "in":
		return "write " + s.String() + " in " + text
	case !is.IsBool() && (n.Operator == "and" || n.Operator == "or"):
		return c.boolHint(what)
	}
	return ""
}

// unitless is for a duration beside a number.
func (c *compilation) unitless(n *ast.BinaryNode, duration ast.Node, op string) string {
	_, written := duration.(*ast.ConstantNode)
	switch {
	case op == "/" && duration == n.Left:
		return "a duration cannot be divided: multiply what it is compared with by " + c.render(n.Right)
	case written, op == "/", op == "%", op == "**":
		return ""
	}
	return "write a duration with its unit: " + c.render(duration) + " " + op + " 20m"
}

func (c *compilation) negationHint(n *ast.UnaryNode) string {
	if n.Operator == "-" || n.Operator == "+" {
		return ""
	}
	return "put what it denies in brackets: not (" + c.render(n.Node) + " …)"
}

func (c *compilation) refuseJoin(n ast.Node) {
	c.note(n, "texts cannot be added", "in a step write a template: ${title} (${service})")
}

func (c *compilation) explainField(n *ast.StringNode, message string) {
	if strings.HasPrefix(message, "unknown field ") {
		c.note(n, "unknown field "+n.Value, oneOfFew(n.Value, c.fieldNames(n)))
		return
	}
	c.explainLoop(n, message)
}

// fieldNames gives the fields of the record in which the property was looked up.
func (c *compilation) fieldNames(property ast.Node) []string {
	var names []string
	walk(c.root, func(n ast.Node) {
		if m, ok := n.(*ast.MemberNode); ok && m.Property == property && m.Node.Nature().TypeData != nil {
			names = slices.Collect(maps.Keys(m.Node.Nature().Fields))
		}
	})
	slices.Sort(names)
	return names
}

func fieldHint(base ast.Node) string {
	switch {
	case base.Nature().IsTime():
		return `use hour(), weekday(), between("09:00", "17:00"), since(t) or until(t)`
	case base.Nature().IsDuration():
		return "compare it with another: open_for > 20m"
	case base.Nature().IsArray():
		return "ask its elements: any(list, it.name == \"…\")"
	}
	return ""
}

func (c *compilation) explainLoop(n ast.Node, message string) {
	switch {
	case strings.Contains(message, "takes only array"):
		c.note(n, c.withType(n)+" is not a list", "")
	case strings.HasPrefix(message, "predicate should return boolean"):
		if p, ok := n.(*ast.PredicateNode); ok {
			c.note(p.Node, "this must be true or false for each element, but "+c.render(p.Node)+" is "+describe(p.Node.Nature()), c.boolHint(p.Node))
		}
	case strings.HasPrefix(message, "non-bool expression"):
		c.note(n, "the part before ? must be true or false, but "+c.render(n)+" is "+describe(n.Nature()), c.boolHint(n))
	case strings.HasPrefix(message, "array elements can only"), strings.HasPrefix(message, "cannot use"):
		c.note(n, c.withType(n)+" cannot select an element", "use its place: list[0]")
	}
}
