package lsp

import (
	"strings"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/rules/lang"
)

// view is a place in an open document, with all that is known around it.
type view struct {
	*project
	doc  *document
	kind fileKind
	// rules is the schema of the document.
	rules *schema
	at    point
}

func (d *desk) lookAt(p placeParams) (*view, error) {
	doc := d.document(p.TextDocument.URI)
	if doc == nil {
		return nil, failuref(codeInvalidParams, "%s is not open", p.TextDocument.URI)
	}
	if p.Position.Line < 0 || p.Position.Character < 0 {
		return nil, failuref(codeInvalidParams, "a position is not below 0")
	}
	if d.of[doc.path] == nil {
		d.examine(false)
	}
	v := &view{project: d.of[doc.path], doc: doc, at: doc.text.point(p.Position)}
	v.kind = kindOf(doc.path, v.config)
	v.rules = d.schemaOf(v)
	return v, nil
}

func (d *desk) schemaOf(v *view) *schema {
	switch v.kind {
	case configFile:
		if d.configSchema == nil {
			d.configSchema = readSchema(config.Schema())
		}
		return d.configSchema
	case testFile:
		if d.testSchema == nil {
			d.testSchema = readSchema(d.TestSchema)
		}
		return d.testSchema
	}
	return v.schema
}

// outlineOf answers the outline of a file of the view's project as it is now.
func (d *desk) outlineOf(v *view, path string) *outline {
	if doc := d.open[path]; doc != nil {
		return doc.outline()
	}
	if path == v.config {
		return outlineOf(newText(v.configured))
	}
	if o := v.outline(path); o != nil {
		return o
	}
	return newOutline(nil)
}

// files are those in which defines, calendars and rules are looked for: the document itself among them.
func (v *view) files() []string {
	if v.kind == ruleFile && v.texts[v.doc.path] == nil {
		return append([]string{v.doc.path}, v.names...)
	}
	return v.names
}

// declared is a name that a file gives to something.
type declared struct {
	name, path string
	outline    *outline
	entry      int
}

// declaredIn lists what stands under a key at the top of the rule files.
func (d *desk) declaredIn(v *view, key string) []declared {
	var all []declared
	for _, path := range v.files() {
		all = append(all, d.declaredBy(v, path, key)...)
	}
	return all
}

// configuredAs lists what stands under a key at the top of the configuration.
func (d *desk) configuredAs(v *view, key string) []declared {
	path := v.config
	if v.kind == configFile {
		path = v.doc.path
	}
	if path == "" {
		return nil
	}
	return d.declaredBy(v, path, key)
}

func (d *desk) declaredBy(v *view, path, key string) []declared {
	o := d.outlineOf(v, path)
	top := o.find(key)
	if top < 0 {
		return nil
	}
	var all []declared
	for _, i := range o.under(top) {
		if e := &o.entries[i]; !e.item {
			all = append(all, declared{e.key, path, o, i})
		}
	}
	return all
}

// text answers what stands behind a declared name, as it is written.
func (d *declared) text() string {
	if values := d.outline.values(d.entry); len(values) > 0 {
		return strings.Join(values, " and ")
	}
	return ""
}

// aim is what a place of a whole text points at.
type aim struct {
	meaning
	entry *entry
	path  []int
	// onKey says that it is the key of the entry, inExpression that it is in an expression, up to the end of the word.
	onKey, inExpression bool
	cursor
	// word is what stands there: a key, the last name of a chain, a text in quotes, or a whole value.
	word     string
	from, to point
}

// aimed finds out what a place points at; false where there is nothing to say about.
func (v *view) aimed() (aim, bool) {
	o := v.doc.outline()
	best := -1
	for i := range o.entries {
		e := &o.entries[i]
		if !e.item && !v.at.before(e.at) && !e.keyEnd.before(v.at) {
			return v.aimedAtKey(o, i), true
		}
		if e.from != e.to && !v.at.before(e.from) && !e.to.before(v.at) {
			best = i
		}
	}
	if best < 0 || v.rules == nil {
		return aim{}, false
	}
	return v.aimedAtValue(o, best)
}

func (v *view) aimedAtKey(o *outline, i int) aim {
	e := &o.entries[i]
	a := aim{entry: e, path: o.pathTo(i), onKey: true, word: e.key, from: e.at, to: e.keyEnd}
	if v.rules != nil {
		a.meaning = meaningOf(v.rules, v.lexicon, o, a.path, o)
	}
	return a
}

func (v *view) aimedAtValue(o *outline, i int) (aim, bool) {
	e := &o.entries[i]
	a := aim{entry: e, path: o.pathTo(i)}
	a.meaning = meaningOf(v.rules, v.lexicon, o, a.path, o)
	start := e.begin()
	if v.at.before(start) {
		return a, false
	}
	row := o.lines[v.at.line]
	if source, ok := a.source(o.between(start, v.at), e.style); ok {
		a.inExpression = true
		a.cursor = cursorAt(source)
		end := v.at.column
		for end < len(row) && (isName(row[end]) && row[end] != '.' || a.inString && !strings.ContainsRune("\"'`\\", row[end])) {
			end++
		}
		a.to = point{v.at.line, end}
		rest := string(row[v.at.column:end])
		if a.text += rest; a.inString {
			a.word = a.text
		} else {
			a.chain += rest
			_, a.word = splitChain(a.chain)
		}
		a.from = point{v.at.line, end - len([]rune(a.word))}
		return a, a.word != "" && a.from.column >= 0
	}
	a.word, a.from, a.to = o.value(i), start, e.to
	return a, a.word != "" && a.from.line == a.to.line
}

// begin answers where the text of a scalar begins, behind its quote.
func (e *entry) begin() point {
	switch e.style {
	case single, double:
		return point{e.from.line, e.from.column + 1}
	case block:
		return point{e.from.line + 1, 0}
	}
	return e.from
}

// source answers the expression that a value up to a place is in; false where it is none.
func (m *meaning) source(typed string, how style) (string, bool) {
	switch how {
	case double:
		typed = strings.ReplaceAll(typed, `\"`, `"`)
	case single:
		typed = strings.ReplaceAll(typed, "''", "'")
	}
	switch {
	case m.condition:
		return typed, true
	case m.template:
		return inTemplate(typed)
	}
	return "", false
}

// known are the names an expression at this place may read.
func (v *view) known(m *meaning) []lang.Variable {
	return append(v.lexicon.Variables(m.spot), inputsVariable(v.doc.outline())...)
}
