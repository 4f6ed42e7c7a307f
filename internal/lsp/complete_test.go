package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// cursor marks the place of a request in the texts of these tests.
const cursor = "‸"

// marked cuts the mark out of a text and answers where it stood.
func marked(t *testing.T, text string) (content string, line, character int) {
	t.Helper()
	before, after, ok := strings.Cut(text, cursor)
	if !ok {
		t.Fatalf("no mark in %q", text)
	}
	line = strings.Count(before, "\n")
	for _, r := range before[strings.LastIndex(before, "\n")+1:] {
		if character++; r > 0xffff {
			character++
		}
	}
	return before + after, line, character
}

const ask = `people: {alice: {name: Alice Ng}, bob: {page: oncall}}
rotations:
  database: {people: [alice], start: 2026-01-05T09:00}
fields: {region: {type: string, values: [eu, us]}}
calendars: {office: {days: mon-fri}}
connections:
  oncall: {kind: pagerduty, routing_key: "${env:KEY}"}
  status: {kind: webhook, url: "https://status.example.com"}
`

// asked opens a text with a mark in it and asks about its place.
func asked(t *testing.T, c *client, name, method, text string) message {
	t.Helper()
	content, line, character := marked(t, text)
	c.open(name, content)
	return c.call(method, map[string]any{"textDocument": map[string]any{"uri": c.uri(name)}, "position": map[string]any{"line": line, "character": character}})
}

type item struct {
	Label, Detail string
	TextEdit      struct {
		NewText string
		Range   struct{ Start, End struct{ Line, Character int } }
	}
}

func items(t *testing.T, m message) []item {
	t.Helper()
	var list struct{ Items []item }
	if err := json.Unmarshal(m.Result, &list); err != nil || list.Items == nil {
		t.Fatalf("%v in %s", err, m.raw)
	}
	return list.Items
}

func labels(list []item) []string {
	var names []string
	for _, i := range list {
		names = append(names, i.Label)
	}
	return names
}

