package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// places finds where rules stand in their files. The files are read again when the first place is asked for: most sets
// have nothing wrong with them.
type places struct {
	byName map[string]strictyaml.Pair
}

// of answers the name and the body of a rule.
func (p *places) of(set *rules.Set, name string) strictyaml.Pair {
	if p.byName == nil {
		p.byName = map[string]strictyaml.Pair{}
		for _, f := range set.Files() {
			file, _ := strictyaml.Parse(f.Name, []byte(f.Text)) // it has been read before
			if child(file.Root(), "pack").Key.Exists() {
				continue // what is wrong with its rules together lies where it is used
			}
			p.uses(set, file)
			for _, pair := range child(file.Root(), "rules").Value.Pairs() {
				p.byName[pair.Key.Raw()] = pair
			}
		}
	}
	return p.byName[name]
}

// uses places the rules of the packs that a file uses at the names of the uses.
func (p *places) uses(set *rules.Set, file *strictyaml.File) {
	for _, pair := range child(file.Root(), "use").Value.Pairs() {
		for _, r := range slices.Concat(set.Rules, set.Disabled) {
			if r.Use != nil && r.Use.Name == pair.Key.Raw() {
				p.byName[r.Name] = strictyaml.Pair{Key: pair.Key}
			}
		}
	}
}

func child(n strictyaml.Node, key string) strictyaml.Pair {
	for _, p := range n.Pairs() {
		if p.Key.Raw() == key {
			return p
		}
	}
	return strictyaml.Pair{}
}

// rule places something at the name of a rule.
func (r *report) rule(rule *rules.Rule, message, hint string) strictyaml.Problem {
	return r.places.of(r.set, rule.Name).Key.Problem(message, hint)
}

// key places something at a key of a rule, or at its name where it has no such key.
func (r *report) key(rule *rules.Rule, key, message, hint string) strictyaml.Problem {
	pair := r.places.of(r.set, rule.Name)
	if k := child(pair.Value, key).Key; k.Exists() {
		return k.Problem(message, hint)
	}
	return pair.Key.Problem(message, hint)
}

// rung places something at a rung of the ladder.
func (r *report) rung(rule *rules.Rule, g *rules.Rung, message, hint string) strictyaml.Problem {
	pair := r.places.of(r.set, rule.Name)
	for _, p := range child(pair.Value, "after").Value.Pairs() {
		if d, err := ifsev.ParseDuration(p.Key.Raw()); err == nil && d == g.Delay {
			return p.Key.Problem(message, hint)
		}
	}
	return pair.Key.Problem(message, hint)
}

// condition places something at a part of the condition.
func (r *report) condition(rule *rules.Rule, part lang.Part, message, hint string) strictyaml.Problem {
	pair := r.places.of(r.set, rule.Name)
	n := child(pair.Value, "if").Value
	switch n.Kind() {
	case strictyaml.Scalar:
		return n.ProblemAt(part.Offset, part.Length, message, hint)
	case strictyaml.List:
		if item, offset, ok := listed(n.Items(), part.Offset); ok {
			return item.ProblemAt(offset, part.Length, message, hint)
		}
	}
	return r.key(rule, "if", message, hint)
}

// listed finds the entry of a list of conditions, which are joined as (a\n) and (b\n), and the place in it.
func listed(items []strictyaml.Node, offset int) (strictyaml.Node, int, bool) {
	if len(items) == 1 {
		return items[0], offset, true
	}
	at := len("(")
	for _, item := range items {
		length := len([]rune(item.Raw()))
		if offset >= at && offset < at+length {
			return item, offset - at, true
		}
		at += length + len("\n) and (")
	}
	return strictyaml.Node{}, 0, false
}

// step places something at a key of a step; at the step where it has no such key.
func (r *report) step(rule *rules.Rule, s *rules.Step, key, message, hint string) strictyaml.Problem {
	pair := r.places.of(r.set, rule.Name)
	n := stepNode(pair.Value, s.Place)
	if !n.Exists() {
		return pair.Key.Problem(message, hint)
	}
	if k := child(n, key).Key; k.Exists() {
		return k.Problem(message, hint)
	}
	if pairs := n.Pairs(); len(pairs) > 0 {
		return pairs[0].Key.Problem(message, hint)
	}
	return n.Problem(message, hint)
}

// stepNode follows a place such as after[5m][1].on_error[0].
func stepNode(rule strictyaml.Node, place string) strictyaml.Node {
	main, fallback, inFallback := strings.Cut(place, ".on_error")
	key, rest, _ := strings.Cut(main, "[")
	list := child(rule, key).Value
	parts := strings.Split(strings.TrimSuffix(rest, "]"), "][")
	if list.Kind() == strictyaml.Map && len(parts) == 2 {
		list, parts = rungNode(list, parts[0]), parts[1:]
	}
	n := item(list, parts[len(parts)-1])
	if inFallback {
		n = item(child(n, "on_error").Value, strings.Trim(fallback, "[]"))
	}
	return n
}

func rungNode(ladder strictyaml.Node, delay string) strictyaml.Node {
	for _, p := range ladder.Pairs() {
		if d, err := ifsev.ParseDuration(p.Key.Raw()); err == nil && ifsev.FormatDuration(d) == delay {
			return p.Value
		}
	}
	return strictyaml.Node{}
}

func item(list strictyaml.Node, index string) strictyaml.Node {
	i, err := strconv.Atoi(index)
	if items := list.Items(); err == nil && i < len(items) {
		return items[i]
	}
	return strictyaml.Node{}
}

// named writes the names of rules for a message: a, b and c.
func named(all []*node) string {
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = fmt.Sprintf("%q", n.rule.Name)
	}
	return listing(names)
}

func listing(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
