package nearest

import (
	"slices"
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	t.Parallel()
	keys := []string{"severity", "severity_changed_at", "status", "tags", "title", "for", "if", "then", "otherwise", "add_tags", "slack.post"}
	words := []string{"open", "mitigated", "closed", "since"}
	for word, want := range map[string]string{
		"sevrity": "severity", "stauts": "status", "TAGS": "tags", "tag": "tags", "add-tags": "add_tags", "slack_post": "slack.post",
		"fro": "for", "fi": "if", "of": "if", "tehn": "then", // two letters that changed places are one slip
		"sev": "severity", "Sev": "severity", "prio": "severity", "priority": "severity", "state": "status", "labels": "tags", "else": "otherwise", "actions": "then",
		"seve": "severity", "slack": "slack.post", "oth": "otherwise",
		"zebra": "", "": "", "something_else_entirely": "", strings.Repeat("severity", 100): "", "ti": "",
		"desc": "", "s": "", // what they mean is not known here
	} {
		if got, ok := Word(word, keys); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]string{"opne": "open", "Open": "open", "sinse": "since", "mitigate": "mitigated", "xyz": "", "resolved": "", "o": ""} {
		if got, _ := Word(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got, _ := Word("ab", []string{"ac", "aa"}); got != "aa" {
		t.Errorf("of two as near the first in the alphabet, got %q", got)
	}
	if keys[0] != "severity" {
		t.Error("the list of known words was changed")
	}
}

// No alias is itself near to what it does not mean, and each means one word.
func TestAliasesAreWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for word, meant := range aliases {
		if plain(word) != word || aliases[meant] != "" {
			t.Errorf("%q means %q", word, meant)
		}
		if got, _ := Word(word, []string{meant}); got != meant {
			t.Errorf("%q: %q, want %q", word, got, meant)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"", "abc"}: 3, {"abc", ""}: 3, {"fro", "for"}: 1, {"for", "fro"}: 1, {"kitten", "sitting"}: 3, {"größe", "grösse"}: 2, {"abcd", "badc"}: 2,
	} {
		if got := distance([]rune(pair[0]), []rune(pair[1])); got != want {
			t.Errorf("%q: %d, want %d", pair, got, want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b", "c"}, "a, b or c"}, {slices.Repeat([]string{"x"}, Few+1), strings.Repeat("x, ", Few) + "…"}} {
		if got := List(c.words); got != c.want {
			t.Errorf("%v: %q, want %q", c.words, got, c.want)
		}
	}
}