// Each place with what must be offered there, and what must not.
func TestCompletion(t *testing.T) {
	t.Parallel()
	const rule = "rules:\n  a:\n"
	for name, one := range map[string]struct{ text, offers, not string }{
		"the top of a file":          {"‸", "define rules silences", "if page"},
		"a key at the top, begun":    {"ru‸", "rules", "if"},
		"under a rule":               {rule + "    ‸", "if when then cooldown", "rules page"},
		"a key of a rule, begun":     {rule + "    coo‸", "cooldown", "rules"},
		"keys that are there":        {rule + "    if: x\n    ‸\n    then: []\n", "when", "if then"},
		"a rule's name":              {"rules:\n  ‸", "", "if rules"},
		"a condition":                {rule + "    if: ‸", "severity oncall any major and fields", "event steps item"},
		"a condition, begun":         {rule + "    if: severity <= 2 and sta‸", "status", ""},
		"a list of conditions":       {rule + "    if:\n      - severity == 1\n      - ‸", "status major", "if page"},
		"conditions in brackets":     {rule + "    if: [severity == 1, ‸", "status", "if"},
		"a folded condition":         {rule + "    if: >\n      severity == 1 and\n      ‸", "status", "then"},
		"a define":                   {"define:\n  x: ‸", "severity major", "event"},
		"a set value":                {rule + "    if: status == \"‸", "open mitigated closed invalid", "severity"},
		"a set value, no quote":      {rule + "    if: status == ‸", `"open" severity`, "open"},
		"in single quotes":           {rule + "    if: 'status == ‸", `"open"`, ""},
		"in double quotes":           {rule + "    if: \"status == ‸", `'open'`, `"open"`},
		"an element of a set":        {rule + "    if: status in [\"open\", \"‸", "closed", ""},
		"a set value of a field":     {rule + "    if: fields.region == \"‸", "eu us", "open"},
		"what a function answers":    {rule + "    if: weekday() == \"‸", "mon sun", ""},
		"fields":                     {rule + "    if: fields.‸", "region", "severity"},
		"roles":                      {rule + "    if: roles.‸", "commander owner", "severity"},
		"a rotation":                 {rule + "    if: oncall_added(\"‸", "database", "alice"},
		"a calendar":                 {rule + "    if: business_hours(\"‸", "office night", "database"},
		"an argument":                {rule + "    if: since(‸", "declared_at", ""},
		"event fields":               {rule + "    when: severity_changed\n    if: event.‸", "from to by actor", "severity"},
		"event fields, when behind":  {rule + "    if: event.‸\n    when: [tagged]\n", "tags", "severity"},
		"event fields, deep":         {rule + "    when: noted\n    if: event.actor.‸", "name kind", "from"},
		"an event's closed set":      {rule + "    when: closed\n    if: event.to == \"‸", "open closed", ""},
		"event types":                {rule + "    when: ‸", "declared severity_changed", "severity"},
		"event types in a list":      {rule + "    when: [declared, ‸", "tagged", ""},
		"a schedule":                 {rule + "    when: {‸", "schedule", "declared"},
		"a word of a closed set":     {rule + "    rearm: ‸", "episode when_false never", "if"},
		"true or false":              {rule + "    shadow: ‸", "true false", ""},
		"steps, before the dash":     {rule + "    then:\n      ‸", "page note if", "then"},
		"a step":                     {rule + "    then:\n      - ‸", "page note set slack.post on_error", "then to"},
		"a step, begun":              {rule + "    then:\n      - slack.p‸", "slack.post", ""},
		"a step at the key's column": {rule + "    then:\n    - ‸", "page", "then"},
		"beside an action":           {rule + "    then:\n      - page: database\n        ‸", "retry on_error", "page then"},
		"steps in brackets":          {rule + "    then: [{‸", "page", "then"},
		"bare steps in brackets":     {rule + "    then: [miti‸", "mitigate", "then"},
		"steps of a rung":            {rule + "    after:\n      5m:\n        - ‸", "page", "then"},
		"steps of otherwise":         {rule + "    otherwise:\n      - ‸", "note", "then"},
		"arguments":                  {rule + "    then:\n      - slack.post:\n          ‸", "channel text to", "page retry"},
		"arguments in brackets":      {rule + "    then:\n      - slack.post: {channel: x, ‸", "text", "channel page"},
		"custom fields":              {rule + "    then:\n      - set: {‸", "severity fields.region", "page"},
		"values of a custom field":   {rule + "    then:\n      - set: {fields.region: ‸", "eu us", "severity"},
		"whom to page":               {rule + "    then:\n      - page: ‸", "alice database commander", "page"},
		"whom to page, as argument":  {rule + "    then:\n      - page: {to: ‸", "alice database", "page"},
		"a rotation to add":          {rule + "    then:\n      - add_oncall: ‸", "database", "alice"},
		"a connection":               {rule + "    then:\n      - webhook:\n          to: ‸", "status", "oncall alice"},
		"a template":                 {rule + "    then:\n      - note: \"SEV${‸", "severity rule url steps", "event error"},
		"a template in a block":      {rule + "    then:\n      - note: |\n          hello\n          ${sev‸", "severity", ""},
		"text beside an action":      {rule + "    then:\n      - page: database\n        text: \"${‸", "severity", ""},
		"behind a template":          {rule + "    then:\n      - note: \"${severity} ‸", "", "severity"},
		"an escaped template":        {rule + "    then:\n      - note: \"$${‸", "", "severity"},
		"ids of earlier steps":       {rule + "    then:\n      - id: first\n        slack.post: {text: x}\n      - note: \"${steps.‸", "first", "second"},
		"outputs of earlier steps":   {rule + "    then:\n      - id: first\n        slack.post: {text: x}\n      - note: \"${steps.first.‸", "ts channel", "text"},
		"the error":                  {rule + "    then:\n      - page: database\n        on_error:\n          - note: \"${‸", "error", "item"},
		"an element":                 {rule + "    then:\n      - note: \"${‸\n        each: tags\n", "item index", "error"},
		"a list for each":            {rule + "    then:\n      - each: ‸", "tags", "item"},
		"a step's condition":         {rule + "    then:\n      - note: x\n        if: ‸", "severity rule", ""},
		"retry":                      {rule + "    then:\n      - page: database\n        retry: {‸", "max_age attempts", "page"},
		"a silence":                  {"silences:\n  - ‸", "if until rules", "page"},
		"rules of a silence":         {rule + "    if: x\nsilences:\n  - rules: [‸", "a", "page"},
		"a calendar of a file":       {"calendars:\n  x:\n    ‸", "days hours", "if"},
		"a comment":                  {rule + "    # ‸", "", "if"},
		"a comment behind a value":   {rule + "    if: x # ‸", "", "severity"},
		"a number":                   {rule + "    for: 10‸", "", "if"},
		"behind a broken line":       {"rules: [\n  a: }\nrules:\n  a:\n    ‸", "if", ""},
		"above a broken line":        {rule + "    if: ‸\n    then: [{{{\n  b: \"\n", "severity", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := initialized(t, map[string]string{"ifsev.yaml": ask, "rules/words.yaml": "define: {major: severity <= 2}\ncalendars: {night: {hours: \"22:00-06:00\"}}\n"})
			got := labels(items(t, asked(t, c, "rules/a.yaml", "textDocument/completion", one.text)))
			for _, want := range strings.Fields(one.offers) {
				if !slices.Contains(got, want) {
					t.Errorf("%s is not offered: %q", want, got)
				}
			}
			for _, not := range strings.Fields(one.not) {
				if slices.Contains(got, not) {
					t.Errorf("%s is offered: %q", not, got)
				}
			}
			if one.offers == "" && len(got) > 0 && one.not != "" && name != "a rule's name" {
				t.Errorf("offered: %q", got)
			}
		})
	}
}

