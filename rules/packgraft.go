package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

var (
	// wholeInput is a text that is nothing but an input; inputIn finds those within one.
	wholeInput = regexp.MustCompile(`^\s*\$\{\s*inputs\.([A-Za-z][A-Za-z0-9_]*)\s*\}\s*$`)
	inputIn    = regexp.MustCompile(`\$\{\s*inputs\.([A-Za-z][A-Za-z0-9_]*)\s*\}`)
	// mentioned is an input in an expression.
	inputMention = regexp.MustCompile(`\binputs\??\.([A-Za-z][A-Za-z0-9_]*)`)
)

// grafter puts values in the place of "${inputs.NAME}" in a rule. It does so in the places of values alone, never in
// those of expressions: there an input is a constant of the language.
type grafter struct {
	pack *pack
	// value answers what is put in at a place; missing where nothing is.
	value func(in *packInput, at strictyaml.Node) strictyaml.Node
	// open says whether the value of an input is not known yet.
	open func(in *packInput) bool
	// put says which input was put in where.
	put map[spot]*packInput
	// nodes counts what was looked at.
	nodes  int
	errors *strictyaml.Problems
}

func newGrafter(p *pack, value func(in *packInput, at strictyaml.Node) strictyaml.Node) *grafter {
	return &grafter{pack: p, value: value, open: func(*packInput) bool { return false }, put: map[spot]*packInput{}}
}

// spot is a place in a file.
type spot struct {
	file         string
	line, column int
}

func spotOf(n strictyaml.Node) spot { return spot{n.File().Name(), n.Line(), n.Column()} }

// The keys of a rule that take values, and those that are for people, where an input may stand amid a text.
func grafted() []string {
	return []string{"for", "every", "max", "cooldown", "mode", "rearm", "shadow", "backfill", "enabled"}
}

func forPeople() []string { return []string{"description", "owner", "runbook"} }

// rule answers a rule with the values in it.
func (g *grafter) rule(n strictyaml.Node) strictyaml.Node {
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		switch name := p.Key.Raw(); {
		case slices.Contains(grafted(), name):
			p.Value = g.plain(p.Value)
		case slices.Contains(forPeople(), name):
			p.Value = g.prose(p.Value)
		case name == "labels":
			p.Value = g.each(p.Value, g.prose)
		case name == "budget":
			p.Value = g.budget(p.Value)
		case name == "when":
			p.Value = g.keyed(p.Value, "schedule", "each")
		case name == "window":
			p.Value = g.keyed(p.Value, "last", "count")
		case name == "then" || name == "otherwise":
			p.Value = g.steps(p.Value)
		case name == "after":
			p.Value = g.ladder(p.Value)
		}
		return p
	})
}

// pairs answers a map with its pairs changed; the map itself where none was.
func (g *grafter) pairs(n strictyaml.Node, change func(strictyaml.Pair) strictyaml.Pair) strictyaml.Node {
	pairs, changed := n.Pairs(), false
	for i, p := range pairs {
		g.nodes += 2
		pairs[i] = change(p)
		changed = changed || pairs[i] != p
	}
	if !changed {
		return n
	}
	return n.PutMap(pairs)
}

// items answers a list with its entries changed; the list itself where none was.
func (g *grafter) items(n strictyaml.Node, change func(strictyaml.Node) strictyaml.Node) strictyaml.Node {
	items, changed := n.Items(), false
	for i, item := range items {
		g.nodes++
		items[i] = change(item)
		changed = changed || items[i] != item
	}
	if !changed {
		return n
	}
	return n.PutList(items)
}

func (g *grafter) each(n strictyaml.Node, change func(strictyaml.Node) strictyaml.Node) strictyaml.Node {
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		p.Value = change(p.Value)
		return p
	})
}

func (g *grafter) keyed(n strictyaml.Node, keys ...string) strictyaml.Node {
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		if slices.Contains(keys, p.Key.Raw()) {
			p.Value = g.plain(p.Value)
		}
		return p
	})
}

func (g *grafter) budget(n strictyaml.Node) strictyaml.Node {
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		if p.Key.Raw() == "digest" {
			p.Value = g.steps(p.Value)
		} else {
			p.Value = g.plain(p.Value)
		}
		return p
	})
}

func (g *grafter) steps(n strictyaml.Node) strictyaml.Node { return g.items(n, g.step) }

