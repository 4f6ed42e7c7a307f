package lsp_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const hovered = `define:
  major: severity <= 2
rules:
  a:
`

// Each place with what is told there; nothing where it says "".
func TestHover(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ text, tells string }{
		"a key of a file":        {"ru‸les: {}\n", "The rules, by name."},
		"a key of a rule":        {hovered + "    cool‸down: 5m\n", "**cooldown**"},
		"the end of a key":       {hovered + "    cooldown‸: 5m\n", "**cooldown**"},
		"a key in brackets":      {"rules: {a: {coo‸ldown: 5m}}\n", "**cooldown**"},
		"a key in quotes":        {hovered + "    \"coo‸ldown\": 5m\n", "**cooldown**"},
		"a variable":             {hovered + "    if: sever‸ity == 1\n", "**severity**: a whole number, 1 to 5"},
		"behind an emoji":        {hovered + "    if: title == \"🚒\" and sever‸ity == 1\n", "**severity**"},
		"a closed set":           {hovered + "    if: sta‸tus == \"open\"\n", "One of `open`, `mitigated`, `closed`, `invalid`."},
		"a custom field":         {hovered + "    if: fields.reg‸ion == \"eu\"\n", "One of `eu`, `us`."},
		"the record before":      {hovered + "    if: fie‸lds.region == \"eu\"\n", "It has `region`."},
		"an event field":         {hovered + "    when: severity_changed\n    if: event.fr‸om == 1\n", "**event.from**: a whole number; it may be unset"},
		"not in a state rule":    {hovered + "    if: event.fr‸om == 1\n", ""},
		"a function":             {hovered + "    if: sin‸ce(declared_at) > 5m\n", "since(time)"},
		"a loop":                 {hovered + "    if: an‸y(tags, # == \"x\")\n", "any(list, condition)"},
		"a define":               {hovered + "    if: ma‸jor\n", "severity <= 2"},
		"a define of many lines": {"define:\n  big:\n    - severity == 1\n    - acknowledged\nrules: {a: {if: bi‸g}}\n", "severity == 1 and acknowledged"},
		"where it is defined":    {"define:\n  maj‸or: severity <= 2\n", "severity <= 2"},
		"a keyword":              {hovered + "    if: major an‸d true\n", ""},
		"an unknown name":        {hovered + "    if: sverit‸y == 1\n", ""},
		"a template":             {hovered + "    then: [note: \"SEV${sev‸erity}\"]\n", "**severity**"},
		"beside a template":      {hovered + "    then: [note: \"sev‸erity ${severity}\"]\n", ""},
		"a block of text":        {hovered + "    then:\n      - note: |\n          it is\n          ${sev‸erity}\n", "**severity**"},
		"an output":              {hovered + "    then:\n      - id: first\n        slack.post: {text: x}\n      - note: ${steps.first.t‸s}\n", "The message's id in its channel"},
		"an action":              {hovered + "    then:\n      - pa‸ge: database\n", "Pages a person"},
		"a bare action":          {hovered + "    then: [miti‸gate]\n", "**mitigate**"},
		"an argument":            {hovered + "    then: [{page: {t‸o: database}}]\n", "person, rotation or role"},
		"a rotation":             {hovered + "    then: [page: data‸base]\n", "database: {people: [alice], start: 2026-01-05T09:00}"},
		"a person":               {hovered + "    then: [page: {to: al‸ice}]\n", "Alice Ng"},
		"a connection":           {hovered + "    then: [webhook: {to: sta‸tus}]\n", "is a connection of ifsev.yaml."},
		"a rotation by name":     {hovered + "    if: oncall_added(\"data‸base\")\n", "database:"},
		"a calendar":             {hovered + "    if: business_hours(\"off‸ice\")\n", "office: {days: mon-fri}"},
		"a type of event":        {hovered + "    when: sever‸ity_changed\n", "`event.from`, `event.to`"},
		"a comment":              {hovered + "    # sever‸ity\n", ""},
		"nothing":                {hovered + "    if: major\n‸\n", ""},
		"behind the end":         {"rules: {}\n\n\n‸", ""},
		"a file that is broken":  {"rules:\n  a:\n    if: sever‸ity == 1\n    then: [{{\n", "**severity**"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := initialized(t, map[string]string{"ifsev.yaml": ask})
			m := asked(t, c, "rules/a.yaml", "textDocument/hover", one.text)
			var h struct{ Contents struct{ Kind, Value string } }
			if err := json.Unmarshal(m.Result, &h); err != nil {
				t.Fatal(err)
			}
			if one.tells == "" && string(m.Result) != "null" || one.tells != "" && !strings.Contains(h.Contents.Value, one.tells) {
				t.Errorf("want %q, got %s", one.tells, m.raw)
			}
		})
	}
}

