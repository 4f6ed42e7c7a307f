package lang

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// nulls are the words of other languages for what is unset here.
var nulls = []string{"null", "none", "undefined", "nil", "nothing"}

// meant betters the hint at a name that is not known, for what it is compared with: a text is meant that has no quotes,
// or nil.
func (c *compilation) meant(v *Variable, n *ast.BinaryNode, at, part ast.Node) {
	id, ok := part.(*ast.IdentifierNode)
	if !ok || id.Value != unclear {
		return
	}
	word := c.render(id)
	for _, m := range c.mistakes {
		if m.Offset != id.Location().From || !strings.HasPrefix(m.Message, "unknown name ") && !strings.HasSuffix(m.Message, " is a function") {
			continue
		}
		switch hint := valueHint(v, word, m.Hint); {
		case hint != "":
			m.Hint = hint
		case slices.Contains(nulls, strings.ToLower(word)) && (n.Operator == "==" || n.Operator == "!="):
			m.Hint = c.nilHint(v, n, at)
		}
	}
}

// valueHint is for a word that is one of the values of a variable, or a slip for one, or any text where it has no values
// that are known.
func valueHint(v *Variable, word, hint string) string {
	near := Nearest(word, v.Values)
	switch {
	case slices.Contains(v.Values, word):
		return `write "` + word + `" in quotes`
	case near != "":
		return `did you mean "` + near + `"?`
	case v.Values == nil && hint == "" && isText(v.kind()):
		return `a text is written in quotes: "` + word + `"`
	}
	return ""
}

// isText tells whether a type is text or a list of texts.
func isText(t Type) bool {
	l, isList := t.(list)
	return t == String || isList && l.elem == String
}

// emptyHint says what to write where a text that is always set is compared with nil.
func (c *compilation) emptyHint(v *Variable, n *ast.BinaryNode, at ast.Node) string {
	if v.kind() != String {
		return ""
	}
	return c.nilHint(v, n, at)
}

// nilHint says how to ask whether a variable is empty.
func (c *compilation) nilHint(v *Variable, n *ast.BinaryNode, at ast.Node) string {
	switch {
	case v.Optional || v.kind() == Any:
		return "write " + c.render(at) + " " + n.Operator + " nil"
	case v.kind() == String:
		return "write " + c.render(at) + " " + n.Operator + ` ""`
	}
	return c.render(at) + " is always set"
}
