package strictyaml

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func parseGood(t *testing.T, text string) Node {
	t.Helper()
	f, ps := Parse("f.yaml", []byte(text))
	if len(ps) > 0 {
		t.Fatal(ps.Text())
	}
	return f.Root()
}

func TestReaders(t *testing.T) {
	t.Parallel()
	var ps Problems
	o := parseGood(t, `
text: hello
number as text: 1.10
yes as text: yes
int: 42
negative: -3
quoted int: "7"
bool: true
capital: FALSE
duration: 1h30m
list: [a, 1, true]
one: a
empty list:
anchor: &x [p, q]
alias: *x
`).Object(&ps)
	got := []any{
		o.Text("text"), o.Text("number as text"), o.Text("yes as text"), o.Int("int"), o.Int("negative"), o.Int("quoted int"),
		o.Bool("bool"), o.Bool("capital"), o.Duration("duration"), o.Texts("list"), o.Texts("one"), o.Texts("empty list"), o.Texts("alias"),
		o.Text("none"), o.Int("none"), o.Bool("none"), o.Duration("none"), o.Texts("none"),
	}
	want := []any{
		"hello", "1.10", "yes", 42, -3, 7, true, false, 90 * time.Minute, []string{"a", "1", "true"}, []string{"a"}, []string(nil), []string{"p", "q"},
		"", 0, false, time.Duration(0), []string(nil),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o.Take("anchor")
	o.Done("the file")
	if len(ps) > 0 {
		t.Error(ps.Text())
	}
}

func TestReadersReportMismatches(t *testing.T) {
	t.Parallel()
	const text = `
text: [a]
nothing:
int: 1.5
large: 99999999999999999999
octal: 0o7
bool: yes
duration: 20
duration list: [1m]
texts: {a: b}
nested: [a, [b]]
word: opne
`
	var ps Problems
	o := parseGood(t, text).Object(&ps)
	o.Text("text")
	o.Text("nothing")
	o.Int("int")
	o.Int("large")
	o.Int("octal")
	o.Bool("bool")
	o.Duration("duration")
	o.Duration("duration list")
	o.Texts("texts")
	o.Texts("nested")
	_, _ = o.Take("word").OneOf(&ps, "open", "closed")
	o.Done("it")
	want := `f.yaml:2:7: want text, got a list
f.yaml:3:9: want text, got nothing
f.yaml:4:6: want a whole number such as 3, got "1.5"
f.yaml:5:8: want a whole number such as 3, got "99999999999999999999"
f.yaml:6:8: want a whole number such as 3, got "0o7"
f.yaml:7:7: want true or false, got "yes"
f.yaml:8:11: bad duration "20": write it like 90s, 20m, 1h30m, 2d or 1w
f.yaml:9:16: want a duration such as 20m, got a list
f.yaml:10:8: want a list of texts, got a map
f.yaml:11:13: want text, got a list
f.yaml:12:7: want open or closed, got "opne"`
	if diff := cmp.Diff(want, ps.Error()); diff != "" {
		t.Error(diff)
	}
	if ps[10].Hint != "did you mean open?" {
		t.Errorf("hint %q", ps[10].Hint)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	var ps Problems
	root := parseGood(t, "severty: 1\ntitle: x\nqqqq: 2\n")
	o := root.Object(&ps)
	for _, key := range []string{"severity", "status", "title"} {
		o.Take(key)
	}
	o.Need("must")
	if o.Key("title").Line() != 2 || o.Key("nope").Exists() || o.Node() != root {
		t.Error("keys have their places")
	}
	o.Done("a rule")
	o.Done("a rule")
	want := `f.yaml:1:1: the key "must" is missing
    severty: 1
    ^
f.yaml:1:1: a rule has no key "severty"
    severty: 1
    ^^^^^^^
    hint: did you mean severity?
f.yaml:3:1: a rule has no key "qqqq"
    qqqq: 2
    ^^^^
    hint: it may be must, severity, status or title
`
	if diff := cmp.Diff(want, ps.Text()); diff != "" {
		t.Error(diff)
	}
}

func TestObjectOfSomethingElse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"a": 1, "[a]": 1, "": 0, "~": 0, "{}": 0} {
		var ps Problems
		o := parseGood(t, text).Object(&ps)
		if o.Take("x").Exists() || len(o.Rest()) > 0 {
			t.Errorf("%q has keys", text)
		}
		o.Need("x")
		o.Done("it")
		if text == "{}" || text == "~" {
			want = 1 // x is missing
		}
		if len(ps) != want {
			t.Errorf("%q: %v", text, ps)
		}
	}
	var ps Problems
	o := Node{}.Object(&ps)
	o.Need("x")
	if len(ps) > 0 {
		t.Errorf("a missing map misses no keys: %v", ps)
	}
}

func TestRestKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var ps Problems
	o := parseGood(t, "b: 1\na: 2\nc: 3\n").Object(&ps)
	o.Take("a")
	var keys []string
	for _, p := range o.Rest() {
		keys = append(keys, p.Key.Raw()+p.Value.Raw())
	}
	if fmt.Sprint(keys) != "[b1 c3]" || len(o.Rest()) != 0 {
		t.Errorf("%v", keys)
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	got := parseGood(t, `
a: [1, 2.5, true, ~, text, "3", 2026-01-05, 99999999999999999999, 0x10, .inf, 1_000]
b: {c: &k {d: e}, f: *k}
`).Value()
	want := map[string]any{
		"a": []any{1, 2.5, true, nil, "text", "3", "2026-01-05", json.Number("99999999999999999999"), 16, ".inf", 1000},
		"b": map[string]any{"c": map[string]any{"d": "e"}, "f": map[string]any{"d": "e"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNodeFacts(t *testing.T) {
	t.Parallel()
	root := parseGood(t, "a: any(tags, # == 1)\nb: 'q' # why\nc: |\n  x\n")
	pairs := root.Pairs()
	a, b, c := pairs[0].Value, pairs[1].Value, pairs[2].Value
	if a.Raw() != "any(tags," || a.Comment() != "# == 1)" || a.Source() != "a: any(tags, # == 1)" || a.Quoted() {
		t.Errorf("what a comment cut off can be seen: %q %q", a.Raw(), a.Comment())
	}
	if !b.Quoted() || !c.Quoted() || b.Comment() != "# why" || b.Tag() != "!!str" || b.File().Name() != "f.yaml" {
		t.Error("quotes and comments can be seen")
	}
	if p := b.Problem("m", "h"); p.Column != 4 || p.Length != 3 {
		t.Errorf("quotes belong to the place: %+v", p)
	}
	if p := c.Problemf("m %d", 1); p.Column != 4 || p.Length != 1 || p.Message != "m 1" {
		t.Errorf("a block is marked where it begins: %+v", p)
	}
	var none Node
	if none.Kind() != Missing || none.Exists() || none.Raw() != "" || none.Tag() != "" || none.Line() != 0 || none.Column() != 0 ||
		none.Source() != "" || none.Comment() != "" || none.Items() != nil || none.Pairs() != nil || none.Value() != nil || none.Quoted() || none.File() != nil {
		t.Error("nothing may be asked of a missing node, and it knows nothing")
	}
	if l, col := none.PositionOf(3); l != 0 || col != 0 {
		t.Error("a missing node is nowhere")
	}
	if p := none.ProblemAt(1, 2, "m", ""); p.Line != 0 || p.Message != "m" {
		t.Errorf("%+v", p)
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	const quoted = `text that begins with # belongs in quotes: "#x"`
	for text, want := range map[string]string{
		"a: #x\n": quoted, "a: #x y\n": quoted, "a: {b: #x\n}\n": "", "a: # why\n": "", "a:\n  #x\n": "", "a: null #x\n": "", "a: b #x\n": "", "a: #\n": "", "a: '#x'\n": "",
	} {
		var ps Problems
		n := parseGood(t, text).Object(&ps).Take("a")
		if got := n.Hash(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if _, ok := n.Text(&ps); !ok && n.Kind() == Null && ps[0].Hint != want {
			t.Errorf("%q: the hint is %q", text, ps[0].Hint)
		}
	}
}