func (g *grafter) step(n strictyaml.Node) strictyaml.Node {
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		switch p.Key.Raw() {
		case "id", "if", "each": // names and expressions
		case "retry":
			p.Value = g.each(p.Value, g.plain)
		case "timeout", "continue":
			p.Value = g.plain(p.Value)
		case "on_error":
			p.Value = g.steps(p.Value)
		default:
			p.Value = g.argument(p.Value)
		}
		return p
	})
}

// ladder puts values in the rungs. Where they are not known yet they are taken to be in order.
func (g *grafter) ladder(n strictyaml.Node) strictyaml.Node {
	last := time.Duration(0)
	return g.pairs(n, func(p strictyaml.Pair) strictyaml.Pair {
		in := g.asked(p.Key)
		p.Key, p.Value = g.plain(p.Key), g.steps(p.Value)
		if in != nil && in.inputType.name == inputDuration && g.open(in) {
			p.Key = p.Key.Put("!!str", ifsev.FormatDuration(last+time.Millisecond))
		}
		if d, err := ifsev.ParseDuration(p.Key.Raw()); err == nil {
			last = d
		}
		return p
	})
}

// asked answers the input that a value consists of; nil where it does not, or there is no such input.
func (g *grafter) asked(n strictyaml.Node) *packInput {
	if m := wholeInput.FindStringSubmatch(n.Raw()); m != nil {
		return g.pack.input(m[1])
	}
	return nil
}

// plain puts a value in that is read as it is.
func (g *grafter) plain(n strictyaml.Node) strictyaml.Node {
	in := g.asked(n)
	if in == nil {
		g.unknown(n)
		return n
	}
	v, _ := g.graft(in, n)
	return v
}

// graft answers the value of an input, and the place itself where there is none: of a condition.
func (g *grafter) graft(in *packInput, at strictyaml.Node) (strictyaml.Node, bool) {
	v := g.value(in, at)
	if !v.Exists() {
		return at, false
	}
	g.put[spotOf(v)] = in
	for _, item := range v.Items() {
		g.put[spotOf(item)] = in
	}
	return v, true
}

// unknown reports an input there is not; of templates the language does.
func (g *grafter) unknown(n strictyaml.Node) {
	if m := wholeInput.FindStringSubmatch(n.Raw()); m != nil {
		hint := nearestOr(m[1], g.pack.inputNames(), "declare it under `inputs`")
		p := n.Problem(fmt.Sprintf("the pack %s has no input %q", g.pack.name, m[1]), hint)
		p.Code = codeUnknownInput
		g.errors.Add(p)
		g.put[spotOf(n)] = nil
	}
}

// prose puts values into a text for people.
func (g *grafter) prose(n strictyaml.Node) strictyaml.Node {
	if !strings.Contains(n.Raw(), "${") {
		return n
	}
	return n.Put("!!str", inputIn.ReplaceAllStringFunc(n.Raw(), func(asked string) string {
		in := g.pack.input(inputIn.FindStringSubmatch(asked)[1])
		if in == nil {
			return asked
		}
		v := g.value(in, n)
		if !v.Exists() {
			return asked
		}
		if items := v.Items(); v.Kind() == strictyaml.List {
			texts := make([]string, len(items))
			for i, item := range items {
				texts[i] = item.Raw()
			}
			return strings.Join(texts, ", ")
		}
		return v.Raw()
	}))
}

// argument puts values into an argument of an action, at any depth. What looks like a template in them is none.
func (g *grafter) argument(n strictyaml.Node) strictyaml.Node {
	switch n.Kind() {
	case strictyaml.List:
		return g.items(n, g.argument)
	case strictyaml.Map:
		return g.each(n, g.argument)
	case strictyaml.Scalar, strictyaml.Null, strictyaml.Missing:
	}
	in := g.asked(n)
	if in == nil {
		return n
	}
	v, ok := g.graft(in, n)
	if !ok {
		return n
	}
	return literal(v)
}

// literal answers a value that means itself where templates are read.
func literal(n strictyaml.Node) strictyaml.Node {
	if n.Kind() == strictyaml.List {
		items := n.Items()
		for i, item := range items {
			items[i] = literal(item)
		}
		return n.PutList(items)
	}
	if !strings.Contains(n.Raw(), "${") {
		return n
	}
	return n.Put(n.Tag(), strings.ReplaceAll(n.Raw(), "${", "$${"))
}
