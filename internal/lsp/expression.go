package lsp

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/ifsev/ifsev/rules/lang"
)

// cursor is what stands before a place in an expression, as far as it says what may follow.
type cursor struct {
	// chain is the name before the place, with what it is a field of: event.fr.
	chain string
	// inString says that the place is in a text in quotes, which holds text so far.
	inString bool
	text     string
	// call is the function around, place that of the argument.
	call  string
	place int
	// beside is the name a text is compared with, as in beside == "…" and beside in ["…"].
	beside string
}

// compared finds the name on the left of a comparison that goes on at its end.
var compared = regexp.MustCompile(`([A-Za-z_][\w.]*)(?:\(\))?\s*(?:==|!=|(?:not\s+)?in\s*\[(?:[^\]\[]*,)?)\s*$`)

// callOpen is a bracket that is open, with the name before it.
type callOpen struct {
	name string
	args int
}

// cursorAt reads an expression up to the place where it ends.
func cursorAt(source string) cursor {
	src, c := []rune(source), cursor{}
	var open []callOpen
	word := 0 // where the chain before the place begins
	for i := 0; i < len(src); i++ {
		r := src[i]
		if r == '"' || r == '\'' || r == '`' {
			end := stringEnd(src, i)
			if end < 0 {
				c.inString, c.text = true, string(src[i+1:])
				src = src[:i]
				word = i
				break
			}
			i, word = end, end+1
			continue
		}
		if isName(r) {
			continue
		}
		switch r {
		case '(', '[', '{':
			open = append(open, callOpen{name: string(src[word:i])})
		case ')', ']', '}':
			open = open[:max(len(open)-1, 0)]
		case ',':
			if len(open) > 0 {
				open[len(open)-1].args++
			}
		}
		word = i + 1
	}
	if len(open) > 0 {
		c.call, c.place = open[len(open)-1].name, open[len(open)-1].args
	}
	c.chain = string(src[word:])
	if m := compared.FindStringSubmatch(string(src[:word])); m != nil {
		c.beside = m[1]
	}
	return c
}

func isName(r rune) bool {
	return r == '_' || r == '.' || r == '#' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// stringEnd answers where a text in quotes ends; -1 where it does not.
func stringEnd(src []rune, i int) int {
	for end := i + 1; end < len(src); end++ {
		switch {
		case src[end] == '\\' && src[i] != '`':
			end++
		case src[end] == src[i]:
			return end
		}
	}
	return -1
}

// inTemplate answers the expression of the ${ } a text ends in, up to its end; false where it ends in none.
func inTemplate(typed string) (string, bool) {
	for {
		at := strings.Index(typed, "${")
		if at < 0 {
			return "", false
		}
		escaped := at > 0 && typed[at-1] == '$'
		typed = typed[at+2:]
		if escaped {
			continue
		}
		end := templateEnd([]rune(typed))
		if end < 0 {
			return typed, true
		}
		typed = string([]rune(typed)[end+1:])
	}
}

// templateEnd answers where the } of a ${ is; -1 where it is open.
func templateEnd(src []rune) int {
	depth := 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '"', '\'', '`':
			end := stringEnd(src, i)
			if end < 0 {
				return -1
			}
			i = end
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// variableOf follows a chain of names to what it means; nil where it means nothing that is known.
func variableOf(vars []lang.Variable, chain string) *lang.Variable {
	var found *lang.Variable
	for _, name := range strings.Split(chain, ".") {
		found = nil
		for i := range vars {
			if vars[i].Name == name {
				found = &vars[i] // the last of a name is the one that counts
			}
		}
		if found == nil {
			return nil
		}
		vars = lang.Fields(found.Type)
	}
	return found
}

// splitChain cuts a chain before its last name.
func splitChain(chain string) (before, last string) {
	i := strings.LastIndex(chain, ".")
	if i < 0 {
		return "", chain
	}
	return chain[:i], chain[i+1:]
}
