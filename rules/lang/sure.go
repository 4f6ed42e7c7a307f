package lang

import "github.com/expr-lang/expr/ast"

// sure tells whether a part always has a value without an error and without a look at the time, given that every value
// has the type that was declared: comparisons of plain values, and what is joined of them. Each costs less fuel than
// maxFuel has for as many as a condition may have.
func (a *assumer) sure(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.NilNode:
		return true
	case *ast.IdentifierNode, *ast.MemberNode:
		_, _, v := a.plain(n)
		return v != nil && still(v.Type)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return a.sure(n.Node)
		}
		_, fixed := a.constant(n)
		return fixed
	case *ast.BinaryNode:
		return a.sureBinary(n)
	}
	return false
}

// still are the types whose values do not move.
func still(t Type) bool { return t == Int || t == Float || t == String || t == Bool }

func (a *assumer) sureBinary(n *ast.BinaryNode) bool {
	switch n.Operator {
	case "in":
		if array, ok := n.Right.(*ast.ArrayNode); ok {
			_, fixed := a.among(n.Left, array.Nodes)
			return fixed && a.sure(n.Left)
		}
		return a.listOfTexts(n.Right) && a.sure(n.Left) && kindOf(n.Left) == String
	case "and", "or":
		return a.sure(n.Left) && a.sure(n.Right)
	case "contains", "startsWith", "endsWith":
		return a.sure(n.Left) && a.sure(n.Right) && kindOf(n.Left) == String && kindOf(n.Right) == String
	case "==", "!=", "<", "<=", ">", ">=":
		if isNil(n.Left) || isNil(n.Right) {
			return a.sure(n.Left) && a.sure(n.Right)
		}
		l, r := kindOf(n.Left), kindOf(n.Right)
		numbers := (l == Int || l == Float) && (r == Int || r == Float)
		return a.sure(n.Left) && a.sure(n.Right) && l != Any && (l == r || numbers)
	}
	return false
}

func kindOf(n ast.Node) Basic {
	if kind, ok := basicOf(n.Nature()); ok {
		return kind
	}
	return Any
}
