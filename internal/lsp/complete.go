package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// completion collects what may be written at a place.
type completion struct {
	*view
	desk *desk
	spot
	meaning
	items []completionItem
	// from is where what is typed begins that an item takes the place of.
	from point
}

// complete answers what may be written at a place. Nothing is said in comments, and behind whole values.
func (d *desk) complete(v *view) completionList {
	c := &completion{view: v, desk: d, spot: spotAt(v.doc.text.runes(), v.at)}
	c.from = c.start
	if v.rules != nil && (c.tail.kind == tailNothing || c.tail.kind == tailScalar) && len(v.doc.text.whole) <= maxCompleted {
		c.meaning = meaningOf(v.rules, v.lexicon, c.spot.outline, c.path, v.doc.outline())
		c.offer()
	}
	return completionList{Items: append([]completionItem{}, c.items...)}
}

// maxCompleted is how long a text may be, in bytes, to be looked at whole at each key.
const maxCompleted = 1 << 20

func (c *completion) offer() {
	if source, ok := c.source(c.typed, c.style); ok && !c.keyOnly && !c.besideKeys() {
		c.expression(source)
		return
	}
	if !c.beside {
		c.keys()
	}
	if !c.keyOnly {
		c.values()
	}
}

// besideKeys reports whether the value has begun as a map, so that only a further key can follow.
func (c *completion) besideKeys() bool {
	return !c.beside && c.owner >= 0 && len(c.spot.outline.under(c.owner)) > 0
}

// add offers a text in the place of what is typed.
func (c *completion) add(item completionItem, text string) {
	item.SortText = fmt.Sprintf("%04d", len(c.items))
	item.FilterText = text
	item.TextEdit = &textEdit{c.doc.text.span(c.from, c.view.at), text}
	c.items = append(c.items, item)
}

// keys offers the keys that may stand here and do not yet.
func (c *completion) keys() {
	if c.style != plain {
		return
	}
	there := c.siblings()
	colon := !c.followedByColon()
	offer := func(p property, dash string) {
		if slices.Contains(there, p.name) && dash == "" {
			return
		}
		choices := c.rules.choices(p.schema)
		text := dash + p.name
		if colon {
			text += ":"
			if scalar(choices) || c.keyOnly {
				text += " "
			}
		}
		item := completionItem{Label: p.name, Kind: kindProperty, Detail: first(about(choices)), Documentation: markdownOf(about(choices))}
		if spec := c.lexicon.Action(p.name); spec != nil && named(c.choices, "step") {
			item.Kind, item.Documentation = kindModule, markdown(aboutAction(spec))
		}
		c.add(item, text)
	}
	for _, in := range c.desk.wanted(c.view, c.spot.outline.names(c.path)) {
		offer(property{in.name, &schema{Type: "string", Description: in.told()}}, "")
	}
	for _, choice := range c.choices {
		for _, p := range c.actionsFirst(choice) {
			offer(p, "")
		}
		if choice.Items == nil || c.typed != "" || c.flowing() {
			continue
		}
		for _, element := range c.rules.choices(choice.Items) { // a list that has not begun
			for _, p := range c.actionsFirst(element) {
				offer(p, "- ")
			}
		}
	}
}

// actionsFirst answers the keys of a schema; those of a step with the actions before what may stand beside them.
func (c *completion) actionsFirst(s *schema) []property {
	keys := slices.Clone(s.Properties)
	slices.SortStableFunc(keys, func(a, b property) int { return c.rank(a) - c.rank(b) })
	return keys
}

func (c *completion) rank(p property) int {
	if c.view.kind == ruleFile && p.schema.Ref == "#/$defs/"+p.name && c.lexicon.Action(p.name) != nil {
		return 0
	}
	return 1
}

func (c *completion) flowing() bool {
	return c.owner >= 0 && (c.spot.outline.entries[c.owner].flow || c.keyOnly)
}

// siblings are the keys beside the place, in the whole text.
func (c *completion) siblings() []string {
	whole, parent := c.doc.outline(), -1
	if c.owner >= 0 {
		parent = whole.same(&c.spot.outline.entries[c.owner])
	}
	var names []string
	for _, i := range whole.under(parent) {
		if e := &whole.entries[i]; e.at != c.start {
			names = append(names, e.key)
		}
	}
	return names
}

