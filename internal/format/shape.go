package format

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// shape says how the keys of a kind of map are ordered, and what is below them.
type shape struct {
	// order are the keys that are known; "*" is where all others stand. Without it others stay behind the key they
	// stood behind.
	order []string
	// keys are the shapes of the values by key, each that of all other values, or of the entries of a list.
	keys map[string]*shape
	each *shape
	// spaced puts one blank line between the items; apart names the keys that have one before them.
	spaced bool
	apart  []string
}

// ruleFile is the shape of a file of rules, in the order of docs/rules.md: what it is for people, when it looks, what
// it does.
func ruleFile() *shape {
	step := &shape{order: []string{"id", "*", "text", "each", "if", "timeout", "retry", "continue", "on_error"}}
	steps := &shape{each: step}
	step.keys = map[string]*shape{"on_error": steps, "retry": {order: []string{"min", "max", "max_age", "attempts"}}}
	rule := &shape{
		order: []string{
			"description", "owner", "labels", "runbook", "enabled", "shadow", "backfill",
			"when", "if", "window", "for", "every", "max", "rearm", "cooldown", "mode", "budget", "then", "after", "otherwise",
		},
		keys: map[string]*shape{
			"when": {order: []string{"schedule", "each"}}, "window": {order: []string{"by", "last", "count"}},
			"budget": {order: []string{"firings", "deliveries", "in", "per", "digest"}, keys: map[string]*shape{"digest": steps}},
			"then":   steps, "after": {each: steps}, "otherwise": steps,
		},
	}
	return &shape{
		order: []string{"pack", "description", "timezone", "inputs", "calendars", "define", "use", "rules", "silences"},
		keys: map[string]*shape{
			"rules":  {spaced: true, each: rule},
			"use":    {each: &shape{order: []string{"pack", "with"}}},
			"inputs": {each: &shape{order: []string{"type", "kind", "values", "min", "max", "default", "description"}}},
		},
		apart: []string{"use", "rules", "silences"},
	}
}

// testFile is the shape of a file of rule tests.
func testFile() *shape {
	line := &shape{order: []string{"at", "incident", "do", "post", "fired", "actions", "all_actions", "expect"}}
	test := &shape{
		order: []string{"start", "only", "incident", "incidents", "mock", "timeline"},
		keys:  map[string]*shape{"timeline": {each: line}},
	}
	return &shape{
		order: []string{"config", "rules", "use", "tests"},
		keys:  map[string]*shape{"tests": {spaced: true, each: test}},
		apart: []string{"tests"},
	}
}

// shapeOf tells the kinds of file apart by what is in them; a configuration keeps the order of its keys.
func shapeOf(root *node) *shape {
	switch rules := root.get("rules"); {
	case root.get("tests") != nil:
		return testFile()
	case rules != nil && rules.yaml.Kind == yaml.SequenceNode:
		return nil
	}
	return ruleFile()
}

// arrange puts the keys in order. Where anchors are used it does not: an alias must stay behind its anchor.
func (n *node) arrange(s *shape) {
	if s == nil || !n.collection() {
		return
	}
	n.spaced = s.spaced
	if s.order != nil && n.yaml.Kind == yaml.MappingNode && !n.anchored() {
		n.sort(s)
	}
	for i, it := range n.items {
		below := s.each
		if it.key != nil {
			if b := s.keys[it.key.yaml.Value]; b != nil {
				below = b
			}
			it.gap = it.gap || i > 0 && slices.Contains(s.apart, it.key.yaml.Value)
		}
		it.value.arrange(below)
	}
}

func (n *node) sort(s *shape) {
	rank := map[*item]int{}
	others := slices.Index(s.order, "*")
	before := -1
	for _, it := range n.items {
		at := slices.Index(s.order, it.key.yaml.Value)
		switch {
		case at >= 0:
			before = at
		case others >= 0:
			at = others
		default:
			at = before
		}
		rank[it] = at
	}
	slices.SortStableFunc(n.items, func(a, b *item) int { return rank[a] - rank[b] })
}
