package strictyaml

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is put together of two files has the values of both, and every part is placed where it was written.
func TestAssemble(t *testing.T) {
	t.Parallel()
	a, _ := Parse("a.yaml", []byte("rule:\n  wait: ${x}\n  steps: [one, {two: 2}]\n"))
	b, _ := Parse("b.yaml", []byte("with:\n  x: 5m\n  list: [p, q]\n"))
	rule := a.Root().Pairs()[0].Value
	with := b.Root().Pairs()[0].Value
	x, list := with.Pairs()[0].Value, with.Pairs()[1].Value
	steps := rule.Pairs()[1].Value
	made := rule.PutMap([]Pair{
		{Key: rule.Pairs()[0].Key.Put("!!str", "for"), Value: x.Put("!!str", "5m")},
		{Key: rule.Pairs()[1].Key, Value: steps.PutList(append(steps.Items(), list))},
	})
	want := map[string]any{"for": "5m", "steps": []any{"one", map[string]any{"two": 2}, []any{"p", "q"}}}
	if diff := cmp.Diff(want, made.Value()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	items := made.Pairs()[1].Value.Items()
	for _, c := range []struct {
		node Node
		want string
	}{
		{made, "a.yaml:2:3: here"}, {made.Pairs()[0].Key, "a.yaml:2:3: here"}, {made.Pairs()[0].Value, "b.yaml:2:6: here"},
		{items[1].Pairs()[0].Value, "a.yaml:3:22: here"}, {items[2], "b.yaml:3:9: here"}, {items[2].Items()[1], "b.yaml:3:13: here"},
	} {
		if got := c.node.Problem("here", "").Error(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if got := made.Pairs()[0].Value.Problem("here", "").Caret(); got != "      x: 5m\n         ^^\n" {
		t.Errorf("a value that was not changed is shown whole:\n%s", got)
	}
}
