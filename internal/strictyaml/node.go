package strictyaml

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Kind says what a node holds.
type Kind int

// The kinds of node.
const (
	Missing Kind = iota // there is no such key
	Null                // the key is there, but nothing stands behind it
	Scalar              // text, a number, true or false
	List
	Map
)

// Node is one value with its place in the file. The zero Node is missing; every method may be called on it. An alias
// is the value it stands for.
type Node struct {
	file *File
	yaml *yaml.Node
}

// Pair is one key with its value.
type Pair struct {
	Key   Node
	Value Node
}

// target follows an alias.
func (n Node) target() *yaml.Node {
	if n.yaml != nil && n.yaml.Kind == yaml.AliasNode {
		return n.yaml.Alias
	}
	return n.yaml
}

// Kind says what the node holds.
func (n Node) Kind() Kind {
	y := n.target()
	switch {
	case y == nil:
		return Missing
	case y.Kind == yaml.MappingNode:
		return Map
	case y.Kind == yaml.SequenceNode:
		return List
	case y.Tag == "!!null":
		return Null
	}
	return Scalar
}

// Exists reports whether the key is there, with or without a value.
func (n Node) Exists() bool { return n.yaml != nil }

// Raw is the text of a scalar without its quotes; "" for everything else.
func (n Node) Raw() string {
	if n.Kind() != Scalar {
		return ""
	}
	return n.target().Value
}

// Tag is the YAML type of a scalar, such as !!int.
func (n Node) Tag() string {
	if y := n.target(); y != nil {
		return y.Tag
	}
	return ""
}

// Quoted reports whether a scalar was written in quotes or as a block.
func (n Node) Quoted() bool {
	y := n.target()
	const marks = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return y != nil && y.Style&marks != 0
}

// Line is the node's line, from 1; 0 where it is missing.
func (n Node) Line() int {
	if n.yaml == nil {
		return 0
	}
	return n.yaml.Line
}

// Column is the node's column in characters, from 1; 0 where it is missing.
func (n Node) Column() int {
	if n.yaml == nil {
		return 0
	}
	return n.yaml.Column
}

// Source is the line the node begins in, as it was written.
func (n Node) Source() string {
	if n.file == nil {
		return ""
	}
	return n.file.Line(n.Line())
}

// Comment is the comment behind the value in its line, with its #; "" if there is none. A ` #` inside an expression
// begins one, and cuts the expression short.
func (n Node) Comment() string {
	if n.yaml == nil {
		return ""
	}
	return n.yaml.LineComment
}

// File is the file the node is of; nil for the zero Node.
func (n Node) File() *File { return n.file }

// Items are the entries of a list; none for everything else.
func (n Node) Items() []Node {
	if n.Kind() != List {
		return nil
	}
	items := make([]Node, len(n.target().Content))
	for i, c := range n.target().Content {
		items[i] = n.part(c)
	}
	return items
}

// Pairs are the keys and values of a map in the order of the file; none for everything else.
func (n Node) Pairs() []Pair {
	if n.Kind() != Map {
		return nil
	}
	content := n.target().Content
	pairs := make([]Pair, 0, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		pairs = append(pairs, Pair{n.part(content[i]), n.part(content[i+1])})
	}
	return pairs
}

// Problem makes a problem with this node; of a map or list, with its beginning.
func (n Node) Problem(message, hint string) Problem {
	if n.file == nil || n.yaml == nil {
		return Problem{Message: message, Hint: hint}
	}
	length := 1
	if n.yaml.Kind == yaml.ScalarNode && !n.multiline() {
		length = n.width()
	}
	return n.file.Problem(n.Line(), n.Column(), length, message, hint)
}

// Problemf is Problem with a formatted message and no hint.
func (n Node) Problemf(format string, args ...any) Problem {
	return n.Problem(fmt.Sprintf(format, args...), "")
}

// describe says what stands there, for "want …, got …".
func (n Node) describe() string {
	switch n.Kind() {
	case Null:
		return "nothing"
	case List:
		return "a list"
	case Map:
		return "a map"
	case Missing:
		return "no key"
	}
	text := []rune(n.Raw())
	if len(text) > 40 {
		text = append(text[:40:40], '…')
	}
	return fmt.Sprintf("%q", string(text))
}
