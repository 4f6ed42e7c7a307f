package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// Graph says which rule can set off which, and through what. It is in the order of the files.
type Graph struct {
	Rules []GraphRule `json:"rules"`
	Edges []GraphEdge `json:"edges"`
	// Loops are the rules that may set each other off for ever, each list in the order of the files.
	Loops [][]string `json:"loops"`
}

// GraphRule is a rule with what it looks at and what it changes.
type GraphRule struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// When lists the events of an event rule.
	When []ifsev.EventType `json:"when,omitempty"`
	// Reads are the variables of its condition, Writes the fields its steps change, Does its steps that lead outside.
	Reads  []string `json:"reads"`
	Writes []string `json:"writes"`
	Does   []string `json:"does"`
	Loop   bool     `json:"loop,omitempty"`
}

// GraphEdge says that one rule can set off another.
type GraphEdge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Via are the events and fields it happens through.
	Via []string `json:"via"`
	// Elsewhere says that one of the ways leads to another incident, which the first rule declares.
	Elsewhere bool `json:"elsewhere,omitempty"`
	Loop      bool `json:"loop,omitempty"`
}

// NewGraph makes the graph of a set.
func NewGraph(set *rules.Set) *Graph {
	m := newModel(set)
	g := &Graph{Rules: []GraphRule{}, Edges: []GraphEdge{}, Loops: [][]string{}}
	inLoop := map[*node]map[*node]bool{}
	for _, l := range m.findLoops() {
		var names []string
		for _, n := range l.nodes {
			names = append(names, n.rule.Name)
			for _, e := range l.edges[n] {
				if inLoop[n] == nil {
					inLoop[n] = map[*node]bool{}
				}
				inLoop[n][e.to] = true
			}
		}
		g.Loops = append(g.Loops, names)
	}
	edges := m.newState(m.nodes, ever).edges()
	for _, n := range m.nodes {
		rule := graphRule(n)
		rule.Loop = inLoop[n] != nil
		g.Rules = append(g.Rules, rule)
		for _, e := range edges[n] {
			g.Edges = append(g.Edges, GraphEdge{From: n.rule.Name, To: e.to.rule.Name, Via: told(e.via), Elsewhere: e.elsewhere, Loop: inLoop[n][e.to]})
		}
	}
	return g
}

func graphRule(n *node) GraphRule {
	g := GraphRule{
		Name: n.rule.Name, File: n.rule.File, Line: n.rule.Line, When: n.rule.When,
		Reads: append([]string{}, n.reads...), Writes: []string{}, Does: []string{},
	}
	for _, e := range n.effects {
		if e.field != "" {
			g.Writes = append(g.Writes, writes(e.field))
		}
	}
	each(n.rule, func(_ branch, s *rules.Step) {
		if !s.Spec.Inside {
			g.Does = append(g.Does, s.Spec.Kind)
		}
	})
	for _, list := range []*[]string{&g.Writes, &g.Does} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return g
}

// writes is the variable of a field: of the member of a list, the list.
func writes(field string) string {
	if _, list, member := membership(field); member {
		return list
	}
	return field
}

// number answers the place of each rule in the graph.
func (g *Graph) number() map[string]int {
	at := make(map[string]int, len(g.Rules))
	for i, r := range g.Rules {
		at[r.Name] = i
	}
	return at
}

// Mermaid writes the graph as a flowchart of Mermaid, which GitHub and GitLab show. Loops are red.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	at := g.number()
	for i, r := range g.Rules {
		open, closing := "[", "]"
		if len(r.When) > 0 { // event rules are round
			open, closing = "(", ")"
		}
		class := ""
		if r.Loop {
			class = ":::loop"
		}
		fmt.Fprintf(&b, "  r%d%s\"%s\"%s%s\n", i, open, mermaidText(r.Name), closing, class)
	}
	var red []string
	for i, e := range g.Edges {
		arrow := "-->"
		if e.Elsewhere {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  r%d %s|\"%s\"| r%d\n", at[e.From], arrow, mermaidText(e.label()), at[e.To])
		if e.Loop {
			red = append(red, fmt.Sprint(i))
		}
	}
	if len(red) > 0 {
		fmt.Fprintf(&b, "  linkStyle %s stroke:#c00\n  classDef loop stroke:#c00,stroke-width:3px\n", strings.Join(red, ","))
	}
	return b.String()
}

// label is what stands at an edge in a drawing.
func (e *GraphEdge) label() string {
	text := strings.Join(e.Via, ", ")
	if e.Elsewhere {
		text += " (another incident)"
	}
	return text
}

func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;").Replace(s)
}

// DOT writes the graph for Graphviz. Loops are red.
func (g *Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph rules {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n")
	for _, r := range g.Rules {
		var style []string
		if len(r.When) > 0 {
			style = append(style, "style=rounded")
		}
		if r.Loop {
			style = append(style, "color=red", "penwidth=2")
		}
		fmt.Fprintf(&b, "  %s [%s];\n", dotText(r.Name), strings.Join(style, ", "))
	}
	for _, e := range g.Edges {
		colour := ""
		if e.Loop {
			colour = ", color=red"
		}
		if e.Elsewhere {
			colour += ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%s%s];\n", dotText(e.From), dotText(e.To), dotText(e.label()), colour)
	}
	b.WriteString("}\n")
	return b.String()
}

func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// told names what people know: what an incident was is asked with was().
func told(via []string) []string {
	names := slices.Clone(via)
	for i, n := range names {
		if n == "__past" {
			names[i] = "was()"
		}
	}
	return names
}
