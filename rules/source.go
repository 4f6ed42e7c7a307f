package rules

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// source is an expression and where in the file its characters stand: one scalar, or the entries of a list of which
// all must hold, joined with `and`.
type source struct {
	node   strictyaml.Node // the whole value
	text   string
	pieces []piece
}

// piece is a scalar whose text begins at the character at of the source.
type piece struct {
	node strictyaml.Node
	at   int
}

func scalarSource(n strictyaml.Node) source {
	return source{node: n, text: n.Raw(), pieces: []piece{{node: n}}}
}

// joined makes one source of the entries of a list. The line break before the bracket ends a comment in an entry.
func joined(list strictyaml.Node, items []strictyaml.Node) source {
	if len(items) == 1 {
		return scalarSource(items[0])
	}
	s := source{node: list}
	var b strings.Builder
	at := 0
	write := func(text string) {
		b.WriteString(text)
		at += utf8.RuneCountInString(text)
	}
	for i, item := range items {
		if i > 0 {
			write(" and ")
		}
		write("(")
		s.pieces = append(s.pieces, piece{item, at})
		write(item.Raw() + "\n)")
	}
	s.text = b.String()
	return s
}

// problems places the mistakes of the language in the file.
func (s source) problems(err error) strictyaml.Problems {
	return each(s.node, err, func(mistake *lang.Error) strictyaml.Problem {
		where := s.pieces[0]
		for _, p := range s.pieces {
			if p.at <= mistake.Offset {
				where = p
			}
		}
		return placed(where.node, mistake, mistake.Offset-where.at)
	})
}

// each places every mistake that an error of the language holds; any other error is about the node as a whole.
func each(n strictyaml.Node, err error, place func(*lang.Error) strictyaml.Problem) strictyaml.Problems {
	var first *lang.Error
	if !errors.As(err, &first) {
		return strictyaml.Problems{n.Problem(err.Error(), "")}
	}
	var problems strictyaml.Problems
	for _, mistake := range first.All() {
		problems.Add(place(mistake))
	}
	return problems
}

// mistaken places the mistakes of an expression in a scalar, which it begins so many characters behind the start of.
func mistaken(n strictyaml.Node, err error, before int) strictyaml.Problems {
	return each(n, err, func(mistake *lang.Error) strictyaml.Problem { return placed(n, mistake, mistake.Offset+before) })
}

// knownElsewhere says where a name is known that is not known in this place.
var knownElsewhere = map[string]string{
	"unknown name event":  "the event is known in rules that name its type under `when`",
	"unknown name error":  "the error is known in the steps of on_error alone",
	"unknown name steps":  "the outputs of steps are known in later steps alone",
	"unknown name rule":   "the rule is known in its steps alone",
	"unknown name item":   "the element is known in steps with `each` alone",
	"unknown name index":  "the place of the element is known in steps with `each` alone",
	"unknown name inputs": "the inputs are known in packs alone",
	"unknown name url":    "the address of the incident is known in steps alone",
}

// placed puts a mistake at a character of a scalar. An expression that ends too early was most likely cut by YAML.
func placed(n strictyaml.Node, mistake *lang.Error, offset int) strictyaml.Problem {
	hint := mistake.Hint
	if where, ok := knownElsewhere[mistake.Message]; ok {
		hint = where
	}
	if n.Comment() != "" && !n.Quoted() && offset >= utf8.RuneCountInString(strings.TrimSpace(n.Raw()))-1 {
		hint = "YAML cut it at ` #`, which begins a comment: put the expression in quotes, or write `it` instead of #"
	}
	return n.ProblemAt(offset, mistake.Length, mistake.Message, hint)
}

// condition reads the value of `if` or of a define: an expression or a list of them. Each is looked at by itself, so
// that every one that is wrong is reported. It is false where anything was.
func (l *loader) condition(n strictyaml.Node, check func(string) error) (source, bool) {
	items := n.Items()
	if n.Kind() != strictyaml.List {
		items = []strictyaml.Node{n}
	}
	ok := true
	for _, item := range items {
		ok = l.conditionItem(item, check) && ok
	}
	if len(items) == 0 {
		l.errors.Add(n.Problem("the list of conditions is empty", "write an expression such as severity == 1"))
		return source{}, false
	}
	if !ok {
		return source{}, false
	}
	s := joined(n, items)
	if len(items) > 1 {
		if err := check(s.text); err != nil {
			l.errors.Add(s.problems(err)...)
			return source{}, false
		}
	}
	return s, true
}

func (l *loader) conditionItem(n strictyaml.Node, check func(string) error) bool {
	if foreignTag(n) {
		return false // said already: YAML swallowed `!x`
	}
	switch n.Kind() {
	case strictyaml.Scalar:
	case strictyaml.Missing, strictyaml.Null:
		l.errors.Add(n.Problem("the condition is empty", "write an expression such as severity == 1; an expression that begins with # needs quotes"))
		return false
	default:
		l.errors.Add(n.Problem("a condition is one expression, or a list of them", mapHint(n)))
		return false
	}
	if strings.TrimSpace(n.Raw()) == "" {
		l.errors.Add(n.Problem("the condition is empty", "write an expression such as severity == 1"))
		return false
	}
	if before, _, found := strings.Cut(n.Raw(), "${"); found {
		l.errors.Add(n.ProblemAt(utf8.RuneCountInString(before), 2, "a condition is an expression already; ${ } belongs in the texts of steps", "write it without ${ and }: severity == 1"))
		return false
	}
	if !l.affords(n) {
		return false
	}
	if err := check(n.Raw()); err != nil {
		l.errors.Add(scalarSource(n).problems(err)...)
		return false
	}
	return true
}

// mapHint says how an expression came to be a map or a list.
func mapHint(n strictyaml.Node) string {
	if pairs := n.Pairs(); len(pairs) > 0 && strings.Contains(pairs[0].Key.Raw(), "?") {
		return "YAML makes a key of what stands before `: `: put the whole expression in quotes"
	}
	return "put it in quotes if it begins with a bracket or a brace"
}

// foreignTag reports whether YAML read the beginning of a value as a tag, which is reported when the file is parsed.
func foreignTag(n strictyaml.Node) bool {
	return n.Kind() == strictyaml.Scalar && strings.HasPrefix(n.Tag(), "!") && !strings.HasPrefix(n.Tag(), "!!")
}
