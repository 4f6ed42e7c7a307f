package lsp

import (
	"path/filepath"
	"strings"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// document is an open buffer.
type document struct {
	uri string
	// path is the file it will be saved as; the URI where there is none yet.
	path    string
	version int
	text    *text
	// whole is the outline of the text; made when it is asked for.
	whole *outline
}

func newDocument(uri string, version int, content string) *document {
	d := &document{uri: uri, path: pathOf(uri), version: version, text: newText(content)}
	if d.path == "" {
		d.path = uri
	}
	return d
}

// change takes in edits in their order.
func (d *document) change(version int, changes []contentChange) {
	for _, c := range changes {
		d.text = d.text.edited(c)
	}
	d.version, d.whole = version, nil
}

// outline answers what the text holds; nothing of one that is too large to be checked.
func (d *document) outline() *outline {
	if d.whole == nil {
		d.whole = outlineOf(d.text)
	}
	return d.whole
}

func outlineOf(t *text) *outline {
	if len(t.whole) > strictyaml.MaxBytes {
		return newOutline(nil)
	}
	return newOutline(t.runes())
}

// fileKind says what a file is for.
type fileKind int

const (
	ruleFile fileKind = iota
	testFile
	configFile
)

// kindOf tells by its name what a file is; configured is the configuration file it belongs to.
func kindOf(path, configured string) fileKind {
	name := filepath.Base(path)
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	switch {
	case path == configured || name == config.DefaultFile:
		return configFile
	case strings.HasSuffix(stem, "_test"):
		return testFile
	}
	return ruleFile
}
