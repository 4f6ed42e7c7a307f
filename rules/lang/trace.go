package lang

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// Atom is one part of a condition with the value it had: a comparison, a call, a variable, a named condition. In a
// loop it had one value for each element looked at.
type Atom struct {
	Text      string // as the author wrote it
	Value     string // "" where it was not evaluated
	Evaluated bool   // false where and, or, ?: did not need it
	// Truth says that it is true or false whenever it is evaluated; it is not kept with records.
	Truth bool `json:"-"`
}

// traced is one value of the atom with that number.
type traced struct {
	atom  int
	value any
}

const (
	notAnAtom  = -1
	maxTraced  = 1000 // values of one evaluation
	maxShown   = 10   // values of one atom
	maxWritten = 200  // bytes of one value
)

// atom gives a number to a node worth showing, in the order of the source: parents before their parts.
func (c *compilation) atom(n ast.Node) int {
	if !c.mode.traced || !c.named[n] && !isAtom(n) {
		return notAnAtom
	}
	c.atoms = append(c.atoms, Atom{Text: c.render(n), Truth: n.Nature().Kind == reflect.Bool})
	return len(c.atoms) - 1
}

func isAtom(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.CallNode, *ast.BuiltinNode, *ast.PointerNode:
		return true
	case *ast.BinaryNode:
		return n.Operator != "and" && n.Operator != "or" && n.Operator != ".."
	}
	return false
}

func (c *compilation) recorded(atom int, n ast.Node) ast.Node {
	if atom == notAnAtom {
		return n
	}
	return c.call("__trace", n, c.runtime(n), c.number(atom, n), n)
}

func (rt *Runtime) record(atom int, v any) {
	if m, ok := v.(*moving); ok { // its frame will be used again
		v = m.still()
	}
	if len(rt.trace) < maxTraced {
		rt.trace = append(rt.trace, traced{atom, v})
	}
}

func (m moving) still() any {
	if m.isTime {
		return m.instant
	}
	return m.span
}

// story writes down what was recorded, one line for each text.
func (rt *Runtime) story(atoms []Atom) []Atom {
	values := make([][]string, len(atoms))
	for _, t := range rt.trace {
		switch n := len(values[t.atom]); {
		case n < maxShown:
			values[t.atom] = append(values[t.atom], show(t.value, rt.location))
		case n == maxShown:
			values[t.atom] = append(values[t.atom], "…")
		}
	}
	out := make([]Atom, 0, len(atoms))
	seen := make(map[string]int, len(atoms))
	for i, a := range atoms {
		a.Value, a.Evaluated = strings.Join(values[i], ", "), values[i] != nil
		if before, again := seen[a.Text]; again {
			if !out[before].Evaluated {
				out[before] = a
			}
			continue
		}
		seen[a.Text] = len(out)
		out = append(out, a)
	}
	return out
}

// show writes a value for an explanation: texts in quotes, what is unset as nil.
func show(v any, location *time.Location) string {
	var s string
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		s = `"` + v + `"`
	case []string:
		s = "[" + quoteAll(v) + "]"
	default:
		w := writer{location: location, most: maxWritten}
		w.write(v)
		if s = w.text.String(); isListValue(v) {
			s = "[" + s + "]"
		}
	}
	return shorten(s, maxWritten)
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
