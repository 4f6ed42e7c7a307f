package analysis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// loop is a set of rules of which each can be set off by another, for ever.
type loop struct {
	nodes []*node
	edges map[*node][]edge
	pace  pace
}

// maxSplits bounds the search for rules that exclude one another; beyond it a loop is reported as it was found.
const maxSplits = 40

// findLoops answers every set of rules that may set each other off for ever: first those that do it at once, then
// those in which time passes.
func (m *model) findLoops() []loop {
	// What is in shadow does nothing, so nothing follows from it.
	starts := slices.DeleteFunc(m.startable(), func(n *node) bool { return n.rule.Shadow })
	var found []loop
	for _, p := range []pace{atOnce, inTime} {
		search := searcher{model: m, pace: p}
		search.split(starts)
		for _, l := range search.found {
			if p == atOnce || l.passesTime() && !coveredBy(l, found) {
				found = append(found, l)
			}
		}
	}
	return found
}

// startable leaves out the rules that nothing from outside leads to.
func (m *model) startable() []*node {
	reached, rest := []*node{}, []*node{}
	for _, n := range m.nodes {
		switch {
		case !n.facts.Possible():
		case n.comesFromOutside():
			reached = append(reached, n)
		default:
			rest = append(rest, n)
		}
	}
	if len(rest) == 0 {
		return reached
	}
	s := m.newState(m.nodes, ever)
	for i := 0; i < len(reached) && len(rest) > 0; i++ {
		signals := s.signals(reached[i])
		rest = slices.DeleteFunc(rest, func(n *node) bool {
			_, leads := s.edge(reached[i], n, signals)
			if leads {
				reached = append(reached, n)
			}
			return leads
		})
	}
	slices.SortFunc(reached, func(a, b *node) int { return a.at - b.at })
	return reached
}

// coveredBy tells whether a loop adds nothing to those found before.
func coveredBy(l loop, found []loop) bool {
	return slices.ContainsFunc(found, func(f loop) bool {
		return !slices.ContainsFunc(f.nodes, func(n *node) bool { return !slices.Contains(l.nodes, n) })
	})
}

// passesTime tells whether there is a wait on the way round.
func (l *loop) passesTime() bool {
	for _, edges := range l.edges {
		if slices.ContainsFunc(edges, func(e edge) bool { return e.waits }) {
			return true
		}
	}
	return false
}

// elsewhere tells whether the loop leads from one incident to the next.
func (l *loop) elsewhere() bool {
	for _, edges := range l.edges {
		if slices.ContainsFunc(edges, func(e edge) bool { return e.elsewhere }) {
			return true
		}
	}
	return false
}

// failing tells whether the loop goes on only if something goes wrong each time.
func (l *loop) failing() bool {
	for _, n := range l.nodes {
		if len(l.edges[n]) > 0 && !slices.ContainsFunc(l.edges[n], func(e edge) bool { return !e.failing }) {
			return true
		}
	}
	return false
}

// searcher looks for the sets of rules that can go on for ever at one pace.
type searcher struct {
	*model
	pace   pace
	splits int
	seen   map[string]bool
	found  []loop
}

// split finds the loops among some rules. The rules that fire for ever in any history are a set in which each is set
// off by another of the set, with changes that the set itself takes back; and they all hold with the values that none
// of them changes. So what has no cause within the set is left out until nothing changes any more, and of two rules
// that exclude one another one is left out, each in turn.
func (w *searcher) split(nodes []*node) bool {
	s := w.sustained(nodes)
	if s == nil || w.visited(s.nodes) {
		return s != nil
	}
	edges := s.edges()
	groups := cyclic(len(s.nodes), func(i int) []int { return indices(s.nodes, edges[s.nodes[i]]) })
	found := false
	for _, g := range groups {
		if len(g) < len(s.nodes) && w.splits < maxSplits {
			w.splits++
			found = w.split(pickNodes(s.nodes, g)) || found
		}
	}
	if found || w.exclusive(s) {
		return true
	}
	for _, g := range groups {
		l := loop{nodes: pickNodes(s.nodes, g), edges: map[*node][]edge{}, pace: w.pace}
		for _, n := range l.nodes {
			l.edges[n] = slices.DeleteFunc(slices.Clone(edges[n]), func(e edge) bool { return !slices.Contains(l.nodes, e.to) })
		}
		w.found = append(w.found, l)
	}
	return len(groups) > 0
}

// visited tells whether these rules have been looked at.
func (w *searcher) visited(nodes []*node) bool {
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	key := named(nodes)
	was := w.seen[key]
	w.seen[key] = true
	return was
}

// exclusive looks for two rules that cannot both go on, and searches without the one and without the other.
func (w *searcher) exclusive(s *state) bool {
	if s.declares {
		return false // each may hold on an incident of its own
	}
	for i, a := range s.nodes {
		for _, b := range s.nodes[i+1:] {
			if w.splits >= maxSplits || s.frozen[a].And(s.frozen[b]).Possible() {
				continue
			}
			w.splits++
			w.split(except(s.nodes, a))
			w.split(except(s.nodes, b))
			return true
		}
	}
	return false
}

func except(nodes []*node, n *node) []*node {
	return slices.DeleteFunc(slices.Clone(nodes), func(m *node) bool { return m == n })
}

func pickNodes(nodes []*node, at []int) []*node {
	out := make([]*node, len(at))
	for i, j := range at {
		out[i] = nodes[j]
	}
	return out
}

