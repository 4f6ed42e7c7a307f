package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
)

// headline is an incident in one line.
func headline(inc *wire.Incident) string {
	line := fmt.Sprintf("%s  %s  %s  %s", inc.Name(), inc.SeverityName, inc.Status, visible(inc.Title))
	if inc.Acknowledged {
		line += "  (acknowledged by " + visible(inc.AcknowledgedBy) + ")"
	}
	return line
}

func (r *remote) showList(w io.Writer, found []wire.Incident) {
	if len(found) == 0 {
		say(w, "No incidents.")
		return
	}
	rows := [][]string{{"INCIDENT", "SEVERITY", "STATUS", "ACK", "DECLARED", "TAGS", "TITLE"}}
	for i := range found {
		s := &found[i]
		ack := ""
		if s.Acknowledged {
			ack = "yes"
		}
		rows = append(rows, []string{
			"INC-" + strconv.FormatInt(s.Number, 10), s.SeverityName, string(s.Status), ack, age(s.DeclaredAt, r.now()),
			visible(strings.Join(s.Tags, ",")), visible(s.Title),
		})
	}
	table(w, rows)
}

func (r *remote) showStory(w io.Writer, st *story) {
	inc := &st.Incident
	say(w, "%s", headline(inc))
	r.showFacts(w, inc)
	say(w, "\nTimeline")
	rows := make([][]string, len(st.Timeline))
	for i := range st.Timeline {
		ev := &st.Timeline[i]
		rows[i] = []string{"  " + clock(ev.At), strings.ReplaceAll(string(ev.Type), "_", " "), who(ev), what(ev)}
	}
	table(w, rows)
	r.showWaiting(w, st)
	if c := st.Chain; c != nil && c.OK {
		say(w, "\nVerified: %s, every one as it was written (%.12s…)", plural(c.Commits, "commit", "commits"), c.Head)
	}
}

func (r *remote) showFacts(w io.Writer, inc *wire.Incident) {
	var rows [][]string
	fact := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{"  " + name, visible(value)})
		}
	}
	at := func(name string, t time.Time) {
		if !t.IsZero() {
			fact(name, clock(t)+" ("+age(t, r.now())+")")
		}
	}
	fact("description", inc.Description)
	at("declared", inc.DeclaredAt)
	at("acknowledged", inc.AcknowledgedAt)
	at("mitigated", inc.MitigatedAt)
	at("closed", inc.ClosedAt)
	fact("service", inc.Service)
	fact("source", inc.Source)
	fact("key", inc.Key)
	fact("tags", strings.Join(inc.Tags, ", "))
	for _, role := range sorted(inc.Roles) {
		fact(role, inc.Roles[role])
	}
	fact("responders", strings.Join(inc.Responders, ", "))
	var oncalls []string
	for _, o := range inc.Oncalls {
		oncalls = append(oncalls, o.Rotation+": "+cmp.Or(o.Person, "nobody"))
	}
	fact("on call", strings.Join(oncalls, ", "))
	fact("subscribers", strings.Join(inc.Subscribers, ", "))
	if n := len(inc.Alerts); n > 0 {
		fact("alerts", fmt.Sprintf("%d firing of %d", inc.FiringAlerts(), n))
	}
	for _, name := range sorted(inc.Fields) {
		fact(name, fmt.Sprint(inc.Fields[name]))
	}
	for _, l := range inc.Links {
		fact("link", strings.TrimSpace(l.Title+" "+l.URL))
	}
	for _, other := range inc.Related {
		fact(other.As, other.Incident)
	}
	for _, t := range inc.Tasks {
		fact("task", taskLine(&t))
	}
	fact("url", inc.URL)
	table(w, rows)
}

func taskLine(t *ifsev.Task) string {
	line := t.ID + " " + t.Text
	if t.Assignee != "" {
		line += " (" + t.Assignee + ")"
	}
	if t.Done {
		line += ", done"
	}
	return line
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// waiting is one thing that will happen by itself, or that somebody must act on.
type waiting struct {
	at   time.Time
	text []string
}

// showWaiting tells what will happen by itself, the earliest first: rules that will fire, and deliveries on their way;
// then what was given up.
func (r *remote) showWaiting(w io.Writer, st *story) {
	var coming, dead []waiting
	for i := range st.Rules {
		if e := &st.Rules[i]; !e.FiresAt.IsZero() && !e.Shadow {
			coming = append(coming, waiting{e.FiresAt, []string{
				"  " + clock(e.FiresAt), age(e.FiresAt, r.now()), "rule " + e.Rule + " fires" + rung(e.Branch), "unless something changes before",
			}})
		}
	}
	for i := range st.Deliveries {
		d := &st.Deliveries[i]
		if d.State == ifsev.DeliveryDead {
			dead = append(dead, waiting{d.CreatedAt, []string{"  " + d.Action + " to " + visible(d.Destination), deliveryState(d)}})
			continue
		}
		coming = append(coming, r.onItsWay(d))
	}
	if len(coming) == 0 {
		say(w, "\nNothing is waiting.")
	} else {
		say(w, "\nWaiting")
		showLines(w, coming)
	}
	if len(dead) > 0 {
		say(w, "\nGiven up")
		showLines(w, dead)
	}
}

// onItsWay tells of a delivery that waits, is being made or will be made again.
func (r *remote) onItsWay(d *wire.Delivery) waiting {
	soon := ""
	if !d.NextAttemptAt.IsZero() {
		soon = age(d.NextAttemptAt, r.now())
	}
	return waiting{d.NextAttemptAt, []string{"  " + clock(d.NextAttemptAt), soon, d.Action + " to " + visible(d.Destination), deliveryState(d)}}
}

func showLines(w io.Writer, lines []waiting) {
	slices.SortStableFunc(lines, func(a, b waiting) int { return a.at.Compare(b.at) })
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = l.text
	}
	table(w, rows)
}

func rung(branch string) string {
	if branch == "" || branch == "then" {
		return ""
	}
	return " (" + branch + ")"
}

func deliveryState(d *wire.Delivery) string {
	text := strings.ReplaceAll(string(d.State), "_", " ")
	if d.Attempts > 0 {
		text += ", " + plural(d.Attempts, "attempt", "attempts")
	}
	if d.LastError != "" {
		text += ": " + visible(d.LastError)
	}
	if d.State == ifsev.DeliveryDead {
		text += " (send it again: ifsev deliveries retry " + d.ID + ")"
	}
	return text
}
