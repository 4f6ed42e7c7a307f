package lsp

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// Positions there and back, in texts with every width of character and every line break.
func TestPositions(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		text            string
		line, character int
		offset, column  int
	}{
		{"abc", 0, 1, 1, 1},
		{"abc", 0, 99, 3, 3},
		{"abc", 7, 0, 3, 3},
		{"", 0, 0, 0, 0},
		{"ä🚒x", 0, 1, 2, 1},
		{"ä🚒x", 0, 3, 6, 2},
		{"ä🚒x", 0, 2, 2, 1}, // within the emoji: its beginning
		{"ä🚒x", 0, 4, 7, 3},
		{"a\nb", 1, 0, 2, 0},
		{"a\r\nb", 0, 5, 1, 1},
		{"a\r\nb", 1, 1, 4, 1},
		{"a\rb", 1, 0, 2, 0},
		{"a\n", 1, 0, 2, 0},
		{"a\r", 1, 3, 2, 0},
	} {
		text := newText(one.text)
		p := position{one.line, one.character}
		if got := text.offset(p); got != one.offset {
			t.Errorf("%q at %v: offset %d, want %d", one.text, p, got, one.offset)
		}
		if got := text.point(p).column; got != one.column {
			t.Errorf("%q at %v: column %d, want %d", one.text, p, got, one.column)
		}
	}
}

// mapped are the positions as they would be reckoned by hand, from the UTF-16 of the lines.
func mapped(t *testing.T, whole string) {
	t.Helper()
	text := newText(whole)
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(whole, "\r\n", "\n"), "\r", "\n"), "\n")
	if len(lines) != len(text.starts) {
		t.Fatalf("%q: %d lines, want %d", whole, len(text.starts), len(lines))
	}
	for n, line := range lines {
		runes := []rune(line)
		for column := range len(runes) + 1 {
			want := position{n, len(utf16.Encode(runes[:column]))}
			if got := text.position(point{n, column}); got != want {
				t.Fatalf("%q: %v is %v, want %v", whole, point{n, column}, got, want)
			}
			if got := text.point(want); got != (point{n, column}) {
				t.Fatalf("%q: %v is %v, want %v", whole, want, got, point{n, column})
			}
			if !utf8.ValidString(whole[text.offset(want):]) {
				t.Fatalf("%q: %v is within a character", whole, want)
			}
		}
	}
}

func FuzzPositions(f *testing.F) {
	for _, seed := range []string{"", "a\nb", "ä🚒\r\nx\ry", "\U0010ffff\n\u0301", "\r\r\n\n"} {
		f.Add(seed, 0, 1, 1, 2, "x")
	}
	f.Fuzz(func(t *testing.T, whole string, line, character, toLine, toCharacter int, put string) {
		if !utf8.ValidString(whole) || !utf8.ValidString(put) || len(whole) > 2000 {
			return // JSON holds no other
		}
		mapped(t, whole)
		edited := newText(whole).edited(contentChange{Range: &textRange{position{line, character}, position{toLine, toCharacter}}, Text: put})
		if !utf8.ValidString(edited.whole) || !strings.Contains(edited.whole, put) {
			t.Fatalf("%q became %q", whole, edited.whole)
		}
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"file:///a/b.yaml": "/a/b.yaml", "file:///a/%C3%A4%20b.yaml": "/a/ä b.yaml", "file:///a/../b.yaml": "/b.yaml",
		"file:///c%3A/rules.yaml": "c:/rules.yaml", "FILE:///x": "/x", "untitled:Untitled-1": "", "": "", "file://": "", "::": "", "file:///a%00b": "",
	} {
		if got := pathOf(uri); got != want {
			t.Errorf("%s: got %q, want %q", uri, got, want)
		}
	}
	for _, path := range []string{"/a/b.yaml", "/a/ä b#?%.yaml"} {
		if got := pathOf(uriOf(path)); got != path {
			t.Errorf("%s became %s", path, got)
		}
	}
}
