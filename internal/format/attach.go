package format

import (
	"math"
	"slices"
	"strings"
)

// attacher gives each comment to what it stands with.
type attacher struct {
	doc   *document
	items []*item
	i     int // the first item behind the comment at hand
	// level is the column of the collection that took the last comment between the same two items: a later one cannot
	// belong deeper, or the two would change places.
	level int
	after *item
}

func (d *document) attach(r *reader) {
	a := &attacher{doc: d, items: r.items, level: math.MaxInt}
	heads := map[*item][]comment{}
	for _, c := range d.comments {
		for a.i < len(a.items) && a.items[a.i].start.before(c.place) {
			a.i++
		}
		if it := a.take(c); it != nil {
			heads[it] = append(heads[it], c)
		}
	}
	for it, comments := range heads {
		it.above(comments)
	}
	d.top()
}

// above writes the comments down that stand above an item, then those between its beginning and its value, which have
// no place of their own.
func (it *item) above(comments []comment) {
	n := 0
	for n < len(comments) && comments[n].before(it.start) {
		n++
	}
	head := lines(comments[:n])
	if n > 0 {
		if it.gap {
			head = append(head, "")
		}
		it.gap = comments[0].gap
	}
	for _, c := range comments[n:] {
		head = append(head, c.text)
	}
	it.head = append(head, it.head...)
}

// top keeps the comments at the top of the file there: the line that tells editors the schema, and what is set apart
// from the first key by a blank line.
func (d *document) top() {
	if d.root == nil {
		d.header = lines(d.comments)
		return
	}
	if len(d.root.items) == 0 {
		return
	}
	first := d.root.items[0]
	keep := slices.Index(reversed(first.head), "")
	if keep >= 0 {
		keep = len(first.head) - keep
	} else if len(first.head) > 0 && modeline(first.head[0]) {
		keep = 1
	}
	if keep > 0 {
		d.header, first.head = first.head[:keep], first.head[keep:]
	}
}

func modeline(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(text, "#")), "yaml-language-server:")
}

func reversed(s []string) []string {
	r := slices.Clone(s)
	slices.Reverse(r)
	return r
}

func lines(comments []comment) []string {
	var out []string
	for i, c := range comments {
		if i > 0 && c.gap {
			out = append(out, "")
		}
		out = append(out, c.text)
	}
	return out
}

// take gives the comment away, or answers the item it stands above.
func (a *attacher) take(c comment) *item {
	var last, next *item
	if a.i > 0 {
		last = a.items[a.i-1]
	}
	if a.i < len(a.items) {
		next = a.items[a.i]
	}
	if last != a.after {
		a.after, a.level = last, math.MaxInt
	}
	switch {
	case a.doc.root == nil:
		return nil
	case !c.own && last != nil:
		return a.behind(c, last)
	}
	if f := enclosing(c, last, a.doc.root); f != nil {
		return inFlow(c, f, next)
	}
	if last != nil && !last.value.empty() && last.value.inline() && c.before(last.value.body) {
		return last
	}
	return a.between(c, last, next)
}

// inline reports whether the value stands on the line of its key.
func (n *node) inline() bool { return !n.collection() || n.flow || len(n.items) == 0 }

// behind takes a comment at the end of a line: it belongs to the last item that began before it, or to the one whose
// brackets were closed since.
func (a *attacher) behind(c comment, it *item) *item {
	for it.in.flow && !c.before(it.in.end) {
		if it.in.parent == nil {
			it.in.foot = append(it.in.foot, c.text)
			return nil
		}
		it = it.in.parent
	}
	if it.key == nil && !it.value.inline() && c.before(it.value.body) {
		return it // behind the dash
	}
	if it.line != "" {
		it.head = append(it.head, it.line)
	}
	it.line = c.text
	return nil
}

// enclosing answers the innermost collection in brackets that the comment stands in.
func enclosing(c comment, last *item, root *node) *node {
	if last == nil {
		if root.flow && root.body.before(c.place) && c.before(root.end) {
			return root
		}
		return nil
	}
	for n := last.value; ; n = last.in {
		if n.collection() && (n.flow || len(n.items) == 0) && n.body.before(c.place) && c.before(n.end) {
			return n
		}
		if n != last.value {
			if last = n.parent; last == nil {
				return nil
			}
		}
	}
}

func inFlow(c comment, f *node, next *item) *item {
	switch {
	case next != nil && next.start.before(f.end):
		return next
	case len(f.items) > 0 || f.parent == nil:
		f.foot = append(f.foot, c.text)
		return nil
	}
	f.parent.head = append(f.parent.head, c.text)
	return nil
}

// between takes a comment on a line of its own between two items of blocks: above the next, unless it is indented
// more than that one and so belongs below the last.
func (a *attacher) between(c comment, last, next *item) *item {
	least := 0
	if next != nil {
		if least = next.start.column; least >= c.column {
			a.level = 0
			return next
		}
	}
	if last != nil && last.value.empty() && !last.in.flow && c.column > last.in.column() && a.level == math.MaxInt {
		last.inside = appendComment(last.inside, c)
		return nil
	}
	for it := last; it != nil; it = it.in.parent {
		if it.in.flow {
			continue
		}
		if column := it.in.column(); column <= c.column && column > least && column <= a.level {
			a.level = column
			it.in.foot = appendComment(it.in.foot, c)
			return nil
		}
	}
	if next == nil {
		a.doc.root.foot = appendComment(a.doc.root.foot, c)
	}
	a.level = 0
	return next
}

func appendComment(to []string, c comment) []string {
	if c.gap {
		to = append(to, "")
	}
	return append(to, c.text)
}