func indices(nodes []*node, edges []edge) []int {
	out := make([]int, len(edges))
	for i, e := range edges {
		out[i] = slices.Index(nodes, e.to)
	}
	return out
}

// sustained takes away what has no cause among the rest until nothing changes; nil where nothing is left.
func (w *searcher) sustained(nodes []*node) *state {
	for len(nodes) > 0 {
		if fewer := w.answered(nodes); len(fewer) < len(nodes) {
			nodes = fewer
			continue
		}
		s := w.newState(nodes, w.pace)
		kept := slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool { return !s.returns(n) })
		if len(kept) == len(nodes) {
			caused := map[*node]bool{}
			for _, edges := range s.edges() {
				for _, e := range edges {
					caused[e.to] = true
				}
			}
			kept = slices.DeleteFunc(kept, func(n *node) bool { return !caused[n] })
		}
		if len(kept) == len(nodes) {
			return s
		}
		nodes = kept
	}
	return nil
}

// answered keeps the rules that some rule makes an event for, or changes a variable of: a quick look that spares most
// sets the long one.
func (w *searcher) answered(nodes []*node) []*node {
	told, touched := map[ifsev.EventType]bool{ifsev.RuleFired: true, ifsev.HeldBack: true, ifsev.WindowFilled: true}, map[string]bool{}
	reopens, declares := false, false
	for _, n := range nodes {
		for _, e := range n.effects {
			for _, t := range e.tells {
				told[t] = true
				reopens = reopens || t == ifsev.Reopened
			}
			for _, name := range e.touches {
				touched[name] = true
			}
			told[ifsev.Declared] = told[ifsev.Declared] || e.declares
			declares = declares || e.declares
		}
		each(n.rule, func(_ branch, s *rules.Step) {
			told[ifsev.ActionFailed] = true
			told[ifsev.Delivered] = told[ifsev.Delivered] || leaves(s)
		})
	}
	written := slices.Collect(maps.Keys(touched))
	return slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool {
		if n.onEvent() {
			return !slices.ContainsFunc(ifsev.EventTypes(), func(t ifsev.EventType) bool { return told[t] && n.wants(t) })
		}
		never := n.rule.Rearm == rules.RearmNever && !declares || n.rule.Rearm == rules.RearmEpisode && !reopens && !declares
		return never || !reopens && !declares && !slices.ContainsFunc(n.subjects, func(about lang.Subject) bool {
			return slices.ContainsFunc(about.Reads, func(r string) bool { return overlaps(written, r) })
		})
	})
}

// path is the shortest way from the first rule of the loop back to it.
func (l *loop) path() []edge {
	start := l.nodes[0]
	type walk struct {
		at   *node
		path []edge
	}
	seen := map[*node]bool{}
	for queue := []walk{{at: start}}; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		for _, e := range l.edges[w.at] {
			if e.to == w.at && len(l.nodes) > 1 {
				continue // the way round says more
			}
			path := append(slices.Clip(w.path), e)
			if e.to == start {
				return path
			}
			if !seen[e.to] {
				seen[e.to] = true
				queue = append(queue, walk{e.to, path})
			}
		}
	}
	return nil
}

// story writes the path: a -> b (severity_changed) -> a (status).
func (l *loop) story() string {
	var b strings.Builder
	b.WriteString(l.nodes[0].rule.Name)
	for _, e := range l.path() {
		fmt.Fprintf(&b, " -> %s (%s)", e.to.rule.Name, strings.Join(e.via, ", "))
	}
	return b.String()
}

const codeLoop = "loop"

// loops reports rules that set each other off for ever: an error where it has been seen to happen, else a warning.
func loops(r *report) {
	w := newWitness(r.model)
	for _, l := range r.findLoops() {
		first, hint := l.nodes[0].rule, l.hint()
		seen, proven := w.seen(&l)
		switch {
		case proven:
			r.fail(r.rule(first, l.title("", "without end")+": "+l.story()+"; "+seen, hint), codeLoop)
		case l.failing():
			r.warn(r.rule(first, l.title("may ", "as long as something fails")+": "+l.story(), hint), codeLoop)
		default:
			r.warn(r.rule(first, l.title("may ", "without end, as far as can be seen")+": "+l.story(), hint), codeLoop)
		}
	}
}

// title says what happens; may is "may " where it is not certain.
func (l *loop) title(may, how string) string {
	switch {
	case len(l.nodes) > 1:
		return fmt.Sprintf("the rules %s %sset each other off %s", named(l.nodes), may, how)
	case may == "":
		return fmt.Sprintf("the rule %s sets itself off %s", named(l.nodes), how)
	}
	return fmt.Sprintf("the rule %s may set itself off %s", named(l.nodes), how)
}

// hint says how to end the loop.
func (l *loop) hint() string {
	n := l.nodes[0]
	switch {
	case l.failing():
		return fmt.Sprintf("add `event.rule != %q` to its `if`, so that its own failures do not count", n.rule.Name)
	case l.elsewhere():
		return "let the incident that is declared not suit the condition, give it a `key`, or give the rule a `window`"
	case len(l.nodes) == 1 && n.onEvent():
		return "let its `if` be false after it has fired, for example with event.actor.kind == \"person\", or give it a `cooldown`"
	}
	return "let one of their conditions be false after the others have fired, or give one a `cooldown`"
}
