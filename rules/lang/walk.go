package lang

import "github.com/expr-lang/expr/ast"

// children calls f with every child of a resolved node, in the order they are written.
func children(n ast.Node, f func(*ast.Node)) {
	some := func(nodes ...*ast.Node) {
		for _, n := range nodes {
			if *n != nil {
				f(n)
			}
		}
	}
	each := func(nodes []ast.Node) {
		for i := range nodes {
			f(&nodes[i])
		}
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		some(&n.Node)
	case *ast.BinaryNode:
		some(&n.Left, &n.Right)
	case *ast.MemberNode:
		some(&n.Node, &n.Property)
	case *ast.SliceNode:
		some(&n.Node, &n.From, &n.To)
	case *ast.CallNode:
		each(n.Arguments)
	case *ast.BuiltinNode:
		each(n.Arguments)
	case *ast.PredicateNode:
		some(&n.Node)
	case *ast.VariableDeclaratorNode:
		some(&n.Value, &n.Expr)
	case *ast.ConditionalNode:
		some(&n.Cond, &n.Exp1, &n.Exp2)
	case *ast.ArrayNode:
		each(n.Nodes)
	case *ast.MapNode:
		each(n.Pairs)
	case *ast.PairNode:
		some(&n.Key, &n.Value)
	}
}

// walk calls f with n and everything below, parents first.
func walk(n ast.Node, f func(ast.Node)) {
	f(n)
	children(n, func(child *ast.Node) { walk(*child, f) })
}
