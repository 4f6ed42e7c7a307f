package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const ladderPack = `pack: ladder
inputs:
  who: {type: target, description: Who is paged}
  wait: {type: duration, default: 5m}
rules:
  r:
    if: open_for > inputs.wait
    then: [page: "${inputs.who}"]
`

// A pack that lies elsewhere is read where it is used, and its mistakes are told where they are.
func TestPacksElsewhere(t *testing.T) {
	t.Parallel()
	const use = "use:\n  mine: {pack: ../packs/ladder.yaml, with: {who: alice}}\n"
	for name, config := range map[string]string{"without a configuration": "", "with one": "ifsev.yaml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"packs/ladder.yaml": ladderPack, "rules/a.yaml": use}
			people := "alice"
			if config == "" {
				people = "commander"
			} else {
				files[config] = ask
			}
			c := initialized(t, files)
			if got := c.open("rules/a.yaml", strings.Replace(use, "alice", people, 1)); len(got) > 0 {
				t.Errorf("got %s", got)
			}
			if got := c.open("rules/b.yaml", "use: {other: {pack: ../packs/nowhere.yaml}}\n"); len(got) != 1 || !strings.Contains(got[0], "nowhere.yaml") {
				t.Errorf("a pack that is not there: %s", got)
			}
		})
	}
}

// Each place with what must be offered there, and what must not.
func TestCompletionOfWhatGathers(t *testing.T) {
	t.Parallel()
	const storm = "rules:\n  a:\n    when: declared\n    window: {by: tags, last: 10m, count: 5}\n    then:\n"
	const roll = "rules:\n  a:\n    when: {schedule: \"0 9 * * *\", each: EACH}\n    then:\n      - note: ${‸"
	const budget = "rules:\n  a:\n    when: declared\n    budget:\n      firings: 1\n      in: 1h\n      digest:\n        - note: ${‸"
	for name, one := range map[string]struct{ text, offers, not string }{
		"a window":               {storm + "      - note: ${‸", "window severity", "held selected"},
		"what a window has":      {storm + "      - note: ${window.‸", "count incidents key since", "severity"},
		"before the window":      {"rules:\n  a:\n    then: [{note: \"${‸\"}]\n    window: {}\n", "window", "held"},
		"not in its condition":   {"rules:\n  a:\n    window: {}\n    if: ‸", "severity", "window"},
		"no window":              {"rules:\n  a:\n    then: [{note: \"${‸\"}]\n", "severity", "window held selected"},
		"once in all":            {strings.Replace(roll, "EACH", "false", 1), "selected", "window held"},
		"once each":              {strings.Replace(roll, "EACH", "true", 1), "severity", "selected"},
		"a digest":               {budget, "held", "window"},
		"a digest, and a window": {strings.Replace(budget, "    budget:", "    window: {}\n    budget:", 1), "held", "window"},
		"inputs in a pack":       {ladderPack + "  s:\n    if: ‸", "inputs severity", ""},
		"the inputs of a pack":   {ladderPack + "  s:\n    if: inputs.‸", "who wait", "severity"},
		"inputs in no pack":      {"rules:\n  a:\n    if: ‸", "severity", "inputs"},
		"what a pack wants":      {"use:\n  a:\n    pack: ../packs/ladder.yaml\n    with:\n      ‸", "who wait", "pack"},
		"what it still wants":    {"use:\n  a:\n    pack: ../packs/ladder.yaml\n    with: {who: alice, ‸", "wait", "who"},
		"what no pack wants":     {"use:\n  a:\n    pack: ../packs/none.yaml\n    with: {‸", "", "who wait"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := initialized(t, map[string]string{"ifsev.yaml": ask, "packs/ladder.yaml": ladderPack})
			got := labels(items(t, asked(t, c, "rules/a.yaml", "textDocument/completion", one.text)))
			for word := range strings.FieldsSeq(one.offers) {
				if !slices.Contains(got, word) {
					t.Errorf("%s is not offered: %s", word, got)
				}
			}
			for word := range strings.FieldsSeq(one.not) {
				if slices.Contains(got, word) {
					t.Errorf("%s is offered", word)
				}
			}
		})
	}
}

func TestHoverOfWhatGathers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rules: {a: {when: declared, window: {}, then: [note: \"${window.co‸unt}\"]}}\n":         "how many there are",
		"rules: {a: {budget: {digest: [note: \"${he‸ld.count}\"]}}}\n":                           "what the budget of the rule held back",
		"rules: {a: {when: {schedule: x, each: false}, then: [note: \"${selec‸ted.count}\"]}}\n": "the incidents the schedule of the rule selected",
		strings.Replace(ladderPack, "inputs.wait", "inputs.wa‸it", 1):                            "a duration",
		strings.Replace(ladderPack, "{inputs.who}", "{inputs.wh‸o}", 1):                          "Who is paged",
		"rules: {a: {when: declared, win‸dow: {by: tags}}}\n":                                    "Fire once enough events have come together",
		"rules: {a: {when: declared, budget: {fir‸ings: 1}}}\n":                                  "How many firings there are at most",
		"use: {a: {pack: p.yaml, wi‸th: {}}}\n":                                                  "The values of its inputs",
	} {
		c := initialized(t, map[string]string{"ifsev.yaml": ask})
		if m := asked(t, c, "rules/a.yaml", "textDocument/hover", text); !strings.Contains(strings.ToLower(m.raw), strings.ToLower(want)) {
			t.Errorf("%s\nwant %q, got %s", text, want, m.raw)
		}
	}
}

func TestDefinitionInPacks(t *testing.T) {
	t.Parallel()
	const use = "use:\n  mine:\n    pack: ../packs/ladder.yaml\n    with: {who: alice}\n"
	for text, want := range map[string]string{
		strings.Replace(use, "../packs", "../pa‸cks", 1):                  "packs/ladder.yaml 0",
		strings.Replace(use, "who:", "wh‸o:", 1):                          "packs/ladder.yaml 2",
		strings.Replace(use, "who:", "nob‸ody:", 1):                       "",
		strings.Replace(use, "ladder", "no‸ne", 1):                        "",
		strings.Replace(ladderPack, "> inputs.wait", "> inputs.wa‸it", 1): "rules/a.yaml 3",
		strings.Replace(ladderPack, "{inputs.who}", "{inputs.‸who}", 1):   "rules/a.yaml 2",
	} {
		c := initialized(t, map[string]string{"ifsev.yaml": ask, "packs/ladder.yaml": ladderPack})
		m := asked(t, c, "rules/a.yaml", "textDocument/definition", text)
		var places []struct {
			URI   string
			Range struct{ Start struct{ Line int } }
		}
		if err := json.Unmarshal(m.Result, &places); err != nil {
			t.Fatal(err)
		}
		file, line, _ := strings.Cut(want, " ")
		if want == "" && len(places) > 0 || want != "" && (len(places) != 1 || places[0].URI != c.uri(file) || line != string(rune('0'+places[0].Range.Start.Line))) {
			t.Errorf("%s\nwant %q, got %s", text, want, m.raw)
		}
	}
}
