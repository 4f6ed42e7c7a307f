package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/ifsev/ifsev/internal/backtest"
	"github.com/ifsev/ifsev/internal/daemon"
)

// firingsShown is how many firings of each kind are shown of a rule; all of them are in the JSON.
const firingsShown = 20

func showBacktest(w io.Writer, t *daemon.Tried) {
	r := t.Backtest
	say(w, "%s, %s%s", plural(r.Incidents, "incident", "incidents"), plural(r.Events, "event", "events"), span(r))
	for _, l := range []struct {
		what  string
		rules []string
	}{{"added", t.Added}, {"changed", t.Changed}, {"removed", t.Removed}} {
		if len(l.rules) > 0 {
			say(w, "%s: %s", l.what, strings.Join(l.rules, ", "))
		}
	}
	same := 0
	for _, d := range r.Rules {
		if d.Empty() {
			same++
			continue
		}
		say(w, "")
		showDiff(w, d)
	}
	say(w, "\n%s", conclusion(r, same))
	showNotes(w, t)
}

func span(r *backtest.Report) string {
	if r.From.IsZero() {
		return ""
	}
	return ", " + clock(r.From) + " to " + clock(r.To)
}

func conclusion(r *backtest.Report, same int) string {
	switch {
	case len(r.Rules) == 0:
		return "There are no rules to compare."
	case same == len(r.Rules):
		return "No difference: " + plural(same, "rule fires", "rules fire") + " as before."
	case same > 0:
		return plural(same, "other rule fires", "other rules fire") + " as before."
	}
	return "No rule fires as before."
}

func showDiff(w io.Writer, d *backtest.RuleDiff) {
	say(w, "%s: fired %s, would fire %s", d.Rule, times(d.Before), times(d.After))
	var rows [][]string
	add := func(mark string, f *backtest.Firing, at, what string) {
		rows = append(rows, []string{"  " + mark, firedOn(f), at + rung(f.Branch), visible(what)})
	}
	for i := range shownOf(len(d.Added)) {
		f := &d.Added[i]
		add("+", f, clock(f.At), strings.Join(f.Actions, "; "))
	}
	for i := range shownOf(len(d.Gone)) {
		f := &d.Gone[i]
		add("-", f, clock(f.At), strings.Join(f.Actions, "; "))
	}
	for i := range shownOf(len(d.Moved)) {
		m := &d.Moved[i]
		add("~", &m.Before, clock(m.Before.At), "at "+clock(m.After.At)+" instead")
	}
	for i := range shownOf(len(d.Changed)) {
		m := &d.Changed[i]
		add("!", &m.Before, clock(m.Before.At), strings.Join(m.After.Actions, "; ")+" instead of "+strings.Join(m.Before.Actions, "; "))
	}
	table(w, rows)
	if n := len(d.Added) + len(d.Gone) + len(d.Moved) + len(d.Changed) - len(rows); n > 0 {
		say(w, "  and %d more: --format json has all", n)
	}
}

// firedOn names the incident: one that never was with a mark behind it.
func firedOn(f *backtest.Firing) string {
	name := fmt.Sprintf("INC-%d", f.Number)
	if f.Imagined {
		return name + " (imagined)"
	}
	return name
}

func shownOf(n int) int { return min(n, firingsShown) }

func times(n int) string {
	if n == 0 {
		return "never"
	}
	return plural(n, "time", "times")
}

// showNotes says what the comparison leaves open.
func showNotes(w io.Writer, t *daemon.Tried) {
	r := t.Backtest
	if r.Imagined > 0 {
		say(w, "%s never really made %s as delivered at once.", plural(r.Imagined, "delivery that was", "deliveries that were"), count(r.Imagined))
	}
	if n := len(r.Unexplained); n > 0 {
		say(w, "%s between the record and the rules of then, played again: the daemon was down, or its configuration was another. They count on neither side.",
			plural(n, "firing differs", "firings differ"))
	}
	if r.Basis == backtest.BasisRecorded {
		say(w, "The rules of then are not known: the recorded firings themselves are compared with.")
	}
	if r.Ignored > 0 {
		say(w, "%s of a kind not known here left out.", plural(r.Ignored, "event is", "events are"))
	}
	for _, note := range t.Notes {
		say(w, "note: %s", visible(note))
	}
}

func count(n int) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}
