package strictyaml

import (
	"go.yaml.in/yaml/v4"
)

// A tree can be made of parts of several files: each part keeps its own file and place, so that what is wrong with it is
// told where it was written.

// Put answers a scalar of a YAML type, such as !!str, that stands in the place of n.
func (n Node) Put(tag, text string) Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text, Line: n.Line(), Column: n.Column()}
	if was := n.target(); was != nil && was.Kind == yaml.ScalarNode {
		y.Style = was.Style
	}
	return Node{file: n.file, yaml: y}
}

// PutMap answers a map of these pairs that stands in the place of n.
func (n Node) PutMap(pairs []Pair) Node {
	content := make([]Node, 0, 2*len(pairs))
	for _, p := range pairs {
		content = append(content, p.Key, p.Value)
	}
	return n.assemble(yaml.MappingNode, "!!map", content)
}

// PutList answers a list of these entries that stands in the place of n.
func (n Node) PutList(items []Node) Node { return n.assemble(yaml.SequenceNode, "!!seq", items) }

func (n Node) assemble(kind yaml.Kind, tag string, content []Node) Node {
	file := &File{name: n.file.name, lines: n.file.lines, parts: make(map[*yaml.Node]*File, len(content))}
	y := &yaml.Node{Kind: kind, Tag: tag, Line: n.Line(), Column: n.Column(), Content: make([]*yaml.Node, len(content))}
	for i, c := range content {
		y.Content[i] = c.yaml
		file.parts[c.yaml] = c.file
	}
	return Node{file: file, yaml: y}
}

// part answers an entry of n as a node of the file it was written in.
func (n Node) part(y *yaml.Node) Node {
	if file, ok := n.file.parts[y]; ok {
		return Node{file: file, yaml: y}
	}
	return Node{file: n.file, yaml: y}
}
