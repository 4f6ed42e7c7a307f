package format

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// place is a line and a column in characters, both from 1.
type place struct{ line, column int }

func (p place) before(q place) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// node is a value with where it stands.
type node struct {
	yaml *yaml.Node
	// parent is the item it is the value of; nil for the root.
	parent *item
	// start is where it begins, anchor and tag included; body where the value itself does; end is behind it.
	start, body, end place
	// flow is a collection in brackets or braces; bare is a pair in a list in brackets that has no braces of its own.
	flow, bare bool
	items      []*item
	// foot are the comments below the last item.
	foot []string
	// raw is a scalar as it was written, its lines without the indentation of a block.
	raw []string
	// spaced puts a blank line between the items.
	spaced bool
}

// item is one key with its value, or one entry of a list, with the comments that belong to it.
type item struct {
	in    *node
	key   *node // nil in a list
	value *node
	start place
	// gap is a blank line before it and its comments.
	gap bool
	// head are the comments above it, "" for a blank line between them; line is the one behind it; inside are those
	// below a key that has no value.
	head, inside []string
	line         string
}

func (n *node) collection() bool {
	return n.yaml.Kind == yaml.MappingNode || n.yaml.Kind == yaml.SequenceNode
}

const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle

const blocks = yaml.LiteralStyle | yaml.FoldedStyle

func (n *node) block() bool {
	return n.yaml.Kind == yaml.ScalarNode && n.yaml.Style&blocks != 0 && len(n.raw) > 0
}

// empty reports whether nothing at all is written.
func (n *node) empty() bool {
	y := n.yaml
	return y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&(quotes|blocks) == 0
}

// properties are the anchor and the tag as they are written before a value; "" if it has none.
func (n *node) properties() string {
	var words []string
	if n.yaml.Kind != yaml.AliasNode && n.yaml.Anchor != "" {
		words = append(words, "&"+n.yaml.Anchor)
	}
	if n.yaml.Style&yaml.TaggedStyle != 0 {
		words = append(words, n.yaml.Tag)
	}
	return strings.Join(words, " ")
}

// commented reports whether a comment stands anywhere inside a collection.
func (n *node) commented() bool {
	if len(n.foot) > 0 {
		return true
	}
	for _, it := range n.items {
		if len(it.head) > 0 || len(it.inside) > 0 || it.line != "" || it.value.commented() {
			return true
		}
	}
	return false
}

// anchored reports whether an anchor or an alias stands anywhere in it: an alias must stay behind its anchor.
func (n *node) anchored() bool {
	if n.yaml.Anchor != "" || n.yaml.Kind == yaml.AliasNode {
		return true
	}
	for _, it := range n.items {
		if it.key != nil && it.key.anchored() || it.value.anchored() {
			return true
		}
	}
	return false
}

// column is that of a block collection's items.
func (n *node) column() int { return n.items[0].start.column }

// get answers the value of a key in a map, nil if there is none.
func (n *node) get(key string) *node {
	if n.yaml.Kind != yaml.MappingNode {
		return nil
	}
	for _, it := range n.items {
		if it.key.yaml.Value == key {
			return it.value
		}
	}
	return nil
}
