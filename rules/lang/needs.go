package lang

import (
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// Need is one thing out of which a condition cannot hold without at least one: that a list has a word, or that a
// variable or a field is one of some values. Needs are compared with what an Env holds before anything is evaluated.
type Need struct {
	// Base is the variable, Field that of its fields which is meant; empty for the variable itself.
	Base, Field string
	// word is what the list must have; of anything but a list, domain is what the value must be.
	word   string
	member bool
	kind   Basic
	domain domain
	// rank is how little the need says, from 0: a word is met by few incidents, a severity by many.
	rank int
}

// maxNeeds bounds the needs of one condition; of one with more it is as if nothing were known.
const maxNeeds = 64

// Needs lists what the condition cannot hold without: where an Env meets none of them, Eval of it says false at every
// instant, with no error and no next instant. That is so of every Env in which each value has the type that was
// declared, no text is longer than 128 KiB and no list has more than 4096 elements. Without needs, known is false
// where nothing can be said of the condition, and true where it never holds.
func (c *Condition) Needs() (needs []Need, known bool) { return slices.Clone(c.needs), c.needsKnown }

// Words lists the texts that meet the need, in the list or as the value; false where they are not a few.
func (n *Need) Words() ([]string, bool) {
	if n.member {
		return []string{n.word}, true
	}
	return n.domain.words, n.domain.text && !n.domain.others && !n.domain.unset
}

// OfList tells that a list must have one of the words; otherwise the value itself must be one.
func (n *Need) OfList() bool { return n.member }

// Met tells whether the need is met. A value of another type than was declared may meet anything.
func (n *Need) Met(env Env) bool {
	v := n.Value(env)
	if n.member {
		list, ok := v.([]string)
		return !ok || slices.Contains(list, n.word)
	}
	return n.domain.has(n.kind, v)
}

// Value is what the need is about; nil where it is unset.
func (n *Need) Value(env Env) any {
	v := env[n.Base]
	if n.Field == "" {
		return v
	}
	record, ok := v.(map[string]any)
	if !ok {
		return v
	}
	return record[n.Field]
}

// Same tells whether two needs say the same.
func (n *Need) Same(m *Need) bool {
	return n.Base == m.Base && n.Field == m.Field && n.member == m.member && n.word == m.word && n.kind == m.kind && n.domain.same(m.domain)
}

func (d domain) same(e domain) bool {
	return d.text == e.text && d.others == e.others && d.unset == e.unset && slices.Equal(d.words, e.words) && slices.Equal(d.spans, e.spans)
}

// has tells whether a value of the kind is in the domain; one of another kind may be anywhere.
func (d domain) has(kind Basic, v any) bool {
	var number int64
	switch v := v.(type) {
	case nil:
		return d.unset
	case string:
		return kind != String || slices.Contains(d.words, v) != d.others
	case bool:
		number = boolKey(v)
		if kind != Bool {
			return true
		}
	case int:
		number = int64(v)
		if kind != Int {
			return true
		}
	case float64:
		if kind != Float {
			return true
		}
		if math.IsNaN(v) {
			return d.unset
		}
		number = floatKey(v)
	default:
		return true
	}
	return slices.ContainsFunc(d.spans, func(s span) bool { return s.lo <= number && number <= s.hi })
}

// required answers what n needs to be what is wanted: where none of it is met, n is the other thing, and is found to
// be without an error and without a look at the time. False where nothing is known. The tree is gone through as it is
// evaluated, from the left, and what comes behind a part that may fail or move with time is not looked at.
func (a *assumer) required(n ast.Node, want bool) ([]Need, bool) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return nil, n.Value != want
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return a.required(n.Node, !want)
		}
	case *ast.IdentifierNode, *ast.MemberNode:
		d := numbers(span{1, 1})
		if !want {
			d = d.rest()
		}
		return a.need(n, Bool, d)
	case *ast.BinaryNode:
		switch n.Operator {
		case "and":
			return a.requiredOfTwo(n, want, want)
		case "or":
			return a.requiredOfTwo(n, want, !want)
		case "in":
			return a.requiredIn(n, want)
		case "==", "!=", "<", "<=", ">", ">=":
			return a.requiredComparison(n, want)
		}
	}
	return nil, false
}

