package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
)

// who names the actor of an event.
func who(ev *wire.Entry) string {
	if ev.Actor.Kind == ifsev.PersonActor || ev.Actor.Name == "" {
		return visible(cmp.Or(ev.Actor.Name, string(ev.Actor.Kind)))
	}
	if string(ev.Actor.Kind) == ev.Actor.Name {
		return ev.Actor.Name
	}
	return string(ev.Actor.Kind) + " " + visible(ev.Actor.Name)
}

// what tells the rest of an event in words.
func what(ev *wire.Entry) string {
	d := ev.Data
	switch ev.Type {
	case ifsev.Declared:
		text := fmt.Sprintf("%s, severity %d", d.String("title"), d.Int("severity"))
		for _, t := range d.Strings("tags") {
			text += " #" + t
		}
		return visible(text)
	case ifsev.Updated:
		return visible(fmt.Sprintf("%s: %s → %s", d.String("field"), shown(d["from"]), shown(d["to"])))
	case ifsev.SeverityChanged:
		return fmt.Sprintf("%d → %d", d.Int("from"), d.Int("to"))
	case ifsev.StatusChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened:
		return visible(join(d.String("from")+" → "+d.String("to"), d.String("reason")))
	case ifsev.Tagged, ifsev.Untagged:
		return visible(strings.Join(d.Strings("tags"), ", "))
	case ifsev.RoleAssigned:
		return visible(fmt.Sprintf("%s: %s → %s", d.String("role"), shown(d["from"]), shown(d["to"])))
	case ifsev.OncallAdded:
		return visible(d.String("rotation") + ": " + cmp.Or(d.String("person"), "nobody"))
	case ifsev.TaskAdded:
		return visible(join(d.String("task")+" "+d.String("text"), d.String("assignee")))
	case ifsev.AlertFiring, ifsev.AlertResolved:
		return visible(d.String("title"))
	case ifsev.Related:
		return visible(d.String("as") + " " + d.String("incident"))
	case ifsev.WindowFilled:
		return visible(fmt.Sprintf("%s: %d %s, %s", d.String("rule"), d.Int("count"), d.String("key"), strings.Join(d.Strings("incidents"), ", ")))
	case ifsev.HeldBack:
		return visible(join(d.String("rule")+rung(d.String("branch")), cmp.Or(d.String("step"), "all of it")+", by its "+d.String("by")))
	case ifsev.RuleFired:
		return visible(d.String("rule") + rung(d.String("branch")))
	case ifsev.PlanCancelled:
		return cancelled(d)
	case ifsev.Delivered, ifsev.ActionFailed:
		return outcome(d)
	}
	return visible(cmp.Or(d.String("text"), d.String("person"), d.String("by"), d.String("url"), d.String("task")))
}

// cancelled tells what was taken back.
func cancelled(d ifsev.Data) string {
	text := "rule " + d.String("rule")
	if due, err := time.Parse(time.RFC3339Nano, d.String("due")); err == nil {
		text += ", due " + clock(due)
	}
	if n := d.Int("firings"); n > 0 {
		text += ", and the steps left of " + plural(n, "firing", "firings")
	}
	return visible(text)
}

// outcome tells how a delivery ended.
func outcome(d ifsev.Data) string {
	text := d.String("action")
	if to := d.String("destination"); to != "" {
		text += " to " + to
	}
	if rule := d.String("rule"); rule != "" {
		text += " (rule " + rule + ")"
	}
	if n := d.Int("attempts"); n > 0 {
		text += ", " + plural(n, "attempt", "attempts")
	}
	return visible(join(join(text, d.String("receipt")), d.String("error")))
}

// join puts a colon between two texts if there are two.
func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + ": " + b
}

func shown(v any) string {
	if v == nil || v == "" {
		return "–"
	}
	return fmt.Sprint(v)
}
