package format

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// comment is one comment with its #.
type comment struct {
	place
	text string
	// own is a comment alone on its line; gap says that a blank line is above it.
	own, gap bool
}

// reader goes through the source with the tree that YAML made of it. Between two values there are only blanks,
// indicators and comments, so a # found there begins a comment for certain.
type reader struct {
	lines    [][]rune
	at       place
	comments []comment
	items    []*item // in the order they begin
	// last is the line the last value ended in: a blank line up to there is part of it.
	last int
}

func newReader(text string) *reader {
	r := &reader{at: place{1, 1}}
	for _, line := range strings.Split(text, "\n") {
		r.lines = append(r.lines, []rune(line))
	}
	return r
}

// peek answers the character at hand; 0 at the end of a line.
func (r *reader) peek() rune {
	if r.at.line > len(r.lines) || r.at.column > len(r.lines[r.at.line-1]) {
		return 0
	}
	return r.lines[r.at.line-1][r.at.column-1]
}

// step passes one character or line break; false at the end of the text.
func (r *reader) step() bool {
	if r.at.line > len(r.lines) {
		return false
	}
	if r.at.column > len(r.lines[r.at.line-1]) {
		r.at = place{r.at.line + 1, 1}
		return r.at.line <= len(r.lines)
	}
	r.at.column++
	return true
}

// gap passes what lies between values, comments with it, until the function says to stop.
func (r *reader) gap(stop func() bool) {
	for !stop() {
		if r.peek() == '#' {
			r.comment()
		}
		if !r.step() {
			return
		}
	}
}

func (r *reader) gapTo(to place) { r.gap(func() bool { return !r.at.before(to) }) }

func (r *reader) gapUntil(mark rune) { r.gap(func() bool { return r.peek() == mark }) }

// gapBlank passes blanks and comments.
func (r *reader) gapBlank() {
	r.gap(func() bool { c := r.peek(); return c != 0 && c != ' ' && c != '\t' && c != '#' })
}

// comment takes the comment at hand and goes to the end of its line.
func (r *reader) comment() {
	line := r.lines[r.at.line-1]
	r.comments = append(r.comments, comment{
		place: r.at, text: strings.TrimRight(string(line[r.at.column-1:]), " \t"),
		own: blank(line[:r.at.column-1]), gap: r.blankAbove(r.at.line),
	})
	r.at.column = len(line) + 1
}

func (r *reader) blankAbove(line int) bool {
	return line > 1 && line-1 > r.last && blank(r.lines[line-2])
}

func blank(line []rune) bool { return strings.Trim(string(line), " \t") == "" }

// node reads a value.
func (r *reader) node(y *yaml.Node, parent *item) *node {
	n := &node{yaml: y, parent: parent, start: r.at, body: r.at, end: r.at}
	bare := n.empty() && n.properties() == ""
	if bare {
		return n
	}
	r.gapTo(place{y.Line, y.Column})
	n.start = r.at
	r.properties(n)
	n.body = r.at
	switch y.Kind {
	case yaml.MappingNode:
		r.mapping(n)
	case yaml.SequenceNode:
		r.sequence(n)
	case yaml.AliasNode:
		r.at.column += len([]rune(y.Value)) + 1
	default:
		r.scalar(n)
	}
	n.end, r.last = r.at, max(r.last, r.at.line)
	return n
}

// properties passes anchor and tag, up to the value.
func (r *reader) properties(n *node) {
	for c := r.peek(); n.properties() != "" && (c == '&' || c == '!'); c = r.peek() {
		for c != 0 && !strings.ContainsRune(" \t,[]{}", c) {
			r.at.column++
			c = r.peek()
		}
		if !n.empty() {
			r.gapBlank()
		}
	}
}

func (r *reader) mapping(n *node) {
	n.flow = n.yaml.Style&yaml.FlowStyle != 0
	n.bare = n.flow && r.peek() != '{'
	if n.flow && !n.bare {
		r.at.column++
	}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		it := r.begin(n, place{n.yaml.Content[i].Line, n.yaml.Content[i].Column})
		it.key = r.node(n.yaml.Content[i], nil)
		it.value = r.node(n.yaml.Content[i+1], it)
	}
	if n.flow && !n.bare {
		r.gapUntil('}')
		r.at.column++
	}
}

func (r *reader) sequence(n *node) {
	n.flow = n.yaml.Style&yaml.FlowStyle != 0
	if n.flow {
		r.at.column++
	}
	for _, y := range n.yaml.Content {
		at := place{y.Line, y.Column}
		if !n.flow {
			r.gapUntil('-')
			at = r.at
		}
		it := r.begin(n, at)
		if !n.flow {
			r.at.column++
		}
		it.value = r.node(y, it)
	}
	if n.flow {
		r.gapUntil(']')
		r.at.column++
	}
}

// begin goes to the beginning of an item and notes it.
func (r *reader) begin(n *node, at place) *item {
	r.gapTo(at)
	it := &item{in: n, start: r.at, gap: blank(r.lines[r.at.line-1][:r.at.column-1]) && r.blankAbove(r.at.line)}
	n.items = append(n.items, it)
	r.items = append(r.items, it)
	return it
}