// followedByColon reports whether a key is being changed, so that its colon is there already.
func (c *completion) followedByColon() bool {
	row := c.doc.outline().lines
	if c.view.at.line >= len(row) {
		return false
	}
	rest := strings.TrimLeft(string(row[c.view.at.line][min(c.view.at.column, len(row[c.view.at.line])):]), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
	return strings.HasPrefix(rest, ":")
}

// values offers the words of a closed set, and the names of what is configured.
func (c *completion) values() {
	seen := map[string]bool{}
	offer := func(label, detail string, kind int) {
		if !seen[label] {
			seen[label] = true
			c.add(completionItem{Label: label, Kind: kind, Detail: detail}, label)
		}
	}
	for _, name := range c.lexicon.Names(c.specOrNone(), c.arg) {
		offer(name, string(c.arg.Names), kindValue)
	}
	for _, one := range c.desk.lookUp(c.view, c.nameKind(c.view.kind, c.spot.outline.names(c.path))) {
		if c.arg.Names == "" {
			offer(one.name, string(one.section), kindValue)
		}
	}
	for _, choice := range c.choices {
		for _, v := range choice.Enum {
			offer(fmt.Sprint(v), c.detailOf(fmt.Sprint(v)), c.kindOf())
		}
	}
	if slices.ContainsFunc(c.choices, func(s *schema) bool { return s.is("boolean") && !s.is("string") }) {
		offer("true", "", kindConstant)
		offer("false", "", kindConstant)
	}
}

func (c *completion) specOrNone() *ifsev.ActionSpec {
	if c.spec == nil {
		return &ifsev.ActionSpec{}
	}
	return c.spec
}

// kindOf is what the words of a closed set are.
func (c *completion) kindOf() int {
	switch {
	case named(c.choices, "step"):
		return kindModule
	case slices.Contains(c.spot.outline.names(c.path), "when"):
		return kindEvent
	}
	return kindValue
}

func (c *completion) detailOf(word string) string {
	if spec := c.lexicon.Action(word); spec != nil && named(c.choices, "step") {
		return spec.Doc
	}
	return ""
}

// expression offers what may follow in an expression.
func (c *completion) expression(source string) {
	at := cursorAt(source)
	switch {
	case at.inString:
		c.from.line, c.from.column = c.view.at.line, c.view.at.column-len([]rune(at.text))
		c.texts(&at, "")
		return
	case at.chain != "" && strings.Trim(at.chain, "0123456789") == "":
		return // a number
	}
	before, last := splitChain(at.chain)
	c.from.line, c.from.column = c.view.at.line, c.view.at.column-len([]rune(last))
	vars := c.known(&c.meaning)
	if before != "" {
		if of := variableOf(vars, before); of != nil {
			c.variables(lang.Fields(of.Type))
		}
		return
	}
	if last == "" {
		c.texts(&at, c.quote())
	}
	c.variables(vars)
	c.functions()
	for _, one := range c.desk.declaredIn(c.view, string(defines)) {
		c.add(completionItem{Label: one.name, Kind: kindConstant, Detail: "define: " + first(one.text())}, one.name)
	}
	for _, word := range []string{"and", "or", "not", "in", "contains", "matches", "startsWith", "endsWith", "true", "false", "nil"} {
		c.add(completionItem{Label: word, Kind: kindKeyword}, word)
	}
}

// quote is what a text in the expression is put in: not what the value itself is put in.
func (c *completion) quote() string {
	if c.style == double {
		return "'"
	}
	return `"`
}

// texts offers what a text may be: the names the function around takes, or the values of what it is compared with.
func (c *completion) texts(at *cursor, quote string) {
	for _, word := range c.words(at) {
		c.add(completionItem{Label: quote + word + quote, Kind: kindValue}, quote+word+quote)
	}
}

func (c *completion) words(at *cursor) []string {
	sections := at.stringKind()
	if len(sections) == 0 {
		if of := variableOf(c.known(&c.meaning), at.beside); of != nil {
			return of.Values
		}
		return c.answers(at.beside)
	}
	var words []string
	for _, one := range c.desk.lookUp(c.view, sections) {
		words = append(words, one.name)
	}
	if slices.Contains(sections, rotations) {
		words = append(words, c.lexicon.Rotations()...)
	} else {
		words = append(words, c.lexicon.Calendars()...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// answers lists the texts a function may answer, by its name.
func (c *completion) answers(name string) []string {
	for _, f := range c.lexicon.Functions() {
		if f.Name == name {
			return f.Values
		}
	}
	return nil
}

func (c *completion) variables(vars []lang.Variable) {
	for i := range vars {
		v := &vars[i]
		c.add(completionItem{Label: v.Name, Kind: kindVariable, Detail: typeOf(v), Documentation: markdown(aboutVariable(v.Name, v))}, v.Name)
	}
}

func (c *completion) functions() {
	for _, f := range c.lexicon.Functions() {
		c.add(completionItem{Label: f.Name, Kind: kindFunction, Detail: f.Calls()[0], Documentation: markdownOf(sentence(f.Doc))}, f.Name+"(")
	}
	for _, l := range lang.Loops() {
		c.add(completionItem{Label: l.Name, Kind: kindFunction, Detail: l.Call, Documentation: markdownOf(sentence(l.Doc))}, l.Name+"(")
	}
}

func markdownOf(text string) *markup {
	if text == "" {
		return nil
	}
	return markdown(text)
}

// first answers the beginning of a text, for one line.
func first(text string) string {
	const most = 60
	line, _, _ := strings.Cut(text, "\n")
	if r := []rune(line); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return line
}
