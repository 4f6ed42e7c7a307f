package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// told writes an outline down: every key and element at its place, indented by depth, with its value.
func told(o *outline) string {
	var b strings.Builder
	for i := range o.entries {
		e := &o.entries[i]
		name := e.key
		if e.item {
			name = "-"
		}
		fmt.Fprintf(&b, "%s%s@%d:%d", strings.Repeat("  ", len(o.pathTo(i))-1), name, e.at.line, e.at.column)
		if e.from != e.to {
			fmt.Fprintf(&b, " %q", o.value(i))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestOutline(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ text, want string }{
		"keys":            {"a:\n  b: 1\n  c:\nd: x y # z\n", "a@0:0\n  b@1:2 \"1\"\n  c@2:2\nd@3:0 \"x y\"\n"},
		"lists":           {"a:\n  - b: 1\n    c: 2\n  - d\n", "a@0:0\n  -@1:2\n    b@1:4 \"1\"\n    c@2:4 \"2\"\n  -@3:2 \"d\"\n"},
		"a flat list":     {"a:\n- b: 1\n- c\nd: 2\n", "a@0:0\n  -@1:0\n    b@1:2 \"1\"\n  -@2:0 \"c\"\nd@3:0 \"2\"\n"},
		"lists of lists":  {"- - a\n  - b\n- c\n", "-@0:0\n  -@0:2 \"a\"\n  -@1:2 \"b\"\n-@2:0 \"c\"\n"},
		"brackets":        {"a: {b: 1, c: [x, {d: 2}], e: \"f, g\"}\nh: 3\n", "a@0:0\n  b@0:4 \"1\"\n  c@0:10\n    -@0:14 \"x\"\n    -@0:17\n      d@0:18 \"2\"\n  e@0:26 \"f, g\"\nh@1:0 \"3\"\n"},
		"over lines":      {"a: {b: 1,\n  c: 2, # }\n  }\nd: [\n  x\n]\ne: 1\n", "a@0:0\n  b@0:4 \"1\"\n  c@1:2 \"2\"\nd@3:0\n  -@4:2 \"x\"\ne@6:0 \"1\"\n"},
		"a block":         {"a: |\n  b: c\n\n  - d\ne: >-\n  f\n", "a@0:0 \"b: c\\n\\n- d\"\ne@4:0 \"f\"\n"},
		"a block in list": {"- |\n  x: y\n- z\n", "-@0:0 \"x: y\"\n-@2:0 \"z\"\n"},
		"many lines":      {"a: x\n  y\n  z\nb: 1\n", "a@0:0 \"x\\ny\\nz\"\nb@3:0 \"1\"\n"},
		"quotes":          {"\"a\": 'it''s: #1' # c\n'b c': \"\\\" : x\"\n", "a@0:0 \"it''s: #1\"\nb c@1:0 \"\\\\\\\" : x\"\n"},
		"quotes on":       {"a: \"x\n  y: z\"\nb: 1\n", "a@0:0 \"x\\ny: z\"\nb@2:0 \"1\"\n"},
		"a tag":           {"a: !x y\nb: &z 1\n", "a@0:0 \"y\"\nb@1:0 \"1\"\n"},
		"a template":      {"a: [${b.c}, d]\n", "a@0:0\n  -@0:4 \"${b.c}\"\n  -@0:12 \"d\"\n"},
		"no key":          {"a: http://x:80\nb: 10:30\n", "a@0:0 \"http://x:80\"\nb@1:0 \"10:30\"\n"},
		"a document":      {"%YAML 1.2\n---\na: 1\n...\n", "a@2:0 \"1\"\n"},
		"a byte mark":     {"\ufeffa: 1\nb: 2\n", "a@0:1 \"1\"\nb@1:0 \"2\"\n"},
		// What is broken ends where the lines show that it must.
		"a bracket is open": {"a: {b: [1,\nc: 2\n", "a@0:0\n  b@0:4\n    -@0:8 \"1\"\nc@1:0 \"2\"\n"},
		"a quote is open":   {"a:\n  b: \"x\n  c: 2\n", "a@0:0\n  b@1:2 \"\"\n  c@2:2 \"2\"\n"},
		"colons":            {"a: {: : b}\n:\nc: 1\n", "a@0:0\n  @0:4 \"b\"\n@1:0\nc@2:0 \"1\"\n"},
	} {
		if got := told(newOutline(newText(one.text).runes())); got != one.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, one.want)
		}
	}
}

