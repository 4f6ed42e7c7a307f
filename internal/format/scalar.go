package format

import (
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// keyText is a key on one line, up to its colon. A colon would be part of an alias's name.
func (n *node) keyText() string {
	if n.yaml.Kind == yaml.AliasNode {
		return n.flowScalar() + " "
	}
	return strings.TrimSpace(n.properties() + " " + n.flowScalar())
}

// flowScalar is a scalar on one line, in brackets.
func (n *node) flowScalar() string {
	y := n.yaml
	switch {
	case y.Kind == yaml.AliasNode:
		return "*" + y.Value
	case n.empty():
		return ""
	case len(n.raw) == 0, n.block():
		return strconv.Quote(y.Value)
	case y.Style&quotes == 0 && len(n.raw) == 1:
		return n.raw[0]
	case y.Style&quotes == 0 && !strings.Contains(y.Value, "\n"):
		return y.Value
	case len(n.raw) > 1:
		return strconv.Quote(y.Value)
	}
	return n.requoted(true)
}

// scalarLines is a scalar in a block, line by line: several where it was written on several.
func (n *node) scalarLines() []string {
	if n.yaml.Kind == yaml.AliasNode {
		return []string{"*" + n.yaml.Value}
	}
	if len(n.raw) == 0 {
		return []string{strconv.Quote(n.yaml.Value)}
	}
	if len(n.raw) > 1 {
		out := make([]string, len(n.raw))
		for i, line := range n.raw {
			out[i] = line
			if i > 0 {
				out[i] = strings.TrimLeft(line, " \t")
			}
			if !strings.HasSuffix(strings.TrimRight(out[i], " \t"), `\`) && i < len(n.raw)-1 {
				out[i] = strings.TrimRight(out[i], " \t")
			}
		}
		return out
	}
	if n.yaml.Style&quotes == 0 {
		return n.raw
	}
	return []string{n.requoted(false)}
}

// requoted writes a quoted text of one line: without quotes where they say nothing, otherwise with double ones unless
// it holds such.
func (n *node) requoted(flow bool) string {
	value := n.yaml.Value
	switch {
	case n.yaml.Style&yaml.TaggedStyle != 0:
	case plainText(value, flow):
		return value
	case n.yaml.Style&yaml.SingleQuotedStyle != 0 && !strings.ContainsAny(value, `"\`) && printable(value):
		return `"` + value + `"`
	}
	return n.raw[0]
}

// otherTypes are texts that YAML, of whatever version, may read as something else.
var otherTypes = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"}

// plainText reports whether a text means the same without quotes, and is read at a glance as text. What is doubtful
// keeps its quotes.
func plainText(text string, flow bool) bool {
	if text == "" || len(text) > maxPlain || !printable(text) || strings.HasSuffix(text, " ") {
		return false
	}
	for i, r := range text {
		switch {
		case i == 0 && !unicode.IsLetter(r):
			return false
		case strings.ContainsRune("#:{}[]\"\\`", r), flow && r == ',':
			return false
		}
	}
	for _, word := range otherTypes {
		if strings.EqualFold(word, text) {
			return false
		}
	}
	return true
}

// maxPlain bounds what may become a key: YAML reads none that is longer than 1024 characters.
const maxPlain = 512

func printable(text string) bool {
	for _, r := range text {
		if r != ' ' && !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
