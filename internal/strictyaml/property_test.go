package strictyaml

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEveryPlaceIsRight writes random text in every style of YAML and looks whether each character is found where it
// stands; one written as an escape is found at its backslash.
func TestEveryPlaceIsRight(t *testing.T) {
	t.Parallel()
	styles := map[string]func(string) string{
		"single":  func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" },
		"double":  func(s string) string { return fmt.Sprintf("%+q", s) },
		"literal": func(s string) string { return "|-\n   " + s },
		"folded":  func(s string) string { return ">-\n   " + s },
	}
	for name, write := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				text := "x" + rapid.StringOfN(rapid.RuneFrom([]rune("ab '\"\\#:日é-|>&*!%{}[],?")), 0, 40, -1).Draw(rt, "text") + "y"
				source := "k: [1]\nä: " + write(text) + "\nz: 1\n"
				f, ps := Parse("f.yaml", []byte(source))
				if len(ps) > 0 {
					rt.Fatalf("%q: %v", source, ps)
				}
				n := f.Root().Pairs()[1].Value
				if n.Raw() != text {
					rt.Fatalf("%q was read as %q", source, n.Raw())
				}
				for i, r := range []rune(text) {
					line, column := n.PositionOf(i)
					if got := f.runeAt(line, column); got != r && got != '\\' {
						rt.Fatalf("%q: character %d is %q, at %d:%d stands %q", source, i, r, line, column, got)
					}
				}
			})
		})
	}
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "rule-%d:\n  if: severity <= 2 and \"database\" in tags\n  then:\n    - page: secondary\n", i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, ps := Parse("f.yaml", []byte(text.String())); len(ps) > 0 {
			b.Fatal(ps)
		}
	}
}
