package lang

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// pattern checks the regular expression of `matches` before anything compiles it: Go's are linear in the text, but
// the factor is the size of the program, and `((a{0,100}){0,9}){0,1}` makes a large one of a few bytes. It gives a
// text for the checker in its place, empty, because the checker would compile it as well.
func (c *compilation) pattern(right ast.Node) ast.Node {
	s, ok := right.(*ast.StringNode)
	if c.open(right) {
		s, ok = &ast.StringNode{}, true // whatever it will be
		s.SetLocation(right.Location())
	}
	if !ok {
		if right != nil {
			c.fail(right, "a regular expression must be written out", `for example title matches "(?i)timeout|refused"`)
		}
		return right
	}
	m, err := newMatcher(s.Value)
	if err != nil {
		c.fail(s, err.Error(), "repeat less, or use contains")
		return right
	}
	stand := &ast.StringNode{}
	stand.SetLocation(s.Location())
	c.patterns[stand] = m
	return c.texted(stand, s.String())
}

func newMatcher(source string) (*matcher, error) {
	if len(source) > maxPatternSource {
		return nil, fmt.Errorf("this regular expression is longer than %d bytes", maxPatternSource)
	}
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("bad regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	size := patternSize(re)
	if size > maxPattern {
		return nil, errors.New("this regular expression is too large")
	}
	compiled, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("bad regular expression: %w", err)
	}
	return &matcher{re: compiled, size: size}, nil
}

// patternSize estimates the instructions of the compiled program without compiling it.
func patternSize(re *syntax.Regexp) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size += len(re.Rune) / 32
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

// match looks at the first 8 KiB of the text.
func (m *matcher) match(rt *Runtime, text string) (any, error) {
	if len(text) > maxMatched {
		text = text[:maxMatched]
	}
	if err := rt.spend(1 + len(text)*m.size/4); err != nil {
		return nil, err
	}
	return m.re.MatchString(text), nil
}
