package lsp

import (
	"maps"
	"slices"
)

// desk holds what is open, and what has been found in it.
type desk struct {
	Options
	open     shelf
	projects map[string]*project
	// of says with what each open document was last checked.
	of map[string]*project
	// shown is what the client was last told of each file, by URI.
	shown map[string]publishDiagnostics
	// dirty says that a document has changed, stale that files on the disk may have.
	dirty, stale bool
	publish      func(publishDiagnostics) error
	testSchema   *schema
	configSchema *schema
}

func newDesk(o Options) *desk {
	return &desk{
		Options: o, open: shelf{}, projects: map[string]*project{}, of: map[string]*project{}, shown: map[string]publishDiagnostics{},
	}
}

func (d *desk) didOpen(p openParams) error {
	doc := newDocument(p.TextDocument.URI, p.TextDocument.Version, p.TextDocument.Text)
	d.open[doc.path] = doc
	d.dirty = true
	return nil
}

func (d *desk) didChange(p changeParams) error {
	doc := d.document(p.TextDocument.URI)
	if doc == nil {
		return failuref(codeInvalidParams, "%s is not open", p.TextDocument.URI)
	}
	doc.change(p.TextDocument.Version, p.ContentChanges)
	d.dirty = true
	return nil
}

func (d *desk) didClose(p closeParams) error {
	doc := d.document(p.TextDocument.URI)
	if doc == nil {
		return failuref(codeInvalidParams, "%s is not open", p.TextDocument.URI)
	}
	delete(d.open, doc.path)
	delete(d.of, doc.path)
	d.dirty = true
	return nil
}

func (d *desk) document(uri string) *document {
	if doc := d.open[pathOf(uri)]; doc != nil {
		return doc
	}
	return d.open[uri]
}

// flush checks again what has changed, and tells the client what is different now.
func (d *desk) flush() error {
	if !d.dirty && !d.stale {
		return nil
	}
	d.examine(d.stale)
	d.dirty, d.stale = false, false
	now := d.diagnostics()
	for _, uri := range slices.Sorted(maps.Keys(d.shown)) {
		if _, still := now[uri]; !still {
			delete(d.shown, uri)
			if err := d.publish(publishDiagnostics{URI: uri, Diagnostics: []diagnostic{}}); err != nil {
				return err
			}
		}
	}
	for _, uri := range slices.Sorted(maps.Keys(now)) {
		if same(d.shown[uri], now[uri]) {
			continue
		}
		d.shown[uri] = now[uri]
		if err := d.publish(now[uri]); err != nil {
			return err
		}
	}
	return nil
}

func same(a, b publishDiagnostics) bool {
	versions := a.Version == nil && b.Version == nil || a.Version != nil && b.Version != nil && *a.Version == *b.Version
	return a.URI == b.URI && versions && slices.Equal(a.Diagnostics, b.Diagnostics)
}

// examine looks at every project of an open document. One of which nothing has changed is taken as it was.
func (d *desk) examine(again bool) {
	projects := map[string]*project{}
	for _, path := range slices.Sorted(maps.Keys(d.open)) {
		p := projectOf(&d.Options, d.open, d.open[path])
		key := p.key()
		if projects[key] == nil {
			before := d.projects[key]
			p.load(&d.Options, d.open)
			if before != nil && !again && p.sameAs(before) {
				p = before
			} else {
				p.learn(before)
				p.check()
			}
			projects[key] = p
		}
		d.of[path] = projects[key]
	}
	d.projects = projects
}

// diagnostics is what the client should see, by URI: of every open file of a project, and of every other with mistakes.
func (d *desk) diagnostics() map[string]publishDiagnostics {
	all := map[string]publishDiagnostics{}
	for _, key := range slices.Sorted(maps.Keys(d.projects)) {
		p := d.projects[key]
		for path, found := range p.found {
			doc := d.open[path]
			if doc == nil && len(found) == 0 {
				continue
			}
			one := publishDiagnostics{URI: uriOf(path), Diagnostics: []diagnostic{}}
			if doc != nil {
				version := doc.version
				one.URI, one.Version = doc.uri, &version
			}
			for _, f := range found {
				one.Diagnostics = append(one.Diagnostics, f.diagnostic(d.textOf(p, path)))
			}
			if _, twice := all[one.URI]; !twice {
				all[one.URI] = one
			}
		}
	}
	return all
}

// textOf answers the text of a file of a project, its configuration among them.
func (d *desk) textOf(p *project, path string) *text {
	if doc := d.open[path]; doc != nil {
		return doc.text
	}
	if t := p.texts[path]; t != nil {
		return t
	}
	if path == p.config {
		return newText(p.configured)
	}
	return newText("")
}

// diagnostic is a finding as the client shows it. One without a place stands at the first line.
func (f *finding) diagnostic(t *text) diagnostic {
	out := diagnostic{Severity: f.severity, Code: f.Code, Source: "ifsev", Message: f.Message}
	if f.Hint != "" {
		out.Message += "\nhint: " + f.Hint
	}
	line := max(f.Line-1, 0)
	from, to := point{line, 0}, point{line, len([]rune(t.line(line)))}
	if f.Line > 0 && f.Column > 0 {
		from.column = f.Column - 1
		if line == 0 && len(t.whole) > 2 && t.whole[:3] == "\ufeff" {
			from.column++ // which no problem counts
		}
		to.column = from.column + max(f.Length, 1)
		if from.column > 0 && from.column >= len([]rune(t.line(line))) {
			from.column-- // behind the end there is nothing to mark
		}
	}
	out.Range = t.span(from, to)
	return out
}
