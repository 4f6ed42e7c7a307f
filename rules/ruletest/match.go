package ruletest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// performed is a step that was done.
type performed struct {
	rule        string
	incident    *incident
	at          time.Time
	spec        *ifsev.ActionSpec
	args        ifsev.Data
	destination string
}

// text writes the action as it can be expected: its kind, whom or what it is for, and the rest of what it is told.
func (p *performed) text() string {
	parts := []string{p.spec.Kind}
	first := p.target()
	if first != "" {
		parts = append(parts, plainText(p.args[first]))
	} else if _, name, ok := strings.Cut(p.destination, ":"); ok {
		parts = append(parts, name)
	}
	for _, a := range p.names() {
		if a != first {
			parts = append(parts, plainText(p.args[a]))
		}
	}
	return oneLine(strings.Join(parts, " "))
}

// target is the argument that says whom or what it is for: the short one, or the first that is given.
func (p *performed) target() string {
	for _, name := range []string{p.spec.Short, "to", "channel"} {
		if _, ok := p.args[name]; ok && name != "" {
			return name
		}
	}
	if names := p.names(); len(names) > 0 && p.spec.Inside {
		return names[0]
	}
	return ""
}

// names lists the arguments that were given, in the order of the action's page.
func (p *performed) names() []string {
	var names []string
	for _, a := range p.spec.Args {
		if _, ok := p.args[a.Name]; ok {
			names = append(names, a.Name)
		}
	}
	for _, name := range keysOf(p.args) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	case []any, map[string]any:
		return show(v)
	}
	return fmt.Sprint(v)
}

// matches reports whether the action is the one that is wanted: of the kind, and with what is said about it.
func (w *wanted) matches(p *performed) bool {
	if w.kind != p.spec.Kind {
		return false
	}
	for name, want := range w.args {
		if !agrees(want, p.args[name]) {
			return false
		}
	}
	return w.rest == "" || w.saidBy(p)
}

// saidBy reports whether the words behind the kind are those the action begins with, or what one argument begins with.
func (w *wanted) saidBy(p *performed) bool {
	for _, text := range []string{p.text(), rules.Describe(p.spec, p.args)} {
		if begins(strings.TrimPrefix(text, p.spec.Kind+" "), w.rest) {
			return true
		}
	}
	for _, v := range p.args {
		if begins(oneLine(plainText(v)), w.rest) {
			return true
		}
	}
	return false
}

// begins reports whether a text begins with these words; … stands for anything.
func begins(text, words string) bool {
	head, pattern, wild := strings.Cut(words, "…")
	rest, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	if !wild {
		next, _ := utf8.DecodeRuneInString(rest)
		return rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '-' && next != '_'
	}
	return anywhere(rest, pattern)
}

// anywhere reports whether the rest of a pattern with … stands somewhere in the text.
func anywhere(text, pattern string) bool {
	for _, part := range strings.Split(pattern, "…") {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// agrees compares what is wanted with what is: maps in part, lists as sets of which all must be there (an empty one
// means none), texts as a whole or around …, everything else by how it is written.
func agrees(want, got any) bool {
	switch want := want.(type) {
	case nil:
		return empty(got)
	case map[string]any:
		have, ok := asMap(got)
		for name, v := range want {
			ok = ok && agrees(v, have[name])
		}
		return ok
	case []any:
		return holdsAll(want, got)
	case []string:
		list := make([]any, len(want))
		for i, s := range want {
			list[i] = s
		}
		return holdsAll(list, got)
	case time.Time:
		have, ok := got.(time.Time)
		return ok && have.Equal(want)
	case string:
		return textAgrees(want, plainText(orEmpty(got)))
	}
	return plainText(want) == plainText(orEmpty(got))
}

func textAgrees(want, got string) bool {
	if want == got || strings.TrimSpace(want) == strings.TrimSpace(got) {
		return true
	}
	head, rest, wild := strings.Cut(want, "…")
	if !wild || !strings.HasPrefix(got, head) {
		return false
	}
	got = got[len(head):]
	parts := strings.Split(rest, "…")
	last := parts[len(parts)-1]
	if !anywhere(got, rest) {
		return false
	}
	return last == "" || strings.HasSuffix(got, last)
}

func holdsAll(want []any, got any) bool {
	var have []any
	switch list := got.(type) {
	case []any:
		have = list
	case []string:
		for _, s := range list {
			have = append(have, s)
		}
	case nil:
	default:
		have = []any{got}
	}
	if len(want) == 0 {
		return len(have) == 0
	}
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h any) bool { return agrees(w, h) }) {
			return false
		}
	}
	return true
}

func asMap(v any) (map[string]any, bool) {
	switch m := v.(type) {
	case map[string]any:
		return m, true
	case ifsev.Data:
		return m, true
	}
	return nil, false
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case time.Time:
		return v.IsZero()
	case []string:
		return len(v) == 0
	}
	return false
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// pairUp matches each wanted action with one that was performed, so that as many as can be have their own. It answers
// those left over on both sides.
func pairUp(want []wanted, got []performed) (missing []wanted, extra []performed) {
	taken := make([]int, len(got)) // by which wanted, counted from 1
	var claim func(w int, tried []bool) bool
	claim = func(w int, tried []bool) bool {
		for i := range got {
			if tried[i] || !want[w].matches(&got[i]) {
				continue
			}
			tried[i] = true
			if taken[i] == 0 || claim(taken[i]-1, tried) {
				taken[i] = w + 1
				return true
			}
		}
		return false
	}
	for w := range want {
		if !claim(w, make([]bool, len(got))) {
			missing = append(missing, want[w])
		}
	}
	for i := range got {
		if taken[i] == 0 {
			extra = append(extra, got[i])
		}
	}
	return missing, extra
}
