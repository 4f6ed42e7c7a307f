package ifsev_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// checkClock fails for each call in a file that reads the wall clock or waits by it.
func checkClock(t *testing.T, path string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Error(err)
		return
	}
	clock := map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "Tick": true}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" && clock[sel.Sel.Name] {
			t.Errorf("%s calls time.%s: time is a parameter here", set.Position(call.Pos()), sel.Sel.Name)
		}
		return true
	})
}
