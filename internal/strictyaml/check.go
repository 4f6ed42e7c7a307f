package strictyaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checker looks at every node once per place it is used in: keys, tags, depth, and the size with aliases written out.
type checker struct {
	file     *File
	problems Problems
	open     map[*yaml.Node]bool
	nodes    int
	stopped  bool
}

// maxProblems is how many problems of YAML itself are worth telling at once.
const maxProblems = 100

func (c *checker) check(n *yaml.Node, depth int) {
	if c.stopped {
		return
	}
	c.nodes++
	switch {
	case len(c.problems) >= maxProblems:
		c.stopped = true
	case c.nodes > MaxNodes:
		c.stop(n, "with its aliases written out the file is too large", "use fewer aliases")
	case depth >= MaxDepth && n.Kind != yaml.ScalarNode:
		c.stop(n, fmt.Sprintf("nested deeper than %d levels", MaxDepth), "")
	case n.Kind == yaml.AliasNode:
		c.alias(n, depth)
	default:
		c.tag(n)
		if n.Kind == yaml.MappingNode {
			c.keys(n)
		}
		c.open[n] = true
		for _, child := range n.Content {
			c.check(child, depth+1)
		}
		delete(c.open, n)
	}
}

func (c *checker) alias(n *yaml.Node, depth int) {
	if c.open[n.Alias] {
		c.stop(n, fmt.Sprintf("the alias *%s stands inside of what it stands for", n.Value), "write the value out")
		return
	}
	c.check(n.Alias, depth)
}

func (c *checker) stop(n *yaml.Node, message, hint string) {
	c.stopped = true
	c.report(n, message, hint)
}

func (c *checker) report(n *yaml.Node, message, hint string) {
	c.problems.Add(Node{file: c.file, yaml: n}.Problem(message, hint))
}

// keys reports keys that are no text or stand twice.
func (c *checker) keys(n *yaml.Node) {
	seen := map[string]int{}
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if len(c.problems) >= maxProblems {
			return
		}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch line := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			c.report(n.Content[i], "a key must be a word", "put text that holds brackets or braces in quotes")
		case key.Tag == "!!merge":
			merges = true
			c.report(key, "the merge key << is not supported", "write the keys out, or give the whole value an anchor")
		case line > 0:
			c.report(n.Content[i], fmt.Sprintf("the key %q stands here twice; the first is in line %d", key.Value, line), "keep one of them")
		default:
			seen[key.Value] = key.Line
		}
	}
	if merges {
		c.merge(n, seen)
	}
}

// merge puts the keys in that a refused << stands for, so that nobody is told that they are missing too.
func (c *checker) merge(n *yaml.Node, seen map[string]int) {
	var content []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag != "!!merge" {
			content = append(content, key, value)
			continue
		}
		from := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			from = value.Content
		}
		for _, m := range from {
			content = append(content, c.merged(n, m, seen)...)
		}
	}
	n.Content = content
}

// merged answers the keys and values of a map that another has not seen.
func (c *checker) merged(into, from *yaml.Node, seen map[string]int) []*yaml.Node {
	if from.Kind == yaml.AliasNode {
		from = from.Alias
	}
	if from.Kind != yaml.MappingNode || from == into || c.open[from] {
		return nil
	}
	var content []*yaml.Node
	for i := 0; i+1 < len(from.Content); i += 2 {
		key := from.Content[i]
		if key.Kind == yaml.ScalarNode && key.Tag != "!!merge" && seen[key.Value] == 0 {
			seen[key.Value] = key.Line
			content = append(content, key, from.Content[i+1])
		}
	}
	return content
}

// tag reports tags of other programs. `!x` above all: YAML reads an empty value with the tag !x.
func (c *checker) tag(n *yaml.Node) {
	if knownTag(n.Tag) {
		return
	}
	word := strings.TrimPrefix(n.Tag, "!")
	rest := strings.TrimSpace(word + " " + n.Value)
	hint := "put the value in quotes, or remove the tag"
	if n.Kind == yaml.ScalarNode && !strings.HasPrefix(word, "!") {
		hint = fmt.Sprintf("to negate a condition write `not %s`", rest)
	}
	p := Node{file: c.file, yaml: n}.Problem(fmt.Sprintf("YAML reads %s as a tag, not as part of the value", n.Tag), hint)
	p.Length = len([]rune(n.Tag))
	c.problems.Add(p)
}

func knownTag(tag string) bool {
	switch tag {
	case "", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge":
		return true
	}
	return false
}
