package analysis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// witness tries loops out: it makes incidents that suit the conditions, does what would set the rules off, and lets the
// set decide, with every delivery arriving, to see whether the chain is ended for being too long. What it has seen is
// certain; what it has not seen may still be.
type witness struct {
	*model
	budget int // looks of a rule at an event that may still be had
}

const (
	maxLooks = 400_000
	// maxRounds is how many decisions one story has, and enough how often each rule must then have fired to be taken
	// for one that never ends.
	maxRounds = 80
	enough    = 8
)

func newWitness(m *model) *witness { return &witness{model: m, budget: maxLooks} }

// seen tells how the loop was seen to go on without end.
func (w *witness) seen(l *loop) (string, bool) {
	beginners := l.nodes
	if !slices.ContainsFunc(beginners, (*node).comesFromOutside) {
		beginners = w.nodes
	}
	for _, n := range beginners {
		for _, s := range w.starts(n) {
			if w.budget <= 0 {
				return "", false
			}
			if w.endless(l, s) {
				return "seen " + s.text(), true
			}
		}
	}
	return "", false
}

// endless lets the set decide what follows from a start.
func (w *witness) endless(l *loop, s start) bool {
	var waiting []ifsev.Delivery
	fired := map[string]int{}
	in := rules.Input{Document: s.doc, Submissions: s.submissions, Now: s.now}
	for round := range maxRounds {
		if w.budget <= 0 {
			return false
		}
		d := w.set.Decide(in)
		w.budget -= (1 + len(d.Events)) * (1 + len(w.nodes))
		for _, ev := range d.Events {
			if ev.Type == ifsev.RuleFired {
				fired[ev.Data.String("rule")]++
			}
			if chainEnded(ev) && slices.ContainsFunc(l.nodes, func(n *node) bool { return slices.Contains(ev.Data.Strings("rules"), n.rule.Name) }) {
				return true
			}
		}
		waiting = append(waiting, d.Deliveries...)
		in = rules.Input{Document: d.Document, Now: in.Now}
		id := fmt.Sprint("witness-", round)
		switch {
		case len(waiting) > 0 && l.elsewhere() && waiting[0].Action == ifsev.ActionDeclare:
			in = rules.Input{Submissions: []rules.Submission{declaredBy(waiting[0], round)}, Now: in.Now}
			waiting = nil // the story goes on with the new incident
		case len(waiting) > 0:
			in.Submissions = []rules.Submission{{ID: id, Outcome: &ifsev.Outcome{Delivery: waiting[0], Attempts: 1, Receipt: &ifsev.Receipt{Status: 200}}}}
			waiting = waiting[1:]
		case l.pace == inTime && !d.Document.Wake.IsZero():
			in.Now = d.Document.Wake
			in.Submissions = []rules.Submission{{ID: id}}
		default:
			return false
		}
	}
	return l.swings() && !slices.ContainsFunc(l.nodes, func(n *node) bool { return fired[n.rule.Name] < enough })
}

// declaredBy is the declaration of another incident.
func declaredBy(d ifsev.Delivery, round int) rules.Submission {
	sub := rules.DeclaredBy(d)
	sub.IncidentID, sub.Number = ifsev.DeclaredID(d.ID), int64(round)+2
	return sub
}

func chainEnded(ev ifsev.Event) bool {
	return ev.Type == ifsev.ActionFailed && ev.Data.String("reason") == "chain"
}

// swings tells whether a value goes back and forth, unlike a reminder that comes again and again.
func (l *loop) swings() bool {
	for _, n := range l.nodes {
		if slices.ContainsFunc(n.effects, func(e *effect) bool { return e.field != "" && !e.once }) {
			return true
		}
	}
	return false
}

// start is how a story begins.
type start struct {
	doc         ifsev.Document
	submissions []rules.Submission
	now         time.Time
	event       ifsev.EventType
	after       ifsev.Incident
}

// text says how a story begins.
func (s *start) text() string {
	parts := []string{fmt.Sprintf("on an incident with severity %d that is %s", s.after.Severity, s.after.Status)}
	if len(s.after.Tags) > 0 {
		parts = append(parts, "tagged "+strings.Join(s.after.Tags, ", "))
	}
	return strings.Join(parts, ", ") + ", after " + string(s.event)
}

// comesFromOutside tells whether something other than a rule can set a rule off.
func (n *node) comesFromOutside() bool {
	if !n.onEvent() {
		return true
	}
	return slices.ContainsFunc(ifsev.EventTypes(), func(t ifsev.EventType) bool { return n.wants(t) && fromOutside(t) })
}

func fromOutside(t ifsev.EventType) bool {
	switch t {
	case ifsev.Delivered, ifsev.ActionFailed, ifsev.RuleFired, ifsev.WindowFilled, ifsev.HeldBack:
		return false
	}
	return true
}

// starts lists how a rule may be set off.
func (w *witness) starts(n *node) []start {
	const most = 150
	var out []start
	for _, now := range []time.Time{weekday, weekend} {
		for _, inc := range append(w.incidents(n, now), w.tagged(n, now)...) {
			for _, s := range w.startsWith(n, inc, now) {
				if out = append(out, s); len(out) >= most {
					return out
				}
			}
		}
	}
	return out
}

// startsWith lists what leads to the incident as it is given: for a rule that watches the state any change will do.
func (w *witness) startsWith(n *node, inc ifsev.Incident, now time.Time) []start {
	asked := changes()
	if n.onEvent() {
		asked = slices.DeleteFunc(ifsev.EventTypes(), func(t ifsev.EventType) bool { return !n.wants(t) || !fromOutside(t) })
	}
	var out []start
	for _, t := range asked {
		all := causes(t, inc, n.facts)
		if !n.onEvent() {
			all = all[:min(len(all), 1)]
		}
		for _, c := range all {
			doc := ifsev.Document{Incident: c.before, Epoch: w.set.Epoch, DecidedAt: now}
			if t == ifsev.Declared {
				doc = ifsev.Document{}
			}
			c.submission.ID, c.submission.Actor = "witness", ifsev.Actor{Kind: ifsev.PersonActor, Name: somebody}
			c.submission.IncidentID, c.submission.Number = inc.ID, inc.Number
			out = append(out, start{doc: doc, submissions: []rules.Submission{c.submission}, now: now, event: t, after: inc})
		}
	}
	return out
}

// changes are the events that begin most stories of rules that watch the state.
func changes() []ifsev.EventType {
	return []ifsev.EventType{
		ifsev.Declared, ifsev.SeverityChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened, ifsev.StatusChanged, ifsev.Tagged, ifsev.Updated,
	}
}
