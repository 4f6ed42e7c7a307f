package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Every command has a help text with an example, and every flag says what it is.
func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	w := &world{out: io.Discard, err: io.Discard, env: func(string) string { return "" }}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" || !strings.Contains(c.Example, "ifsev") {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(w, func() {}))
}

// Commands that only reckon are ended by the first signal, also in the middle of it; the others end what is in hand.
func TestWhoGivesSignalsBack(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"check missing": true, "test missing": true, "fmt missing": true, "graph missing": true, "backtest --from missing missing": true, "schema rules": true,
		"serve --log missing": false, "lsp missing": false, "store check missing": false, "version": false, "show INC-1 --server missing": false,
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			released := false
			w := &world{
				in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now, env: func(string) string { return "" },
				lookup: func(string) (string, bool) { return "", false }, terminal: func(io.Writer) bool { return false },
			}
			run(t.Context(), func() { released = true }, w, strings.Fields(args))
			if released != want {
				t.Errorf("signals given back: %v, want %v", released, want)
			}
		})
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "0s ago", -1500 * time.Millisecond: "2s ago", -90 * time.Second: "1m30s ago", -3*time.Hour - 5*time.Second: "3h ago",
		-50*time.Hour - time.Minute: "2d2h ago", 5 * time.Minute: "in 5m",
	} {
		if got := age(now.Add(d), now); got != want {
			t.Errorf("%s: %q, not %q", d, got, want)
		}
	}
}

// Text that comes from outside cannot move the cursor, ring bells or set colours.
func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain → text": "plain → text", "a\nb\tc": "a b c", "\x1b[31mred": "�[31mred", "\a\r": "��", "\u202eevil": "�evil", "\u009b1m": "�1m",
	} {
		if got := visible(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestParsePairs(t *testing.T) {
	t.Parallel()
	got, err := parsePairs("field", []string{"region=eu", "customers=12", "share=0.5", "vip=true", "gone=null", "json=[1]", "eq=a=b", "empty="})
	want := map[string]any{"region": "eu", "customers": 12, "share": 0.5, "vip": true, "gone": nil, "json": "[1]", "eq": "a=b", "empty": ""}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, wrong := range []string{"x", "=y", ""} {
		if _, err := parsePairs("field", []string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestColoursOnTerminalsOnly(t *testing.T) {
	t.Parallel()
	problems := strictyaml.Problems{{File: "a.yaml", Line: 1, Column: 5, Length: 3, Source: "if: xyz", Message: "unknown", Hint: "did you mean x?"}}
	var dull, shiny bytes.Buffer
	showProblems(&dull, problems, "error", false)
	showProblems(&shiny, problems, "error", true)
	if strings.Contains(dull.String(), "\x1b") || !strings.Contains(shiny.String(), red+"        ^^^"+plainText) {
		t.Errorf("%q\n%q", dull.String(), shiny.String())
	}
	for env, want := range map[string]bool{"": true, "NO_COLOR": false} {
		w := &world{env: func(name string) string { return map[bool]string{true: "1"}[name == env] }, terminal: func(io.Writer) bool { return true }}
		if w.colour(io.Discard) != want {
			t.Errorf("with %q set: %v", env, !want)
		}
	}
}

func TestGithubLinesAreEscaped(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	githubLines(&out, "error", strictyaml.Problems{{File: "a,b:c.yaml", Line: 2, Column: 3, Message: "50% is\nwrong", Hint: "x"}, {File: "d.yaml", Message: "m"}})
	want := "::error file=a%2Cb%3Ac.yaml,line=2,col=3::50%25 is%0Awrong%0Ahint: x\n::error file=d.yaml::m\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatHappened(t *testing.T) {
	t.Parallel()
	for want, ev := range map[string]ifsev.Event{
		"Down, severity 1 #db": {Type: ifsev.Declared, Data: ifsev.Data{"title": "Down", "severity": 1, "tags": []any{"db"}}},
		"3 → 2":                {Type: ifsev.SeverityChanged, Data: ifsev.Data{"from": 3, "to": 2}},
		"open → closed: done":  {Type: ifsev.Closed, Data: ifsev.Data{"from": "open", "to": "closed", "reason": "done"}},
		"title: a → b":         {Type: ifsev.Updated, Data: ifsev.Data{"field": "title", "from": "a", "to": "b"}},
		"fields.x: – → 5":      {Type: ifsev.Updated, Data: ifsev.Data{"field": "fields.x", "from": nil, "to": 5}},
		"database: nobody":     {Type: ifsev.OncallAdded, Data: ifsev.Data{"rotation": "database"}},
		"escalate (after[5m])": {Type: ifsev.RuleFired, Data: ifsev.Data{"rule": "escalate", "branch": "after[5m]"}},
		"bob":                  {Type: ifsev.ResponderAdded, Data: ifsev.Data{"person": "bob"}},
		"page to page:bob (rule r), 2 attempts: paged bob through pagerduty": {Type: ifsev.Delivered, Data: ifsev.Data{
			"action": "page", "destination": "page:bob", "rule": "r", "attempts": 2, "receipt": "paged bob through pagerduty",
		}},
		"webhook (rule r), 1 attempt: 500": {Type: ifsev.ActionFailed, Data: ifsev.Data{"action": "webhook", "rule": "r", "attempts": 1, "error": "500"}},
	} {
		if got := what(&ev); got != want {
			t.Errorf("%s: %q, not %q", ev.Type, got, want)
		}
	}
	for want, actor := range map[string]ifsev.Actor{
		"alice": {Kind: ifsev.PersonActor, Name: "alice"}, "rule r": {Kind: ifsev.RuleActor, Name: "r"}, "source am": {Kind: ifsev.SourceActor, Name: "am"},
		"system": {Kind: ifsev.SystemActor, Name: "system"}, "person": {Kind: ifsev.PersonActor},
	} {
		if got := who(&ifsev.Event{Actor: actor}); got != want {
			t.Errorf("%+v: %q", actor, got)
		}
	}
}

// A number goes out as a number, a name that the daemon may know as it is written.
func TestParseSeverity(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{"1": 1, "SEV2": 2, "p3": 3, "INFO": "INFO", "Drill": "Drill"} {
		if got, err := parseSeverity(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, wrong := range []string{"0", "9", "-1", "", " "} {
		if got, err := parseSeverity(wrong); err == nil {
			t.Errorf("%q is taken for %v", wrong, got)
		}
	}
}