// Where a text is YAML, the outline finds the same keys in the same places as YAML does, in every file of the project.
func TestOutlineAgreesWithYAML(t *testing.T) {
	t.Parallel()
	files := 0
	for _, pattern := range []string{"examples/*/*.yaml", "rules/testdata/*/*.yaml", "rules/analysis/testdata/*/*.yaml", "internal/config/testdata/*.yaml", "internal/config/testdata/*/*.yaml", "ifsev.yaml"} {
		paths, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, problems := strictyaml.Parse(path, content)
			if len(problems) > 0 || strings.ContainsAny(string(content), "&*") {
				continue // broken, or an alias, whose keys stand elsewhere
			}
			files++
			var want []string
			keys(file.Root(), &want)
			var got []string
			for _, e := range outlineOf(newText(string(content))).entries {
				if !e.item {
					got = append(got, fmt.Sprintf("%d:%d %s", e.at.line+1, e.at.column+1, e.key))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s:\ngot  %q\nwant %q", path, got, want)
			}
		}
	}
	if files < 100 {
		t.Errorf("only %d files", files)
	}
}

func keys(n strictyaml.Node, all *[]string) {
	for _, p := range n.Pairs() {
		*all = append(*all, fmt.Sprintf("%d:%d %s", p.Key.Line(), p.Key.Column(), p.Key.Raw()))
		keys(p.Value, all)
	}
	for _, i := range n.Items() {
		keys(i, all)
	}
}

// An outline is made of anything, and every place in it can be asked about.
func FuzzOutline(f *testing.F) {
	for _, seed := range []string{
		"a: {b: [1, {c: \"x\n  y\"}]}\n", "- - |\n x\n", "a: ${b[\"}\"]}\n? x\n: y", "[[[{{{", "'\"\n", "{: : ,,]}", "rules:\n  a:\n    then:\n      - note: \"${x}\"\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, whole string) {
		if len(whole) > 400 {
			return
		}
		text := newText(whole)
		lines := text.runes()
		o := newOutline(lines)
		for i := range o.entries {
			e := &o.entries[i]
			if e.parent >= i || e.to.before(e.from) || e.from.line >= len(lines) {
				t.Fatalf("%q: entry %d is %+v", whole, i, e)
			}
			o.value(i)
			o.excerpt(i)
		}
		for line := range lines {
			for column := range len(lines[line]) + 1 {
				s := spotAt(lines, point{line, column})
				if source, ok := inTemplate(s.typed); ok {
					cursorAt(source)
				}
				cursorAt(s.typed)
			}
		}
	})
}

func TestCursor(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]cursor{
		"":                                {},
		"sev":                             {chain: "sev"},
		"a and event.fr":                  {chain: "event.fr"},
		"status == ":                      {beside: "status"},
		"status=='op":                     {beside: "status", inString: true, text: "op"},
		`status in ["a", "`:               {beside: "status", inString: true, place: 1},
		`status not in ["`:                {beside: "status", inString: true},
		`status in ["a"] and `:            {},
		`oncall("`:                        {call: "oncall", inString: true},
		`business_time_since(since(t), "`: {call: "business_time_since", place: 1, inString: true},
		`"a" in `:                         {},
		`title == "a\"b" and x`:           {chain: "x"},
		`weekday() == "m`:                 {beside: "weekday", inString: true, text: "m"},
		`)))) x`:                          {chain: "x"},
		`any(tags, #.na`:                  {call: "any", place: 1, chain: "#.na"},
	} {
		if got := cursorAt(source); got != want {
			t.Errorf("%s: got %+v, want %+v", source, got, want)
		}
	}
}

func TestInTemplate(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "-", "a": "-", "${": "", "x ${a": "a", "${a} b": "-", "${a} ${b": "b", "$${a": "-", `${"}"`: `"}"`, "${ {a: 1}": " {a: 1}", "${ {a: 1} } x": "-", `${"`: `"`,
	} {
		got, ok := inTemplate(typed)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
