package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/ifsev/ifsev"
)

// loops are the functions with a predicate. Of expr's own only these remain; all other functions are in builtins,
// where what is unset, what it costs and what is wrong are the same for all.
var loops = map[string]bool{
	"all": true, "any": true, "none": true, "one": true, "filter": true, "map": true, "count": true, "find": true,
}

// place is where resolve stands: what is bound here, and where mistakes are shown.
type place struct {
	lets    map[string]string // as written -> unique
	loops   int
	at      *file.Location // set inside a named condition: where it is used
	defines []string       // the named conditions around
	outer   *Scope         // set inside the condition of an input: the scope it was written in
}

// definesOf are the named conditions known here.
func (c *compilation) definesOf(p place) map[string]*define {
	if p.outer != nil {
		return p.outer.defines
	}
	return c.scope.defines
}

func (p place) bind(name, unique string) place {
	lets := make(map[string]string, len(p.lets)+1)
	for k, v := range p.lets {
		lets[k] = v
	}
	lets[name] = unique
	p.lets = lets
	return p
}

// resolve builds the tree anew, one node for one place (the parser shares nodes in `a < b < c`), with every name
// bound, durations as constants and named conditions put in. What the language does not have is refused here.
func (c *compilation) resolve(n ast.Node, p place) ast.Node {
	if c.halted || n == nil {
		return nil
	}
	if c.nodes++; c.nodes > maxResolved {
		c.fail(c.located(&ast.NilNode{}, n, p), "this is too large once its named conditions are put in", "split the rule")
		return nil
	}
	if name, ok := c.inputOf(n); ok {
		return c.resolveInput(n.(*ast.MemberNode), name, p)
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.resolveName(n, p)
	case *ast.CallNode:
		return c.resolveCall(n, p)
	case *ast.BuiltinNode:
		return c.resolveLoop(n, p)
	case *ast.VariableDeclaratorNode:
		return c.resolveLet(n, p)
	case *ast.PointerNode:
		if n.Name != "" && n.Name != "index" {
			c.fail(c.located(&ast.NilNode{}, n, p), "unknown name #"+n.Name, "# is the element, #index its place")
		}
		return c.located(&ast.PointerNode{Name: n.Name}, n, p)
	}
	return c.resolveParts(n, p)
}

func (c *compilation) located(n, from ast.Node, p place) ast.Node {
	at := from.Location()
	if p.at != nil {
		at = *p.at
	}
	n.SetLocation(at)
	return n
}

func (c *compilation) resolveParts(n ast.Node, p place) ast.Node {
	var out ast.Node
	switch n := n.(type) {
	case *ast.NilNode:
		out = &ast.NilNode{}
	case *ast.IntegerNode:
		out = &ast.IntegerNode{Value: n.Value}
	case *ast.FloatNode:
		out = &ast.FloatNode{Value: n.Value}
	case *ast.BoolNode:
		out = &ast.BoolNode{Value: n.Value}
	case *ast.StringNode:
		out = &ast.StringNode{Value: n.Value}
	case *ast.UnaryNode:
		out = &ast.UnaryNode{Operator: n.Operator, Node: c.resolve(n.Node, p)}
	case *ast.BinaryNode:
		out = c.resolveBinary(n, p)
	case *ast.ConditionalNode:
		out = &ast.ConditionalNode{Ternary: true, Cond: c.resolve(n.Cond, p), Exp1: c.resolve(n.Exp1, p), Exp2: c.resolve(n.Exp2, p)}
	case *ast.ChainNode: // members of what is unset are unset anyway
		return c.resolve(n.Node, p)
	default:
		return c.resolveComposite(n, p)
	}
	return c.located(out, n, p)
}

func (c *compilation) resolveComposite(n ast.Node, p place) ast.Node {
	var out ast.Node
	switch n := n.(type) {
	case *ast.MemberNode:
		out = &ast.MemberNode{Node: c.resolve(n.Node, p), Property: c.resolve(n.Property, p)}
	case *ast.SliceNode:
		out = &ast.SliceNode{Node: c.resolve(n.Node, p), From: c.resolve(n.From, p), To: c.resolve(n.To, p)}
	case *ast.PredicateNode:
		out = &ast.PredicateNode{Node: c.resolve(n.Node, p)}
	case *ast.ArrayNode:
		out = &ast.ArrayNode{Nodes: c.resolveAll(n.Nodes, p)}
	case *ast.MapNode:
		out = &ast.MapNode{Pairs: c.resolveAll(n.Pairs, p)}
	case *ast.PairNode:
		if _, ok := n.Key.(*ast.StringNode); !ok {
			c.fail(c.located(&ast.NilNode{}, n, p), "a key must be written out", "")
		}
		out = &ast.PairNode{Key: c.resolve(n.Key, p), Value: c.resolve(n.Value, p)}
	case *ast.SequenceNode:
		c.fail(c.located(&ast.NilNode{}, n, p), "unexpected ;", "only let ends with ;, join conditions with and")
		return nil
	default:
		c.fail(c.located(&ast.NilNode{}, n, p), "this is not part of the language", "")
		return nil
	}
	return c.located(out, n, p)
}

