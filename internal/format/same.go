package format

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// same holds what was written against what was read: every value, type, anchor and comment.
func same(name string, doc *document, out string) error {
	again, err := read(name, out)
	if err != nil {
		return fmt.Errorf("it would not be read any more: %w", err)
	}
	if !slices.Equal(texts(doc.comments), texts(again.comments)) {
		return errors.New("a comment would be lost")
	}
	switch {
	case doc.root == nil && again.root == nil:
		return nil
	case doc.root == nil, again.root == nil, !sameValue(doc.root.yaml, again.root.yaml):
		return errors.New("a value would change")
	}
	return nil
}

func texts(comments []comment) []string {
	out := make([]string, len(comments))
	for i, c := range comments {
		out[i] = c.text
	}
	slices.Sort(out)
	return out
}

// sameValue compares two values; the order of keys does not count.
func sameValue(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, sameValue)
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(b.Content); i += 2 {
		values[b.Content[i].Value] = b.Content[i+1]
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		other, ok := values[a.Content[i].Value]
		if !ok || !sameValue(a.Content[i+1], other) {
			return false
		}
	}
	return true
}
