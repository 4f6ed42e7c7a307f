package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

func TestBrokenTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"negation", "if: !acknowledged and major\n", `f.yaml:1:5: YAML reads !acknowledged as a tag, not as part of the value
    if: !acknowledged and major
        ^^^^^^^^^^^^^
    hint: to negate a condition write ` + "`not acknowledged and major`\n"},
		{"no key", "a: 1\nfoo bar\nb: 2\n", `f.yaml:2:1: this line stands among keys but is none itself
    foo bar
    ^^^^^^^
    hint: write ` + "`key: value`" + `; if it goes on from the line before, indent it deeper
`},
		{"no key at the end", "a: 1\nfoo", `f.yaml:2:1: this line stands among keys but is none itself
    foo
    ^^^
    hint: write ` + "`key: value`" + `; if it goes on from the line before, indent it deeper
`},
		{"bracket at the end", "a: [\n\n", `f.yaml:1:5: a value is missing here
    a: [
        ^
    hint: text that begins with , ] or } belongs in quotes
`},
		{"negated alone", "if: !x\n", `f.yaml:1:5: YAML reads !x as a tag, not as part of the value
    if: !x
        ^^
    hint: to negate a condition write ` + "`not x`\n"},
		{"negated with a space", "if: ! x\n", `f.yaml:1:5: YAML reads ! as a tag, not as part of the value
    if: ! x
        ^
    hint: to negate a condition write ` + "`not x`\n"},
		{"leading quote", "if: \"a\" in tags\n", `f.yaml:1:5: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    if: "a" in tags
        ^^^^
    hint: write tags contains "a", or put the condition in parentheses: ("a" in tags)
`},
		{"leading quote in a list", "if:\n  - \"a\" == title\n", `f.yaml:2:5: the value begins with a quote, so YAML ends it at the closing quote; more text follows
      - "a" == title
        ^^^^
    hint: put an expression in parentheses: ("a" == title)
`},
		{"leading quote in brackets", "if: [severity == 1, \"a\" in tags, (x)]\n", `f.yaml:1:21: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    if: [severity == 1, "a" in tags, (x)]
                        ^^^^
    hint: write tags contains "a", or put the condition in parentheses: ("a" in tags)
`},
		{"leading quote behind a bracket", "if: [\"a\" == lower(title)]\n", `f.yaml:1:6: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    if: ["a" == lower(title)]
         ^^^^
    hint: put an expression in parentheses: ("a" == lower(title))
`},
		{"leading quote of a later entry", "if: ['x', 'b' == title]\n", `f.yaml:1:11: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    if: ['x', 'b' == title]
              ^^^^
    hint: put an expression in parentheses: ('b' == title)
`},
		{"list of texts in brackets", "if: [x, \"a\" in [b, c]]\n", `f.yaml:1:9: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    if: [x, "a" in [b, c]]
            ^^^^
    hint: put the whole value in quotes of the other kind
`},
		{"comment in braces", "a: {b: #incidents, c: x}\n", `f.yaml:1:8: a # after a space begins a comment, so the rest of the line is not read
    a: {b: #incidents, c: x}
           ^^^^^^^^^^
    hint: text that begins with # belongs in quotes: "#incidents"
`},
		{"comment in braces of a list", "- a: {b: 'it''s #x', c: #incidents}\n\n# why\n- d: e\n", `f.yaml:1:25: a # after a space begins a comment, so the rest of the line is not read
    - a: {b: 'it''s #x', c: #incidents}
                            ^^^^^^^^^^
    hint: text that begins with # belongs in quotes: "#incidents"
`},
		{"comment amid a value in brackets", "a: [any(tags, # == 'x')]\nb: c\n", `f.yaml:1:15: a # after a space begins a comment, so the rest of the line is not read
    a: [any(tags, # == 'x')]
                  ^
    hint: put the whole value in quotes
`},
		{"remark in open brackets", "a: [x, # [y]\n  z\nb: c\n", `f.yaml:1:4: this '[' is not closed, or a comma is missing in it
    a: [x, # [y]
       ^
    hint: close it; text that only begins with it belongs in quotes
`},
		{"apostrophe", "a: 'it's'\n", `f.yaml:1:4: the value begins with a quote, so YAML ends it at the closing quote; more text follows
    a: 'it's'
       ^^^^
    hint: put the whole value in quotes of the other kind
`},
		{"two colons", "a: b: c\n", `f.yaml:1:5: YAML reads what stands before this colon as a key, and a key cannot stand here
    a: b: c
        ^
    hint: put the whole value in quotes, or begin a new line for the inner key
`},
		{"tab", "a:\n\tb: 1\n", "f.yaml:2:1: a tab where YAML wants spaces\n    \tb: 1\n    ^\n    hint: indent with spaces\n"},
		{"backtick", "a: `x`\n", "f.yaml:1:4: a value cannot begin with `\n    a: `x`\n       ^\n    hint: put the value in quotes\n"},
		{"open bracket", "a: [1,2\nb: 3\n", `f.yaml:1:4: this '[' is not closed, or a comma is missing in it
    a: [1,2
       ^
    hint: close it; text that only begins with it belongs in quotes
`},
		{"open quote", "a: \"x\nb: 3\n", `f.yaml:1:4: this quote is never closed
    a: "x
       ^
    hint: close it on the same line
`},
		{"no list entry", "- a\nb: 1\n", `f.yaml:2:1: this line stands in a list but does not begin with ` + "`- `" + `
    b: 1
    ^
    hint: begin it with ` + "`- `" + `, or indent it like the lines it belongs with
`},
		{"outdented", "  a: 1\n b: 2\n", `f.yaml:2:2: this line does not fit where it stands
     b: 2
     ^
    hint: indent it like the lines it belongs with, and write ` + "`key: value`\n"},
		{"alias", "a: *nope\n", `f.yaml:1:4: YAML reads a value that begins with * as an alias, and there is no anchor of that name
    a: *nope
       ^
    hint: put the value in quotes
`},
		{"list in line", "a: - b\n", `f.yaml:1:4: a list entry cannot begin here
    a: - b
       ^
    hint: begin the list on a line of its own, or put the value in quotes
`},
		{"doubled key", "a: 1\nb: 2\na: 3\n", `f.yaml:3:1: the key "a" stands here twice; the first is in line 1
    a: 3
    ^
    hint: keep one of them
`},
		{"two documents", "a: 1\n---\nb: 2\n", `f.yaml:2:1: a second document begins here
    ---
    ^^^
    hint: keep one document in a file: remove the line ` + "`---`, or split the file\n"},
		{"merge", "<<: {a: 1}\n", `f.yaml:1:1: the merge key << is not supported
    <<: {a: 1}
    ^^
    hint: write the keys out, or give the whole value an anchor
`},
		{"merge of itself", "a: &x {<<: [*x, {<<: *x}]}\n", `f.yaml:1:8: the merge key << is not supported
    a: &x {<<: [*x, {<<: *x}]}
           ^^
    hint: write the keys out, or give the whole value an anchor
`},
		{"key is a list", "[a]: b\n", `f.yaml:1:1: a key must be a word
    [a]: b
    ^
    hint: put text that holds brackets or braces in quotes
`},
		{"alias within itself", "a: &x [*x]\n", `f.yaml:1:8: the alias *x stands inside of what it stands for
    a: &x [*x]
           ^
    hint: write the value out
`},
		{"not UTF-8", "a: ok\nb: \xff\n", "f.yaml:2:4: the file is not UTF-8\n    b: \ufffd\n       ^\n    hint: save it as UTF-8\n"},
		{"control character", "a: \x01\n", "f.yaml:1:4: the invisible character U+0001 does not belong here\n    a: \ufffd\n       ^\n    hint: delete it, or write it as an escape in double quotes\n"},
		{"hidden order", "a: x\u202ey\n", "f.yaml:1:5: the invisible character U+202E does not belong here\n    a: x\ufffdy\n        ^\n    hint: delete it, or write it as an escape in double quotes\n"},
		{"unknown escape", `a: "\d"` + "\n", `f.yaml:1:5: unknown escape in double quotes
    a: "\d"
        ^^
    hint: write \\ for a backslash, or use single quotes
`},
		{"under tabs and wide runes", "日本: {x: 1,\t!y : 2}\n", "f.yaml:1:12: YAML reads !y as a tag, not as part of the value\n    日本: {x: 1,\t!y : 2}\n                \t^^\n    hint: to negate a condition write `not y`\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, ps := Parse("f.yaml", []byte(c.text))
			if got := ps.Text(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i, last := 0, "a"; i < 12; i++ {
		name := fmt.Sprintf("a%d", i)
		bomb += fmt.Sprintf("%s: &%s [%s]\n", name, name, strings.TrimSuffix(strings.Repeat("*"+last+",", 10), ","))
		last = name
	}
	for name, c := range map[string]struct{ text, want string }{
		"bytes":  {strings.Repeat("#\n", MaxBytes), "the most is 1048576: split it"},
		"bomb":   {bomb, "with its aliases written out the file is too large"},
		"depth":  {strings.Repeat("[", 65) + strings.Repeat("]", 65), "nested deeper than 64 levels"},
		"deeper": {strings.Repeat("[\n", MaxMarks-1), "nested deeper than 64 levels"},
		"values": {strings.Repeat("a: 1\n", MaxMarks/2+1), "more than 100000 lines and values"},
		"dashes": {strings.Repeat("- ", 8000), "nested deeper than 64 levels"},
		"line":   {"a: " + strings.Repeat("x", MaxLine), "the line is 16387 bytes long; the most is 16384"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ps := Parse("f.yaml", []byte(c.text))
			if len(ps) != 1 || !strings.Contains(ps[0].Message, c.want) {
				t.Fatalf("got %q, want one problem with %q", ps, c.want)
			}
			if f.Root().Exists() {
				t.Error("a refused file must have no root")
			}
		})
	}
	if _, ps := Parse("f.yaml", []byte(strings.Repeat("[", 64)+strings.Repeat("]", 64))); len(ps) != 0 {
		t.Errorf("64 levels are allowed: %v", ps)
	}
}

func TestManyMistakesTakeNoTime(t *testing.T) {
	t.Parallel()
	line := "[" + strings.Repeat("!x,", 5000) + "]\n"
	_, ps := Parse("f.yaml", []byte(strings.Repeat("- "+line, 5)))
	if len(ps) != maxProblems {
		t.Errorf("got %d problems", len(ps))
	}
}

func TestEmptyTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n", "# nothing\n", "---\n", "\ufeff"} {
		f, ps := Parse("f.yaml", []byte(text))
		if len(ps) > 0 {
			t.Errorf("%q: %v", text, ps)
		}
		if k := f.Root().Kind(); k != Missing && k != Null {
			t.Errorf("%q has a root of kind %d", text, k)
		}
	}
}

func TestWordsStayText(t *testing.T) {
	t.Parallel()
	f, ps := Parse("f.yaml", []byte("on: yes\ny: no\nversion: 1.10\n"))
	o := f.Root().Object(&ps)
	if o.Text("on") != "yes" || o.Text("y") != "no" || o.Text("version") != "1.10" {
		t.Errorf("on, yes, no and 1.10 must be read as written")
	}
	o.Bool("on2")
	if len(ps) > 0 {
		t.Error(ps)
	}
}
