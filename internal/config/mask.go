package config

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// masker takes secrets that stand in a file, though they must not, out of everything that is shown about it.
type masker struct {
	// literals are the secrets, their lines, and the beginnings that a message may show of a long one.
	literals []string
	// spans are the places where they stand.
	spans []span
}

// span is a part of a line: columns from 1, to is the first that is not hidden; 0 means the whole rest.
type span struct{ line, from, to int }

// hide hides every literal scalar in a node.
func (m *masker) hide(n strictyaml.Node) {
	for _, item := range n.Items() {
		m.hide(item)
	}
	for _, p := range n.Pairs() {
		m.hide(p.Value)
	}
	if n.Kind() != strictyaml.Scalar || strings.Contains(n.Raw(), "${") {
		return
	}
	text := []rune(n.Raw())
	last, end := n.PositionOf(len(text))
	if n.Quoted() {
		end++
	}
	if last == n.Line() && end <= n.Column() {
		last, end = n.Line(), 0 // the place of its end is not known
	}
	for line := n.Line(); line <= last; line++ {
		s := span{line: line, from: 1}
		if line == n.Line() {
			s.from = n.Column()
		}
		if line == last {
			s.to = end
		}
		m.spans = append(m.spans, s)
	}
	m.remember(n.Raw())
}

// hideUnknown hides what stands under a key that is not one of the harmless ones: a misspelt `tokn` holds a secret
// too. Where a map should stand and a text does, that is hidden as well.
func (m *masker) hideUnknown(n strictyaml.Node, harmless ...string) {
	if n.Kind() != strictyaml.Map {
		m.hide(n)
	}
	for _, p := range n.Pairs() {
		if !slices.Contains(harmless, p.Key.Raw()) {
			m.hide(p.Value)
		}
	}
}

// hideLines hides the values of lines that may hold a secret in problems of YAML itself, where nothing is known yet of
// what is a value and what is not.
func (m *masker) hideLines(ps strictyaml.Problems) {
	for _, p := range ps {
		lower := strings.ToLower(p.Source)
		suspicious := slices.ContainsFunc([]string{"token", "secret", "password", "key", "sign", "auth", "://"}, func(word string) bool {
			return strings.Contains(lower, word)
		})
		if name, _, found := strings.Cut(p.Source, ":"); found && suspicious {
			m.spans = append(m.spans, span{line: p.Line, from: len([]rune(name)) + 2})
		}
	}
}

// remember hides a text wherever a message repeats it. What is shorter than a word is no secret worth a hole in one.
func (m *masker) remember(text string) {
	const shown = 40 // as much as strictyaml shows of a value
	parts := append([]string{text}, strings.Split(text, "\n")...)
	if runes := []rune(text); len(runes) > shown {
		parts = append(parts, string(runes[:shown]))
	}
	for _, p := range parts {
		if len(p) > 3 && !slices.Contains([]string{"true", "false", "none", "null"}, p) {
			m.literals = append(m.literals, p)
		}
	}
}

// mask changes the problems; stars keep every column in its place.
func (m *masker) mask(ps strictyaml.Problems) {
	for i := range ps {
		p := &ps[i]
		for _, s := range m.spans {
			if s.line == p.Line {
				p.Source = stars(p.Source, s.from, s.to)
			}
		}
		for _, text := range m.literals {
			with := strings.Repeat("*", len([]rune(text)))
			p.Message, p.Hint = strings.ReplaceAll(p.Message, text, with), strings.ReplaceAll(p.Hint, text, with)
		}
	}
}

func stars(line string, from, to int) string {
	runes := []rune(line)
	if to == 0 || to > len(runes)+1 {
		to = len(runes) + 1
	}
	for i := from - 1; i < to-1; i++ {
		if runes[i] != ' ' {
			runes[i] = '*'
		}
	}
	return string(runes)
}