// What is offered takes the place of what is typed, dots and quotes right, and a key comes with its colon.
func TestCompletionEdits(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ text, label, want string }{
		{"ru‸", "rules", "rules:"},
		{"rules:\n  a:\n    🚒‸", "if", "rules:\n  a:\n    if: "},
		{"rules:\n  a:\n    i‸f: severity == 1\n", "if", "rules:\n  a:\n    iff: severity == 1\n"},
		{"rules:\n  a:\n    then:\n      ‸", "page", "rules:\n  a:\n    then:\n      - page: "},
		{"rules:\n  a:\n    then:\n      - slack.po‸", "slack.post", "rules:\n  a:\n    then:\n      - slack.post:"},
		{"rules:\n  a:\n    then: [{slack.po‸", "slack.post", "rules:\n  a:\n    then: [{slack.post: "},
		{"rules:\n  a:\n    if: title == \"🚒\" and fields.re‸", "region", "rules:\n  a:\n    if: title == \"🚒\" and fields.region"},
		{"rules:\n  a:\n    if: status == \"o‸\"", "open", "rules:\n  a:\n    if: status == \"open\""},
		{"rules:\n  a:\n    if: onc‸", "oncall", "rules:\n  a:\n    if: oncall("},
		{"rules:\n  a:\n    then: [note: \"${sev‸}\"]", "severity", "rules:\n  a:\n    then: [note: \"${severity}\"]"},
	} {
		c := initialized(t, map[string]string{"ifsev.yaml": ask})
		list := items(t, asked(t, c, "rules/a.yaml", "textDocument/completion", one.text))
		i := slices.IndexFunc(list, func(i item) bool { return i.Label == one.label })
		if i < 0 {
			t.Errorf("%q: %s is not offered", one.text, one.label)
			continue
		}
		content, _, _ := marked(t, one.text)
		if got := applied(content, list[i]); got != one.want {
			t.Errorf("%q: got %q, want %q", one.text, got, one.want)
		}
	}
}

// applied does to a text what an editor does with an edit within a line.
func applied(content string, i item) string {
	lines := strings.Split(content, "\n")
	from, to := i.TextEdit.Range.Start, i.TextEdit.Range.End
	units := utf16.Encode([]rune(lines[from.Line]))
	lines[from.Line] = string(utf16.Decode(units[:from.Character])) + i.TextEdit.NewText + string(utf16.Decode(units[to.Character:]))
	return strings.Join(lines, "\n")
}
