package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// MaxSilences bounds the silences of a rule set.
const MaxSilences = 1000

// silenceKeys are the keys of a silence.
func silenceKeys() []key {
	return []key{
		{"if", "The incidents it is about: an expression, or a list of which all must hold."},
		{"until", "When it ends: 2026-12-01T08:00 on the clocks of the file's time zone, or an instant such as 2026-12-01T08:00:00Z."},
		{"reason", "Why, for people."},
		{"rules", "The names of the rules it holds back; without it all."},
	}
}

func silenceKeyHints() map[string]string {
	return map[string]string{
		"when": "write `if`", "matchers": "write `if` with an expression such as service == \"shop\"", "where": "write `if`", "comment": "write `reason`",
		"description": "write `reason`", "ends_at": "write `until`", "end": "write `until`", "to": "write `until`", "for": "write `until`, with the instant at which it ends",
		"duration": "write `until`, with the instant at which it ends", "rule": "write `rules`", "from": "it begins when it is loaded; for a later beginning say so in `if`",
	}
}

// readSilences reads the silences of a file; the rules of all files are known by then.
func (l *loader) readSilences(f *ruleFile) {
	if !f.silences.Exists() || f.scope == nil {
		return
	}
	if f.silences.Kind() != strictyaml.List {
		l.errors.Add(f.silences.Problem("`silences` is a list", "begin each silence with `- `: - {if: service == \"shop\", until: 2026-12-01T08:00, reason: …}"))
		return
	}
	for _, n := range f.silences.Items() {
		if len(l.set.Silences) >= MaxSilences {
			l.errors.Add(n.Problem(fmt.Sprintf("there are more than %d silences", MaxSilences), "take out those that are over"))
			return
		}
		if l.budget.told || len(l.errors) > maxProblems {
			return
		}
		l.readSilence(f, n)
	}
}

func (l *loader) readSilence(f *ruleFile, n strictyaml.Node) {
	if n.Kind() != strictyaml.Map {
		l.errors.Add(n.Problem("a silence says `if` and `until`", "write it like {if: service == \"shop\", until: 2026-12-01T08:00, reason: …}"))
		return
	}
	o := n.Object(&l.errors)
	s := Silence{File: n.File().Name(), Line: n.Line()}
	keys := silenceKeys()
	if n.File().Name() == AddedFile {
		s.ID, s.By, s.At = o.Text("id"), o.Text("by"), l.readUntil(o.Take("at"), time.UTC)
		keys = append(keys, addedKeys()...)
	}
	if condition := o.Need("if"); condition.Exists() {
		s.Text = conditionText(condition)
		_, _ = l.condition(condition, func(text string) (err error) {
			s.If, err = l.scopes.condition(f.scope, text)
			return err
		})
	}
	s.Until = l.readUntil(o.Need("until"), f.zone)
	s.Reason = o.Text("reason")
	s.Rules = l.silencedRules(o.Take("rules"))
	l.unknownKeys(o, "a silence", keys, silenceKeyHints())
	if len(l.errors) == 0 {
		content, _ := n.Value().(map[string]any)
		s.hash = l.contentHash(f.zone, content)
	}
	l.set.Silences = append(l.set.Silences, s)
}

// conditionText is a condition as it is written; of a list, its parts joined.
func conditionText(n strictyaml.Node) string {
	if n.Kind() != strictyaml.List {
		return n.Raw()
	}
	var parts []string
	for _, item := range n.Items() {
		parts = append(parts, "("+item.Raw()+")")
	}
	return strings.Join(parts, " and ")
}

// readUntil reads an instant, on the clocks of a zone where it names none.
func (l *loader) readUntil(n strictyaml.Node, zone *time.Location) time.Time {
	text, ok := n.Text(&l.errors)
	if !ok {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at.UTC()
		}
	}
	l.errors.Add(n.Problem(fmt.Sprintf("`until` needs an instant, not %q", text), "write it like 2026-12-01T08:00, on the clocks of the file's time zone, or 2026-12-01T08:00:00Z"))
	return time.Time{}
}

// silencedRules reads the names of rules; nil where there are none, which means all.
func (l *loader) silencedRules(n strictyaml.Node) []string {
	names, ok := n.Texts(&l.errors)
	if !ok {
		return nil
	}
	if len(names) == 0 {
		l.errors.Add(n.Problem("`rules` names no rule", "remove it to silence all rules"))
	}
	known := slices.Sorted(maps.Keys(l.rules))
	items := n.Items()
	if n.Kind() != strictyaml.List {
		items = []strictyaml.Node{n}
	}
	for i, name := range names {
		if !slices.Contains(known, name) {
			l.errors.Add(items[i].Problem(fmt.Sprintf("there is no rule %q", name), nearestOr(name, known, "the rules are known by their names under `rules`")))
		}
	}
	return names
}
