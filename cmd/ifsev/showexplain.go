package main

import (
	"io"
	"strings"

	"github.com/ifsev/ifsev/internal/wire"
)

// showExplanation tells for each rule what it says, with the value of each part, and what it waits for.
func (r *remote) showExplanation(w io.Writer, e *wire.Explanation) {
	if len(e.Rules) == 0 {
		say(w, "No rules are loaded.")
		return
	}
	for i := range e.Rules {
		if i > 0 {
			say(w, "")
		}
		r.showExplained(w, &e.Rules[i])
		most := shownPast
		if len(e.Rules) == 1 {
			most = len(e.Rules[i].History)
		}
		showHistory(w, e.Rules[i].History, most)
	}
}

// shownPast is how many changes are shown of each rule where all rules are; of one rule alone it is all that are kept.
const shownPast = 3

// showHistory tells what a rule said, and from when on; nothing where it has said one thing only.
func showHistory(w io.Writer, history []wire.Past, most int) {
	if len(history) < 2 {
		return
	}
	say(w, "  what it said, and from when on:")
	var rows [][]string
	for _, p := range history[max(0, len(history)-most):] {
		text := p.Verdict
		if p.HeldBy != "" {
			text += " (" + p.HeldBy + ")"
		}
		for _, more := range []string{p.Reason, p.Error} {
			if more != "" {
				text += ": " + visible(more)
			}
		}
		rows = append(rows, []string{"    " + clock(p.At), text})
	}
	table(w, rows)
}

func (r *remote) showExplained(w io.Writer, e *wire.Explained) {
	say(w, "%s: %s", e.Rule, r.verdict(e))
	showAtoms(w, e.Atoms)
	for _, f := range e.Firings {
		text := "fired " + clock(f.At) + rung(f.Branch)
		say(w, "    %s", text+r.progress(&f))
	}
	if rec := e.Recorded; rec != nil && len(e.When) == 0 && rec.Verdict == "fired" && e.Verdict == "false" {
		say(w, "  when it fired, at %s:", clock(rec.At))
		showAtoms(w, rec.Atoms)
	}
	if e.Error != "" {
		say(w, "    error: %s", visible(e.Error))
	}
}

// progress says how far a firing has come.
func (r *remote) progress(f *wire.Firing) string {
	switch {
	case f.Done:
		return ""
	case f.Queued:
		return ", it begins when the run before it is finished"
	case !f.Until.IsZero():
		return ", it waits until " + clock(f.Until) + " (" + age(f.Until, r.now()) + ")"
	}
	return ", its steps are not finished"
}

// verdict says in one line what a rule answers and what it waits for.
func (r *remote) verdict(e *wire.Explained) string {
	text := r.answer(e)
	if e.Reason != "" {
		text += " (" + visible(e.Reason) + ")"
	}
	if e.Shadow {
		text += "; it is in shadow, and does nothing"
	}
	return text
}

func (r *remote) answer(e *wire.Explained) string {
	due := ""
	if !e.FiresAt.IsZero() {
		due = " at " + clock(e.FiresAt) + " (" + age(e.FiresAt, r.now()) + ")" + rung(e.Branch)
	}
	switch {
	case e.HeldBy == "silenced":
		return "held back by a silence" + until(due)
	case e.HeldBy == "mode":
		return "held back by a run of its own that was unfinished"
	case e.HeldBy == "budget":
		return "held back by its budget; it is told once the time of the budget is over" + until(due)
	case e.HeldBy == "window" && e.Schedule != "":
		return e.Verdict + "; its schedule selects it" + due + ", and it fires once for all that are selected, on the oldest of them"
	case e.HeldBy == "window":
		return "counted in its window; it fires once the window is full, on the incident that fills it"
	case len(e.When) > 0 && len(e.Firings) == 0:
		return "not fired; it waits for " + strings.Join(e.When, ", ")
	case len(e.When) > 0:
		return "fired; it waits for the next " + strings.Join(e.When, ", ")
	case e.HeldBy == "cancelled":
		return e.Verdict + ", and somebody cancelled what it had pending"
	case e.Verdict == "error":
		return "it could not be decided"
	case e.Schedule != "" && due != "":
		return e.Verdict + "; by its schedule it fires" + due + " if nothing else changes"
	case e.Schedule != "":
		return e.Verdict + "; its schedule is " + e.Schedule
	case e.Verdict == "false" && due != "":
		return "false; it fires" + due + " if nothing else changes"
	case e.Verdict == "false":
		return "false"
	case e.HeldBy == "shadow":
		return "true, and it would have fired"
	case e.HeldBy == "spent":
		return "true, and it has fired"
	case e.HeldBy == "baseline":
		return "true, but it already was when the rule was loaded"
	case e.HeldBy == "limit":
		return "true, but it has fired as often as it may"
	case due != "":
		return "true; it fires" + due
	}
	return e.Verdict
}

// until says when what is held back is done.
func until(due string) string {
	if due == "" {
		return ""
	}
	return "; it fires" + due + " if nothing else changes"
}

func showAtoms(w io.Writer, atoms []wire.Atom) {
	var rows [][]string
	for _, a := range atoms {
		value := a.Value
		if !a.Evaluated {
			value = "(not looked at)"
		}
		rows = append(rows, []string{"    " + visible(a.Text), visible(value)})
	}
	table(w, rows)
}
