package format

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Width is how many characters a line in flow style may take; what is longer is written as a block.
const Width = 100

// Source answers the text in the one layout, ending in a line break; an empty text stays empty. Text that is no YAML
// is a strictyaml.Problems. The line breaks are CR LF where all of the text's are, otherwise LF; a byte order mark goes.
func Source(name string, text []byte) ([]byte, error) {
	clean, crlf := breaks(string(text))
	doc, err := read(name, clean)
	if err != nil {
		return nil, err
	}
	out := doc.print()
	if err := same(name, doc, out); err != nil {
		return nil, fmt.Errorf("%s: not formatted, because %w; please report it with the file", name, err)
	}
	if crlf {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return []byte(out), nil
}

// breaks makes every line break LF, and reports whether all of them were CR LF.
func breaks(text string) (clean string, crlf bool) {
	text = strings.TrimPrefix(text, "\ufeff")
	n := strings.Count(text, "\r\n")
	crlf = n > 0 && n == strings.Count(text, "\n") && n == strings.Count(text, "\r")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), crlf
}

// document is a file that was read.
type document struct {
	root     *node // nil where there is nothing but comments
	comments []comment
	// header are the comments that stay at the top, whatever comes below.
	header []string
}

// read reads the tree with its comments.
func read(name, text string) (*document, error) {
	if _, problems := strictyaml.Parse(name, []byte(text)); len(problems) > 0 {
		return nil, problems
	}
	if at := directive(text); at > 0 {
		return nil, strictyaml.Problems{{File: name, Line: at, Column: 1, Message: "this is a directive to other programs", Hint: "remove the line: rules are YAML 1.2"}}
	}
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	r := newReader(text)
	doc := &document{}
	if tree != nil {
		if tree.Kind != yaml.MappingNode && tree.Kind != yaml.SequenceNode {
			return nil, strictyaml.Problems{{File: name, Line: tree.Line, Column: tree.Column, Message: "a file is a map of `key: value` lines", Hint: "begin with rules: or tests:"}}
		}
		doc.root = r.node(tree, nil)
	}
	r.gapTo(place{len(r.lines) + 1, 1})
	doc.comments = r.comments
	doc.attach(r)
	return doc, nil
}

// directive answers the line of a %YAML or %TAG before the document, or 0.
func directive(text string) int {
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "%"):
			return i + 1
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "#"):
			return 0
		}
	}
	return 0
}

// parse answers the root of the document, nil where there is none. The text is known to be good.
func parse(text string) (*yaml.Node, error) {
	var doc yaml.Node
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if err := loader.Load(&doc); err != nil || len(doc.Content) == 0 {
		return nil, ignoreEmpty(err)
	}
	return doc.Content[0], nil
}

func ignoreEmpty(err error) error {
	var le *yaml.LoadError
	if errors.As(err, &le) {
		return err
	}
	return nil // the end of an empty text
}