// No secret of the configuration is shown: a connection is told by its name alone.
func TestHoverShowsNoConnection(t *testing.T) {
	t.Parallel()
	c := initialized(t, map[string]string{"ifsev.yaml": "connections:\n  status: {kind: webhook, url: \"https://hooks.example.com/T0KEN\"}\n"})
	m := asked(t, c, "rules/a.yaml", "textDocument/hover", "rules: {a: {then: [webhook: {to: sta‸tus}]}}\n")
	if !strings.Contains(m.raw, "status") || strings.Contains(m.raw, "T0KEN") {
		t.Errorf("got %s", m.raw)
	}
}

func TestHoverInOtherFiles(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ name, text, tells string }{
		{"ifsev.yaml", "time‸zone: UTC\n", "time zone"},
		{"ifsev.yaml", "people: {alice: {}}\nrotations: {d: {people: [ali‸ce]}}\n", "alice: {}"},
		{"rules/a_test.yaml", "te‸sts: {}\n", "**tests**"},
	} {
		c := initialized(t, map[string]string{"ifsev.yaml": ""})
		content, line, character := marked(t, one.text)
		c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": c.uri(one.name), "version": 1, "text": content}})
		m := c.call("textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": c.uri(one.name)}, "position": map[string]any{"line": line, "character": character}})
		if !strings.Contains(m.raw, one.tells) {
			t.Errorf("%s: %s", one.text, m.raw)
		}
	}
}

// Each place with the file, and the text on the line, that it leads to.
func TestDefinition(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"ifsev.yaml":       ask,
		"rules/words.yaml": "# words\ndefine:\n  ä: severity == 5\n  big: severity == 1\ncalendars: {night: {hours: \"22:00-06:00\"}}\n",
	}
	for name, one := range map[string]struct{ text, file, at string }{
		"a define of this file":    {hovered + "    if: ma‸jor\n", "rules/a.yaml", "1:2-1:7"},
		"a define of another":      {hovered + "    if: bi‸g\n", "rules/words.yaml", "3:2-3:5"},
		"a rotation":               {hovered + "    then: [page: data‸base]\n", "ifsev.yaml", "2:2-2:10"},
		"a person":                 {hovered + "    then: [page: bo‸b]\n", "ifsev.yaml", "0:34-0:37"},
		"a rotation by name":       {hovered + "    if: oncall_added(\"data‸base\")\n", "ifsev.yaml", "2:2-2:10"},
		"a calendar of a file":     {hovered + "    if: business_hours(\"nig‸ht\")\n", "rules/words.yaml", "4:12-4:17"},
		"a calendar":               {hovered + "    if: business_hours(\"off‸ice\")\n", "ifsev.yaml", "4:12-4:18"},
		"a connection":             {hovered + "    then: [webhook: {to: sta‸tus}]\n", "ifsev.yaml", "7:2-7:8"},
		"a step":                   {hovered + "    then:\n      - id: first\n        slack.post: {text: x}\n      - note: ${steps.fir‸st.ts}\n", "rules/a.yaml", "5:12-5:17"},
		"a rule of a silence":      {"rules:\n  quiet: {}\nsilences:\n  - rules: [qui‸et]\n", "rules/a.yaml", "1:2-1:7"},
		"a variable leads nowhere": {hovered + "    if: seve‸rity == 1\n", "", ""},
		"a key leads nowhere":      {hovered + "    i‸f: severity == 1\n", "", ""},
		"a name nobody knows":      {hovered + "    if: nob‸ody\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := initialized(t, files)
			m := asked(t, c, "rules/a.yaml", "textDocument/definition", one.text)
			var places []struct {
				URI   string
				Range struct{ Start, End struct{ Line, Character int } }
			}
			if err := json.Unmarshal(m.Result, &places); err != nil {
				t.Fatal(err)
			}
			if one.file == "" && len(places) == 0 {
				return
			}
			if len(places) != 1 || places[0].URI != c.uri(one.file) {
				t.Fatalf("got %s", m.raw)
			}
			p := places[0].Range
			if got := at(p.Start.Line, p.Start.Character) + "-" + at(p.End.Line, p.End.Character); got != one.at {
				t.Errorf("%s in %s, want %s", got, filepath.Base(places[0].URI), one.at)
			}
		})
	}
}
