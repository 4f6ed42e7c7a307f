package lang

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// pattern checks the regular expression of `matches` before anything compiles it: Go's are linear in the text, but
// the factor is the size of the program, and `((a{0,100}){0,9}){0,1}` makes a large one of a few bytes.
func (c *compilation) pattern(n *ast.BinaryNode) {
	s, ok := n.Right.(*ast.StringNode)
	if !ok {
		if n.Right != nil {
			c.fail(n.Right, "a regular expression must be written out", `for example title matches "(?i)timeout|refused"`)
		}
		return
	}
	re, err := syntax.Parse(s.Value, syntax.Perl)
	if err != nil {
		c.fail(s, "bad regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "")
		return
	}
	if patternSize(re) > maxPattern {
		c.fail(s, "this regular expression is too large", "repeat less, or use contains")
		return
	}
	compiled, err := regexp.Compile(s.Value)
	if err != nil {
		c.fail(s, "bad regular expression: "+err.Error(), "")
		return
	}
	c.patterns[s] = &matcher{re: compiled, size: patternSize(re)}
}

// patternSize estimates the instructions of the compiled program without compiling it.
func patternSize(re *syntax.Regexp) int {
	size := 1
	if re.Op == syntax.OpLiteral {
		size = len(re.Rune)
	}
	for _, sub := range re.Sub {
		size = min(size+patternSize(sub), maxPattern+1)
	}
	if re.Op == syntax.OpRepeat {
		return min(size*max(re.Max, re.Min+1), maxPattern+1)
	}
	return size
}

// matcher is a compiled regular expression with what it costs.
type matcher struct {
	re   *regexp.Regexp
	size int
}

// match looks at the first 16 KiB of the text.
func (m *matcher) match(rt *Runtime, text string) (any, error) {
	if len(text) > maxMatched {
		text = text[:maxMatched]
	}
	if err := rt.spend(1 + len(text)*m.size/8); err != nil {
		return nil, err
	}
	return m.re.MatchString(text), nil
}