func (c *compilation) resolveAll(nodes []ast.Node, p place) []ast.Node {
	out := make([]ast.Node, len(nodes))
	for i, n := range nodes {
		out[i] = c.resolve(n, p)
	}
	return out
}

func (c *compilation) resolveBinary(n *ast.BinaryNode, p place) ast.Node {
	out := &ast.BinaryNode{Operator: n.Operator, Left: c.resolve(n.Left, p), Right: c.resolve(n.Right, p)}
	switch n.Operator {
	case "&&":
		out.Operator = "and"
	case "||":
		out.Operator = "or"
	case "^":
		out.Operator = "**"
	case "matches":
		out.Right = c.pattern(out.Right)
	}
	return out
}

func (c *compilation) resolveName(n *ast.IdentifierNode, p place) ast.Node {
	if isWide([]rune(n.Value)[0]) {
		text := narrow(n.Value)
		d, err := ifsev.ParseDuration(text)
		if err != nil {
			c.fail(c.located(&ast.NilNode{}, n, p), err.Error(), "")
		}
		return c.texted(c.located(&ast.ConstantNode{Value: d}, n, p), text)
	}
	if unique, ok := p.lets[n.Value]; ok {
		return c.located(&ast.IdentifierNode{Value: unique}, n, p)
	}
	if n.Value == inputsName && c.scope.inputs != nil {
		c.fail(c.located(&ast.NilNode{}, n, p), "inputs is read by its names", "write inputs.NAME")
		return nil
	}
	if c.scope.byName[n.Value] != nil {
		c.reads[n.Value] = true
		return c.located(&ast.IdentifierNode{Value: n.Value}, n, p)
	}
	if n.Value == "it" && p.loops > 0 {
		return c.texted(c.located(&ast.PointerNode{}, n, p), "it")
	}
	if d := c.definesOf(p)[n.Value]; d != nil {
		return c.resolveDefine(n, d, p)
	}
	return c.unknown(n, p)
}

func (c *compilation) unknown(n *ast.IdentifierNode, p place) ast.Node {
	at := c.located(&ast.NilNode{}, n, p)
	switch {
	case strings.HasPrefix(n.Value, "$") || strings.HasPrefix(n.Value, "__"):
		c.note(at, n.Value+" is reserved", "")
	case n.Value == "it":
		c.note(at, "it is known only inside any(), all(), filter() and the like", "")
	case c.scope.functions[n.Value] != nil || loops[n.Value]:
		c.note(at, n.Value+" is a function", "write "+n.Value+"(…)")
	default:
		known := c.scope.names()
		for name := range p.lets {
			known = append(known, name)
		}
		hint := didYouMean(n.Value, known)
		if slices.Contains(nulls, strings.ToLower(n.Value)) {
			hint = "write nil"
		}
		c.note(at, "unknown name "+narrow(n.Value), hint)
	}
	return c.unclear(at, narrow(n.Value))
}

func (c *compilation) resolveDefine(n *ast.IdentifierNode, d *define, p place) ast.Node {
	at := c.located(&ast.NilNode{}, n, p)
	if slices.Contains(p.defines, n.Value) {
		c.fail(at, "the named condition uses itself: "+strings.Join(append(p.defines, n.Value), " -> "), "")
		return nil
	}
	where := at.Location()
	inside := place{at: &where, loops: p.loops, outer: p.outer, defines: append(slices.Clone(p.defines), n.Value)}
	out := c.resolve(d.node, inside)
	if out == nil {
		return nil
	}
	c.named[out] = true
	return c.texted(out, n.Value)
}

func (c *compilation) resolveLet(n *ast.VariableDeclaratorNode, p place) ast.Node {
	name, at := n.Name, c.located(&ast.NilNode{}, n, p)
	_, bound := p.lets[name]
	if bound || c.scope.byName[name] != nil || c.scope.functions[name] != nil || c.scope.defines[name] != nil || loops[name] || name == "it" {
		c.fail(at, name+" is already a name", "choose another")
	}
	if strings.HasPrefix(name, "__") || strings.HasPrefix(name, "$") || isWide([]rune(name)[0]) {
		c.fail(at, narrow(name)+" cannot be a name", "")
	}
	c.lets++
	unique := name + "#" + strconv.Itoa(c.lets)
	value := c.resolve(n.Value, p)
	return c.located(&ast.VariableDeclaratorNode{Name: unique, Value: value, Expr: c.resolve(n.Expr, p.bind(name, unique))}, n, p)
}

