package strictyaml

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// scalars answers every scalar of a file, keys included.
func scalars(n Node) []Node {
	var all []Node
	switch n.Kind() {
	case List:
		for _, i := range n.Items() {
			all = append(all, scalars(i)...)
		}
	case Map:
		for _, p := range n.Pairs() {
			all = append(all, scalars(p.Key)...)
			all = append(all, scalars(p.Value)...)
		}
	case Scalar:
		all = append(all, n)
	}
	return all
}

func TestPositionOf(t *testing.T) {
	t.Parallel()
	// Each text has a value with one X in it, which stands at exactly one place of the source.
	for name, text := range map[string]string{
		"plain":                       "a: foo X bar\n",
		"plain after wide runes":      "日本語: é X\n",
		"plain over lines":            "a: foo\n  bar\n    X baz\n",
		"plain over an empty line":    "a: foo  \n\n   \n  bar X\n",
		"in a list over lines":        "a: [\n  # why\n  foo\n  X, bar]\n",
		"double quoted":               `a: "foo X"` + "\n",
		"double quoted with escapes":  `a: "\t\"\u00e9\x41\U0001F600\\ X"` + "\n",
		"double quoted over lines":    "a: \"foo \t\n\n  bar\n  X baz\"\n",
		"double with escaped break":   "a: \"foo\\\n   bar\\  \n  X\"\n",
		"single quoted":               "a: 'it''s X'\n",
		"single quoted over lines":    "a: 'it''s\n\n\n   b\n   X'\n",
		"literal":                     "a: |\n  foo\n\n    bar\n  X\n",
		"literal with tabs":           "a: |\n  foo\n  \tbar\tX\n",
		"literal in a list":           "- |-\n foo\n X\n- b\n",
		"literal, indicator":          "a: |2\n    foo\n  X\n",
		"literal, indicator in depth": "a:\n  b: |1\n     foo\n   X\n",
		"literal with a comment":      "a: |+ # keep\n  foo\n  X\n\n",
		"folded":                      "a: >\n  foo\n  bar X\n\n  baz\n",
		"folded with paragraphs":      "a: >-\n  foo\n\n\n  bar\n  X\n",
		"folded, more indented":       "a: >\n  foo\n    bar\n  baz\n\n    q\n\n  X\n",
		"folded, empty lines first":   "a: >\n\n\n  foo\n  X\n",
		"anchored":                    "a: &k  foo X\n",
		"anchor glued to the text":    "a: &k:, X\n",
		"anchor with colons":          "a: &k:l::m X\n",
		"tagged over lines":           "a: &k\n  !!str\n  # why\n  foo X\n",
		"anchored and quoted":         "a: &k \"foo\\n X\"\n",
		"anchored literal":            "a: &k |\n  foo\n  X\n",
		"comment after a block":       "a:\n  - >\n    X\n# why\n",
		"CR LF":                       "a: |\r\n  foo\r\n  X\r\nb: c\r\n",
		"alias":                       "a: &k foo X\nb: *k\n",
		"value on the next line":      "a:\n  foo X\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ps := Parse("f.yaml", []byte(text))
			if len(ps) > 0 {
				t.Fatal(ps)
			}
			found := 0
			for _, n := range scalars(f.Root()) {
				at := strings.IndexRune(n.Raw(), 'X')
				if at < 0 {
					continue
				}
				found++
				line, column := n.PositionOf(utf8.RuneCountInString(n.Raw()[:at]))
				if src := []rune(f.Line(line)); column > len(src) || src[column-1] != 'X' {
					t.Errorf("%d:%d is not where X stands in %q", line, column, text)
				}
			}
			if found == 0 {
				t.Error("the text has no X")
			}
		})
	}
}

func TestPositionsOutside(t *testing.T) {
	t.Parallel()
	f, _ := Parse("f.yaml", []byte("a: 'foo'\nb: [1]\n"))
	n := f.Root().Pairs()[0].Value
	if l, c := n.PositionOf(3); l != 1 || c != 8 {
		t.Errorf("the end is 1:8, got %d:%d", l, c)
	}
	if l, c := n.PositionOf(99); l != 1 || c != 8 {
		t.Errorf("beyond the end is the end, got %d:%d", l, c)
	}
	if l, c := n.PositionOf(-1); l != 1 || c != 5 {
		t.Errorf("before the beginning is the beginning, got %d:%d", l, c)
	}
	if l, c := f.Root().Pairs()[1].Value.PositionOf(0); l != 2 || c != 4 {
		t.Errorf("a list has its beginning, got %d:%d", l, c)
	}
}

func TestTheEndOfABlockIsWithinIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{
		"a: |\n  xy\nb: c\n": {2, 5}, "a: |-\n  xy\nb: c\n": {2, 5}, "a: >+\n  xy\n\nb: c\n": {3, 1}, "a: |\n  xy": {2, 5}, "a: ''\n": {1, 5},
	} {
		f, ps := Parse("f.yaml", []byte(text))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		n := f.Root().Pairs()[0].Value
		if line, column := n.PositionOf(len(n.Raw())); line != want[0] || column != want[1] {
			t.Errorf("%q: got %d:%d, want %v", text, line, column, want)
		}
	}
}

func TestProblemAtSpansOneLine(t *testing.T) {
	t.Parallel()
	f, _ := Parse("f.yaml", []byte("a: \"x \\t yy\n  zz\"\n"))
	n := f.Root().Pairs()[0].Value
	if p := n.ProblemAt(2, 3, "m", ""); p.Column != 7 || p.Length != 4 {
		t.Errorf("want column 7, length 4 (an escape counts as written), got %d, %d", p.Column, p.Length)
	}
	if p := n.ProblemAt(4, 99, "m", ""); p.Column != 10 || p.Length != 2 {
		t.Errorf("what goes on in the next line is marked to the end of its own, got %d, %d", p.Column, p.Length)
	}
}

// FuzzParse holds three promises on any text: no panic, places inside the file, and for every scalar that is read
// again from its source, the same text as YAML read.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a: b\n", "a: |2\n    foo\n  X\n", "a: >-\n  x\n   y\n\n  z\n", "- &a !!str\n  # c\n  \"q\\u00e9 \\\n  w\"\n- *a\n",
		"if: !x\n", "a: [b, 'c\n\n d', {e: f}]\n", "? |\n  x\n: >+\n  y\n\n", "\"a\" in b", "a: b: c", "- - - x\n", "a: 'x''y'\r\n",
		"a: &x {b: c}\nd: {<<: [*x, {e: f}]}\n", "a: {b: #c, d: e}\n", "- '#' #x]\n", "&0:,", "&0:ޔ", "a: 1\nfoo",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, ps := Parse("f.yaml", []byte(text))
		for _, p := range ps {
			_ = p.Error() + p.Caret()
			if p.Line < 0 || p.Line > len(file.lines) || p.Message == "" {
				t.Errorf("%q: problem out of the file: %+v", text, p)
			}
		}
		for _, n := range scalars(file.Root()) {
			count := utf8.RuneCountInString(n.Raw())
			if got := len(n.places()); got != count+1 {
				t.Errorf("%q: %d places for the %d characters of %q", text, got, count, n.Raw())
			}
			_ = n.Problem("m", "").Caret()
		}
		_ = file.Root().Value()
	})
}
