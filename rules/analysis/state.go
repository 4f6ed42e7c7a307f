package analysis

import (
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// pace says which chains are looked at.
type pace int

const (
	// atOnce is what happens within one decision: no time passes, nothing is delivered.
	atOnce pace = iota
	// inTime is everything: deliveries end, and what was waited for comes.
	inTime
	// ever is what can set off what at all, be it once.
	ever
)

// state is a set of rules that are supposed to fire again and again, and nobody else: what follows from that.
type state struct {
	*model
	pace  pace
	nodes []*node
	owner map[*effect]*node
	// live are the effects that can go on for ever, each with the values it can begin with.
	live map[*effect][]string
	// written are the variables that may change.
	written []string
	// frozen is what of a rule's facts cannot change meanwhile; lasting that and what is said of the event.
	frozen, lasting map[*node]lang.Facts
	// reopens says that incidents are opened again, declares that others are declared: the rules begin anew on them.
	reopens, declares bool
}

func (m *model) newState(nodes []*node, p pace) *state {
	s := &state{model: m, pace: p, nodes: nodes, owner: map[*effect]*node{}}
	for _, n := range nodes {
		for _, e := range n.effects {
			s.owner[e] = n
		}
	}
	if p == ever {
		s.live = map[*effect][]string{}
		for e := range s.owner {
			s.live[e] = nil
		}
	} else {
		s.live = m.lively(s)
	}
	for e := range s.live {
		s.written = append(s.written, e.touches...)
		s.reopens = s.reopens || s.reopening(e)
		s.declares = s.declares || e.declares
	}
	slices.Sort(s.written)
	s.written = slices.Compact(s.written)
	s.frozen, s.lasting = map[*node]lang.Facts{}, map[*node]lang.Facts{}
	for _, n := range nodes {
		s.lasting[n] = n.facts.Without(func(about lang.Subject) bool { return !ofEvent(about) && s.moves(about) })
		s.frozen[n] = s.lasting[n].Without(ofEvent)
	}
	return s
}

func ofEvent(about lang.Subject) bool {
	return slices.ContainsFunc(about.Reads, func(r string) bool { return strings.HasPrefix(r, eventPrefix) || r == "event" })
}

// moves tells whether a subject may change while the rules go on.
func (s *state) moves(about lang.Subject) bool {
	if s.pace != atOnce && about.Timed {
		return true
	}
	if !slices.ContainsFunc(about.Reads, func(r string) bool { return overlaps(s.written, r) }) {
		return false
	}
	for e := range s.live {
		if e.changes(about) {
			return true
		}
	}
	return false
}

// changes tells whether an effect can change a subject. Whether one word is in a list is not changed by another.
func (e *effect) changes(about lang.Subject) bool {
	_, list, member := membership(e.field)
	_, asked, asksMember := membership(about.Text)
	if member && asksMember && e.known && list == asked {
		return e.field == about.Text
	}
	return slices.ContainsFunc(about.Reads, func(r string) bool { return overlaps(e.touches, r) })
}

// overlaps tells whether a variable, or a field of it, or the record it is in, is among those.
func overlaps(written []string, read string) bool {
	return slices.ContainsFunc(written, func(w string) bool {
		return w == read || strings.HasPrefix(w, read+".") || strings.HasPrefix(read, w+".")
	})
}

// effects are those of the rule that count at this pace.
func (s *state) effects(n *node) []*effect {
	if s.pace != atOnce {
		return n.effects
	}
	return slices.DeleteFunc(slices.Clone(n.effects), func(e *effect) bool { return e.branch != thenBranch && e.branch != elseBranch })
}

func (s *state) reopening(e *effect) bool {
	if e.field != "status" || e.known && e.to != "open" {
		return false
	}
	from := s.live[e]
	return s.pace == ever || slices.Contains(from, "closed") || slices.Contains(from, "invalid")
}

// returns tells whether a rule can fire again and again at this pace, if it is set off again and again.
func (s *state) returns(n *node) bool {
	r := n.rule
	switch {
	case s.pace == ever:
		return true
	case r.Window != nil:
		return false // it fires once until its events have ceased to come
	case s.declares && (s.pace == inTime || !boundsAll(r) && r.For == 0 && len(r.Then) > 0):
		return true // on each incident anew
	case n.onEvent():
		return s.pace == inTime || r.Cooldown == 0 && (r.Budget == nil || r.Budget.Deliveries)
	case r.Rearm == rules.RearmNever, r.Rearm == rules.RearmEpisode && !s.reopens:
		return false
	case s.pace == atOnce && (r.For > 0 || r.Cooldown > 0 || len(r.Then) == 0):
		return false
	case r.Rearm == rules.RearmEpisode:
		return true // a new episode arms it again, whatever its condition is
	}
	return s.falls(n)
}

// falls tells whether the condition of a rule can become false.
func (s *state) falls(n *node) bool {
	if s.pace == inTime && slices.ContainsFunc(n.subjects, func(about lang.Subject) bool { return about.Timed }) {
		return true
	}
	for e := range s.live {
		if s.touches(e, n) && n.otherwise.And(s.after(e)).Possible() {
			return true
		}
	}
	return false
}

// touches tells whether an effect changes what the condition reads.
func (s *state) touches(e *effect, n *node) bool { return slices.ContainsFunc(n.subjects, e.changes) }

// after is what an effect leaves behind.
func (s *state) after(e *effect) lang.Facts {
	out := lang.Always()
	if e.known && e.field != "" {
		out = s.valueFacts(e.field, e.to, nil)
	}
	if s.pace == atOnce {
		out = out.And(lang.IsBetween("since(last_activity_at)", -int64(1)<<62, 0))
		if e.field == "severity" {
			out = out.And(lang.IsBetween("since(severity_changed_at)", -int64(1)<<62, 0))
		}
	}
	return out
}

// signal is an event a rule can make, with what is certain about it.
type signal struct {
	kind  ifsev.EventType
	facts lang.Facts
	by    *effect // nil for what every firing makes
	via   string
	// waits says that time passes before it comes.
	waits bool
	// failing says that something must go wrong for it.
	failing bool
}

// signals lists the events of a rule that can come again and again.
func (s *state) signals(n *node) []signal {
	mine := actor(n.rule.Name)
	own := mine.And(lang.Is("event.rule", n.rule.Name))
	out := []signal{{kind: ifsev.RuleFired, facts: own, via: string(ifsev.RuleFired)}}
	if n.rule.Budget != nil && s.pace != atOnce { // it is asked first
		out = append(out, signal{kind: ifsev.HeldBack, facts: lang.Is("event.rule", n.rule.Name), via: string(ifsev.HeldBack), waits: true})
	}
	if n.rule.Window != nil {
		out = append(out, signal{kind: ifsev.WindowFilled, facts: lang.Is("event.rule", n.rule.Name), via: string(ifsev.WindowFilled)})
	}
	for _, e := range s.effects(n) {
		from, live := s.live[e]
		if !live {
			continue
		}
		for _, t := range e.tells {
			if t == ifsev.Reopened && s.pace != ever && !slices.Contains(from, "closed") && !slices.Contains(from, "invalid") {
				continue
			}
			if t == ifsev.StatusChanged && e.known && e.to == "open" && s.pace != ever && !slices.Contains(from, "mitigated") {
				continue
			}
			out = append(out, signal{kind: t, facts: s.told(n, e, t), by: e, via: string(t)})
		}
	}
	return append(out, s.ends(n)...)
}

// actor says that a rule made the event.
func actor(name string) lang.Facts { return actorBy(name, name) }

func actorBy(name, by string) lang.Facts {
	return lang.Is("event.actor.kind", string(ifsev.RuleActor)).And(lang.Is("event.actor.name", name)).And(lang.Is("event.by", by))
}

// told is what is certain of the event an effect makes.
func (s *state) told(n *node, e *effect, t ifsev.EventType) lang.Facts {
	f := actor(n.rule.Name)
	switch t {
	case ifsev.Acknowledged:
		return actorBy(n.rule.Name, "rule "+n.rule.Name)
	case ifsev.Updated:
		f = f.And(lang.Is("event.field", e.field))
		if e.known && s.isText(e.field) {
			f = f.And(lang.Is("event.to", e.to))
		}
	case ifsev.RoleAssigned:
		if role := strings.TrimPrefix(e.field, "roles."); role != "*" {
			f = f.And(lang.Is("event.role", role))
		}
	case ifsev.SeverityChanged:
		if e.known {
			f = f.And(s.eventNumber(e.to))
		}
	case ifsev.StatusChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened:
		if e.known {
			f = f.And(lang.Is("event.to", e.to))
		}
	}
	return f
}

func (s *state) eventNumber(value string) lang.Facts {
	if len(value) != 1 {
		return lang.Always()
	}
	k := int(value[0] - '0')
	return lang.IsBetween("event.to", k, k)
}

// ends are the events that say how steps ended.
func (s *state) ends(n *node) []signal {
	var out []signal
	each(n.rule, func(b branch, step *rules.Step) {
		if s.pace == atOnce && b.delay > 0 {
			return
		}
		f := lang.Is("event.rule", n.rule.Name).And(lang.Is("event.action", step.Spec.Kind))
		if !leaves(step) {
			if s.fails(step) {
				f = f.And(actor(n.rule.Name)).And(lang.Is("event.reason", string(ifsev.ReasonConfig)))
				out = append(out, signal{kind: ifsev.ActionFailed, facts: f, via: string(ifsev.ActionFailed), failing: true})
			}
			return
		}
		out = append(out, signal{kind: ifsev.ActionFailed, facts: f, via: string(ifsev.ActionFailed), failing: true, waits: true})
		out = append(out, signal{kind: ifsev.Delivered, facts: f, via: string(ifsev.Delivered), waits: true})
	})
	if s.pace == atOnce {
		out = slices.DeleteFunc(out, func(x signal) bool { return x.waits })
	}
	return out
}

// each calls f with every step of a rule, those of on_error included.
func each(r *rules.Rule, f func(branch, *rules.Step)) {
	for _, b := range branches(r) {
		for i := range b.Steps {
			f(b, &b.Steps[i])
			for j := range b.Steps[i].OnError {
				f(b, &b.Steps[i].OnError[j])
			}
		}
	}
}

// leaves tells whether a step leads away from the incident, so that time passes until it has ended.
func leaves(s *rules.Step) bool { return !s.Spec.Inside || s.Spec.Kind == ifsev.ActionDeclare }

// waits tells whether time passes before a rule fires on what sets it off.
func (n *node) waits() bool {
	r := n.rule
	if n.onEvent() {
		return false
	}
	return r.For > 0 || r.Cooldown > 0 || len(r.After) > 0 || r.Every > time.Duration(0) || r.If.UsesTime()
}