func (c *compilation) resolveLoop(n *ast.BuiltinNode, p place) ast.Node {
	if !loops[n.Name] {
		c.fail(c.located(&ast.NilNode{}, n, p), "unknown function "+n.Name, didYouMean(n.Name, c.scope.names()))
		return nil
	}
	inside := p
	if inside.loops++; inside.loops > maxLoops {
		c.fail(c.located(&ast.NilNode{}, n, p), fmt.Sprintf("loops are nested more than %d deep", maxLoops), "")
	}
	out := &ast.BuiltinNode{Name: n.Name}
	for i, a := range n.Arguments {
		where := p
		if i > 0 {
			where = inside
		}
		out.Arguments = append(out.Arguments, c.resolve(a, where))
	}
	return c.located(out, n, p)
}

func (c *compilation) resolveCall(n *ast.CallNode, p place) ast.Node {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		c.fail(c.located(&ast.NilNode{}, n, p), "only functions can be called", methodHint(n))
		return nil
	}
	if c.scope.hasSeverity() && len(n.Arguments) == 1 {
		if op := severityOperators[name.Value]; op != "" {
			return c.resolveSeverity(n, name.Value, op, p)
		}
	}
	f := c.scope.functions[name.Value]
	if f == nil {
		return c.unknownFunction(n, name, p)
	}
	for _, v := range f.Reads {
		c.reads[v] = true
	}
	callee := c.located(&ast.IdentifierNode{Value: name.Value}, n, p)
	return c.located(&ast.CallNode{Callee: callee, Arguments: c.resolveAll(n.Arguments, p)}, n, p)
}

func (c *compilation) unknownFunction(n *ast.CallNode, name *ast.IdentifierNode, p place) ast.Node {
	at := c.located(&ast.NilNode{}, n, p)
	word := narrow(name.Value)
	switch {
	case c.scope.byName[word] != nil || c.scope.defines[word] != nil || p.lets[word] != "":
		c.note(at, word+" is not a function", "write it without ( )")
	case strings.HasPrefix(word, "$") || strings.HasPrefix(word, "__"):
		c.note(at, word+" is reserved", "")
	default:
		c.note(at, "unknown function "+word, c.functionHint(word, n.Arguments))
	}
	c.resolveAll(n.Arguments, p) // for what is wrong with them
	return c.unclear(at, word+"(…)")
}

// functionHint says what to write instead of a function that the language does not have.
func (c *compilation) functionHint(word string, args []ast.Node) string {
	if word == "duration" && len(args) == 1 {
		if id, ok := args[0].(*ast.IdentifierNode); ok && c.scope.byName[id.Value] != nil && c.scope.byName[id.Value].kind() == Duration {
			return id.Value + " is a duration already: write it without duration( )"
		}
	}
	return orElse(orElse(missingFunctions[word], operatorHint(word, args)), didYouMean(word, c.scope.names()))
}

// missingFunctions says what to write for functions that expr has and the language has not.
var missingFunctions = map[string]string{
	"now":      "write now without ( )",
	"duration": "write the duration itself: 20m, 1h30m, 2d",
	"date":     "compare times with since(t) and until(t)",
}

// methodHint is for what is called on a value with a dot.
func methodHint(n *ast.CallNode) string {
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := m.Property.(*ast.StringNode); ok && textOperators[strings.ToLower(name.Value)] != "" {
			return operatorHint(name.Value, append([]ast.Node{m.Node}, n.Arguments...))
		}
	}
	return `for times use hour(), weekday(), between("09:00", "17:00"), since(t) or until(t)`
}

// operatorHint is for an operator between two texts by the name of a function of another language; "" for other words.
func operatorHint(word string, args []ast.Node) string {
	op := textOperators[strings.ToLower(word)]
	if op == "" {
		return ""
	}
	sides := make([]string, len(args))
	for i, a := range args {
		sides[i] = narrow(a.String())
	}
	return betweenHint(op, sides)
}

const severityName = "severity"

// severityOperators are the helpers that read as people speak: SEV1 is the worst, so worse means less.
var severityOperators = map[string]string{"worse_than": "<", "at_least": "<="}

func (s *Scope) hasSeverity() bool {
	v := s.byName[severityName]
	return v != nil && v.Type == Int
}

func (c *compilation) resolveSeverity(n *ast.CallNode, name, op string, p place) ast.Node {
	c.reads[severityName] = true
	severity := c.located(&ast.IdentifierNode{Value: severityName}, n, p)
	limit := c.resolve(n.Arguments[0], p)
	if limit == nil {
		return nil
	}
	out := c.located(&ast.BinaryNode{Operator: op, Left: severity, Right: limit}, n, p)
	return c.texted(out, name+"("+c.render(limit)+")")
}
