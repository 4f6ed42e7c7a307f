package format

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// print writes the document.
func (d *document) print() string {
	p := &printer{}
	if d.root != nil {
		d.order()
	}
	p.comments(d.header, 0)
	switch {
	case d.root == nil:
	case d.root.whole(""):
		p.line(d.root.flowText(), "")
		p.comments(d.root.foot, 0)
	default:
		if d.root.properties() != "" {
			p.line("--- "+d.root.properties(), "")
		}
		p.items(d.root, 0, "")
	}
	return p.text()
}

// order arranges the keys. The comments at the top of the file stay there when the first key moves.
func (d *document) order() {
	if len(d.root.items) == 0 {
		return
	}
	first := d.root.items[0]
	d.root.arrange(shapeOf(d.root))
	if d.root.items[0] != first {
		d.header, first.head = append(d.header, first.head...), nil
	}
}

// printer writes values from the top to the bottom.
type printer struct{ page }

// comments writes comments on lines of their own.
func (p *printer) comments(texts []string, indent int) {
	for _, text := range texts {
		if text == "" {
			p.blank()
			continue
		}
		p.line(strings.Repeat(" ", indent)+text, "")
	}
}

// items writes the items of a block; lead, if not empty, stands before the first, in the place of its indentation.
func (p *printer) items(n *node, indent int, lead string) {
	for i, it := range n.items {
		before := strings.Repeat(" ", indent)
		if i == 0 && lead != "" {
			before = lead
		}
		if it.key == nil {
			before += "-"
			it.head = append(it.head, p.hoist(it, before)...)
		} else {
			before += it.key.keyText() + ":"
		}
		if i > 0 && (it.gap || n.spaced) {
			p.blank()
		}
		p.comments(it.head, indent)
		p.value(before, it, indent)
	}
	p.comments(n.foot, indent)
}

// hoist takes the comments that would stand between a dash and what follows it on the same line.
func (p *printer) hoist(it *item, lead string) []string {
	if !it.value.compact(lead) {
		return nil
	}
	var up []string
	if it.line != "" {
		up, it.line = append(up, it.line), ""
	}
	first := it.value.items[0]
	up, first.head = append(up, first.head...), nil
	if first.key == nil {
		up = append(up, p.hoist(first, lead+" -")...)
	}
	return up
}

// compact reports whether a block in a list begins on the line of the dash.
func (n *node) compact(lead string) bool {
	return n.collection() && !n.whole(lead) && n.properties() == ""
}

// whole reports whether a collection is written on one line: an empty one, and one in brackets that fits and has no
// comments in it.
func (n *node) whole(lead string) bool {
	if !n.collection() || len(n.items) == 0 {
		return true
	}
	return n.flow && !n.commented() && utf8.RuneCountInString(lead)+1+utf8.RuneCountInString(n.flowText()) <= Width
}

// value writes the value of an item behind what stands before it.
func (p *printer) value(before string, it *item, indent int) {
	n := it.value
	if props := n.properties(); props != "" {
		before += " " + props
	}
	switch {
	case n.empty():
		p.line(before, it.line)
		p.comments(it.inside, indent+2)
	case n.block():
		p.blockScalar(before, it, indent+2)
	case !n.collection():
		p.scalar(before, it, indent+2)
	case n.whole(before):
		p.line(before+" "+n.flowText(), it.line)
	case it.key == nil && n.properties() == "":
		p.items(n, indent+2, before+" ")
	default:
		p.line(before, it.line)
		p.items(n, indent+2, "")
	}
}

// blockScalar writes a literal or folded scalar as it is.
func (p *printer) blockScalar(before string, it *item, indent int) {
	header := it.value.raw[0]
	if strings.ContainsAny(header, "123456789") {
		header = strings.Map(func(r rune) rune {
			if r >= '1' && r <= '9' {
				return '2'
			}
			return r
		}, header)
	}
	p.line(before+" "+header, it.line)
	for _, line := range it.value.raw[1:] {
		if line != "" {
			line = strings.Repeat(" ", indent) + line
		}
		p.verbatim(line)
	}
	p.sealed = strings.Contains(header, "+")
}

// scalar writes a scalar of one or several lines.
func (p *printer) scalar(before string, it *item, indent int) {
	texts := it.value.scalarLines()
	for i, text := range texts {
		comment := ""
		if i == len(texts)-1 {
			comment = it.line
		}
		switch {
		case i == 0:
			p.line(before+" "+text, comment)
		case text == "":
			p.verbatim("")
		default:
			p.line(strings.Repeat(" ", indent)+text, comment)
		}
	}
}

// flowText writes a collection on one line.
func (n *node) flowText() string {
	texts := make([]string, len(n.items))
	for i, it := range n.items {
		text := it.value.flowValue()
		if it.key != nil {
			text = it.key.keyText() + ": " + text
		}
		texts[i] = text
	}
	text := strings.Join(texts, ", ")
	switch {
	case n.bare:
		return text
	case n.yaml.Kind == yaml.MappingNode:
		return "{" + text + "}"
	}
	return "[" + text + "]"
}

// flowValue writes any value on one line.
func (n *node) flowValue() string {
	text := ""
	switch {
	case n.collection():
		text = n.flowText()
	case !n.empty():
		text = n.flowScalar()
	}
	return strings.TrimSpace(n.properties() + " " + text)
}
