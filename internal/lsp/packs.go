package lsp

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// addPacks reads the packs that the files use, wherever they lie. One that is not there is told of where it is used.
func (p *project) addPacks(open shelf) {
	p.called = map[string]string{}
	for _, user := range slices.Clone(p.names) {
		source := rules.Source{Name: user, Text: p.texts[user].whole}
		paths := rules.PackFiles(source)
		source.Name = p.shown(user)
		names := rules.PackFiles(source)
		if !filepath.IsAbs(user) || len(names) != len(paths) {
			continue
		}
		for i, path := range paths {
			if p.texts[path] == nil && !p.addPack(open, path) || p.called[path] != "" {
				continue
			}
			p.called[path] = names[i]
		}
	}
}

func (p *project) addPack(open shelf, path string) bool {
	text := open.pack(path)
	if text == nil {
		return false
	}
	p.texts[path], p.names = text, append(p.names, path)
	return true
}

// pack answers the file of a pack; nil where there is none.
func (s shelf) pack(path string) *text {
	if d := s[path]; d != nil {
		return d.text
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > strictyaml.MaxBytes {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return newText(string(content))
}

// input is one that a pack wants to be given, as its file says.
type input struct {
	name, kind, about string
	entry             int
}

// told says what the input is.
func (in *input) told() string {
	if in.about == "" {
		return in.kind
	}
	return in.kind + ": " + in.about
}

// inputsOf lists the inputs of a pack; none where the file is no pack.
func inputsOf(o *outline) []input {
	top := o.find("inputs")
	if top < 0 || o.find("pack") < 0 {
		return nil
	}
	var all []input
	for _, i := range o.under(top) {
		in := input{name: o.entries[i].key, entry: i}
		for _, key := range o.under(i) {
			switch o.entries[key].key {
			case "type":
				in.kind = o.value(key)
			case "description":
				in.about = o.value(key)
			}
		}
		all = append(all, in)
	}
	return all
}

// inputsVariable is what expressions of a pack know its inputs as.
func inputsVariable(o *outline) []lang.Variable {
	var fields []lang.Variable
	for _, in := range inputsOf(o) {
		fields = append(fields, lang.Variable{Name: in.name, Doc: in.about, Type: in.means()})
	}
	if fields == nil {
		return nil
	}
	return []lang.Variable{{Name: "inputs", Doc: "what the file that uses the pack has given", Type: lang.Map(fields...)}}
}

// means is what the input is in an expression.
func (in *input) means() lang.Type {
	switch in.kind {
	case "int", "severity":
		return lang.Int
	case "number":
		return lang.Float
	case "bool", "condition":
		return lang.Bool
	case "duration":
		return lang.Duration
	case "strings":
		return lang.List(lang.String)
	}
	return lang.String
}

// used answers the pack of a use, by the path of keys to something in it: its file and what it holds; false where there
// is none.
func (d *desk) used(v *view, keys []string) (string, *outline, bool) {
	if len(keys) < 3 || keys[0] != "use" || v.kind == configFile || !filepath.IsAbs(v.doc.path) {
		return "", nil, false
	}
	o := v.doc.outline()
	i := o.find("use", keys[1], "pack")
	if i < 0 || o.value(i) == "" {
		return "", nil, false
	}
	path := filepath.Clean(o.value(i))
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(v.doc.path), path)
	}
	text := d.open.pack(path)
	if text == nil {
		return "", nil, false
	}
	return path, outlineOf(text), true
}

// wanted lists the inputs that may be given where the keys lead to: below `with` of a use.
func (d *desk) wanted(v *view, keys []string) []input {
	_, o, ok := d.used(v, keys)
	if !ok || len(keys) != 3 || keys[2] != "with" {
		return nil
	}
	return inputsOf(o)
}

// packPlace answers where a pack lies, or where it declares the input that is meant.
func (d *desk) packPlace(v *view, a *aim) (location, bool) {
	keys := v.doc.outline().names(a.path)
	if before, name := splitChain(a.chain); a.inExpression && !a.inString && before == "inputs" {
		return inputPlace(v.doc.uri, v.doc.text, v.doc.outline(), name)
	}
	path, o, ok := d.used(v, keys)
	if !ok {
		return location{}, false
	}
	uri, text := uriOf(path), d.open.pack(path)
	if doc := d.open[path]; doc != nil {
		uri = doc.uri
	}
	switch {
	case len(keys) == 3 && keys[2] == "pack" && !a.onKey && text != nil:
		return location{uri, text.span(point{}, point{})}, true
	case len(keys) == 4 && keys[2] == "with" && a.onKey && text != nil:
		return inputPlace(uri, text, o, keys[3])
	}
	return location{}, false
}

func inputPlace(uri string, in *text, o *outline, name string) (location, bool) {
	for _, one := range inputsOf(o) {
		if one.name == name {
			e := &o.entries[one.entry]
			return location{uri, in.span(e.at, e.keyEnd)}, true
		}
	}
	return location{}, false
}
