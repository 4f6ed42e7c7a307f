package analysis

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/rules"
)

const graphRules = `rules:
  raise:
    if: '"database" in tags and open_for > 20m'
    then: [set: {severity: 1}, page: alice]
  news:
    when: severity_changed
    then: [add_tags: [told], slack.post: {channel: C1, text: hello}]
  low:
    if: severity == 3
    then: [note: low]
  echo:
    when: noted
    then: [note: again]
`

func TestGraph(t *testing.T) {
	t.Parallel()
	g := NewGraph(load(t, graphRules))
	edges := []string{}
	for _, e := range g.Edges {
		loop := ""
		if e.Loop {
			loop = " loop"
		}
		edges = append(edges, fmt.Sprintf("%s -> %s %v%s", e.From, e.To, e.Via, loop))
	}
	// news only tells of the severity, and the severity raise sets is none that low looks at.
	want := []string{"raise -> news [severity_changed]", "low -> echo [noted]", "echo -> echo [noted] loop"}
	if diff := cmp.Diff(want, edges); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"echo"}}, g.Loops); diff != "" {
		t.Error(diff)
	}
	raise := GraphRule{
		Name: "raise", File: "r.yaml", Line: 2, Reads: []string{"open_for", "tags"}, Writes: []string{"severity"}, Does: []string{"page"},
	}
	if diff := cmp.Diff(raise, g.Rules[0]); diff != "" {
		t.Error(diff)
	}
}

func TestGraphIsWritten(t *testing.T) {
	t.Parallel()
	g := NewGraph(load(t, graphRules))
	const mermaid = `flowchart LR
  r0["raise"]
  r1("news")
  r2["low"]
  r3("echo"):::loop
  r0 -->|"severity_changed"| r1
  r2 -->|"noted"| r3
  r3 -->|"noted"| r3
  linkStyle 2 stroke:#c00
  classDef loop stroke:#c00,stroke-width:3px
`
	if diff := cmp.Diff(mermaid, g.Mermaid()); diff != "" {
		t.Error(diff)
	}
	const dot = `digraph rules {
  rankdir=LR;
  node [shape=box, fontname="sans-serif"];
  "raise" [];
  "news" [style=rounded];
  "low" [];
  "echo" [style=rounded, color=red, penwidth=2];
  "raise" -> "news" [label="severity_changed"];
  "low" -> "echo" [label="noted"];
  "echo" -> "echo" [label="noted", color=red];
}
`
	if diff := cmp.Diff(dot, g.DOT()); diff != "" {
		t.Error(diff)
	}
}

func TestGraphOfNothing(t *testing.T) {
	t.Parallel()
	g := NewGraph(load(t, "rules: {}"))
	b, err := json.Marshal(g)
	if err != nil || string(b) != `{"rules":[],"edges":[],"loops":[]}` {
		t.Error(string(b), err)
	}
	if strings.Contains(g.Mermaid(), "linkStyle") {
		t.Error("there is no loop to be red")
	}
}

// The same set gives the same graph and the same findings, each time.
func TestGraphIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	text := "rules:"
	for i, c := range loopSets {
		for _, name := range []string{"a", "b", "up", "down", "echo", "title"} {
			c.rules = strings.ReplaceAll(c.rules, "\n  "+name+":", fmt.Sprintf("\n  %s%d:", name, i))
		}
		text += c.rules
	}
	set := load(t, text+"\n")
	g := NewGraph(set)
	errs, warnings := Check(set)
	for range 3 {
		if diff := cmp.Diff(g, NewGraph(set)); diff != "" {
			t.Fatal(diff)
		}
		e, w := Check(set)
		if diff := cmp.Diff(errs.Text()+warnings.Text(), e.Text()+w.Text()); diff != "" {
			t.Fatal(diff)
		}
	}
}

// manyRules is a set of ordinary rules, as large as sets become.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "  r%d: {if: severity == %d and status == \"open\" and \"team%d\" in tags, then: [page: alice, add_tags: [t%d]]}\n", i, 1+i%5, i, i)
		case 1:
			fmt.Fprintf(&b, "  r%d: {when: tagged, if: '\"team%d\" in event.tags', then: [note: hello]}\n", i, i)
		case 2:
			fmt.Fprintf(&b, "  r%d: {if: service == \"s%d\" and open_for > 20m, rearm: when_false, then: [set: {severity: \"${max(1, severity - 1)}\"}]}\n", i, i)
		default:
			fmt.Fprintf(&b, "  r%d: {when: severity_changed, if: service == \"s%d\" and event.to == 1, then: [page: alice, note: raised]}\n", i, i)
		}
	}
	return b.String()
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{100, 1000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			set, errs, _ := rules.Load([]rules.Source{{Name: "r.yaml", Text: manyRules(n)}}, testWorld())
			if errs != nil {
				b.Fatal(errs.Text())
			}
			for b.Loop() {
				if errs, warnings := Check(set); len(errs)+len(warnings) > 0 {
					b.Fatal(errs.Text() + warnings.Text())
				}
			}
		})
	}
}

// What leads to another incident is told apart from what stays on the same one.
func TestGraphOfWhatIsDeclared(t *testing.T) {
	t.Parallel()
	g := NewGraph(load(t, `rules:
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 5}
    then: [declare: {title: Storm, severity: 1, children: "${window.incidents}"}]
  worst: {if: severity == 1, then: [page: alice]}
  mild: {if: severity == 3, then: [page: alice]}
  child: {when: related, if: event.as == "parent", then: [note: x]}
  same: {when: acknowledged, then: [relate: {incident: INC-1}]}
`))
	const mermaid = `flowchart LR
  r0("storm")
  r1["worst"]
  r2["mild"]
  r3("child")
  r4("same")
  r0 -.->|"declared (another incident)"| r0
  r0 -.->|"declared (another incident)"| r1
  r0 -->|"related"| r3
  r4 -->|"related"| r3
`
	if diff := cmp.Diff(mermaid, g.Mermaid()); diff != "" {
		t.Error(diff)
	}
	if dot := g.DOT(); !strings.Contains(dot, `"storm" -> "worst" [label="declared (another incident)", style=dashed];`) {
		t.Error(dot)
	}
}