// requiredOfTwo is of `and` and `or`; all says that both parts must be what is wanted, so that either's needs will do.
func (a *assumer) requiredOfTwo(n *ast.BinaryNode, want, all bool) ([]Need, bool) {
	left, known := a.required(n.Left, want)
	if all && !(known && rankOf(left) == 0) && a.sure(n.Left) {
		if right, better := a.required(n.Right, want); better && (!known || rankOf(right) < rankOf(left)) {
			return right, true
		}
	}
	if all || !known {
		return left, known
	}
	right, known := a.required(n.Right, want)
	left = append(slices.Clip(left), right...)
	return left, known && len(left) <= maxNeeds
}

// rankOf is that of the need which says least.
func rankOf(needs []Need) int {
	rank := 0
	for i := range needs {
		rank = max(rank, needs[i].rank)
	}
	return rank
}

// The ranks of needs.
const (
	rankWord  = iota // one text of many
	rankValue        // one of a few values
	rankRange        // all values but some
)

// need is about a variable or a field of that kind.
func (a *assumer) need(n ast.Node, kind Basic, d domain) ([]Need, bool) {
	base, field, v := a.plain(n)
	if v == nil || v.Type != kind {
		return nil, false
	}
	rank := rankRange
	switch {
	case d.text && !d.others && v.Values == nil:
		rank = rankWord
	case d.text && !d.others, len(d.spans) == 1 && d.spans[0].lo == d.spans[0].hi && !d.unset && kind != Bool:
		rank = rankValue
	}
	return []Need{{Base: base, Field: field, kind: kind, domain: d, rank: rank}}, true
}

// plain takes a variable, or a field of a record that is one, apart; nil where it is anything else, or moves with time.
func (a *assumer) plain(n ast.Node) (base, field string, v *Variable) {
	if id, ok := n.(*ast.IdentifierNode); ok {
		if v = a.scope.byName[id.Value]; v == nil || v.Running != nil || id.Value == nowName {
			return "", "", nil
		}
		return id.Value, "", v
	}
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return "", "", nil
	}
	id, isName := m.Node.(*ast.IdentifierNode)
	name, isText := m.Property.(*ast.StringNode)
	if !isName || !isText || a.scope.byName[id.Value] == nil {
		return "", "", nil
	}
	r, isRecord := a.scope.byName[id.Value].kind().(record)
	if !isRecord {
		return "", "", nil
	}
	return id.Value, name.Value, r.field(name.Value)
}

func (a *assumer) requiredComparison(n *ast.BinaryNode, want bool) ([]Need, bool) {
	subject, op := n.Left, comparisons[n.Operator]
	constant, fixed := a.constant(n.Right)
	if !fixed {
		subject, op = n.Right, mirror[op]
		if constant, fixed = a.constant(n.Left); !fixed {
			return nil, false
		}
	}
	if op == unequal {
		op, want = equal, !want
	}
	d, ok := a.domainOf(subject, op, constant)
	return a.requiredOf(subject, d, ok, want)
}

func (a *assumer) requiredOf(n ast.Node, d domain, ok, want bool) ([]Need, bool) {
	kind, basic := basicOf(n.Nature())
	if !ok || !basic {
		return nil, false
	}
	if !want {
		d = d.rest()
	}
	return a.need(n, kind, d)
}

func (a *assumer) requiredIn(n *ast.BinaryNode, want bool) ([]Need, bool) {
	if array, ok := n.Right.(*ast.ArrayNode); ok {
		d, ok := a.among(n.Left, array.Nodes)
		return a.requiredOf(n.Left, d, ok, want)
	}
	word, ok := n.Left.(*ast.StringNode)
	if base, field, _ := a.plain(n.Right); ok && want && a.listOfTexts(n.Right) {
		return []Need{{Base: base, Field: field, word: word.Value, member: true}}, true
	}
	return nil, false
}

func (a *assumer) listOfTexts(n ast.Node) bool {
	_, _, v := a.plain(n)
	return v != nil && v.Type == List(String)
}
