package analysis

import (
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// edge says that one rule can set off another, and through what.
type edge struct {
	from, to *node
	// via are the events and fields, sorted.
	via []string
	// elsewhere says that one of the ways leads to an incident that the first rule declares.
	elsewhere bool
	// waits says that time passes on at least one of the ways; failing that something must go wrong on all of them.
	waits, failing bool
}

// edges finds every edge between the rules of the state, by rule.
func (s *state) edges() map[*node][]edge {
	out := map[*node][]edge{}
	for _, from := range s.nodes {
		signals := s.signals(from)
		for _, to := range s.nodes {
			if e, ok := s.edge(from, to, signals); ok {
				out[from] = append(out[from], e)
			}
		}
	}
	return out
}

func (s *state) edge(from, to *node, signals []signal) (edge, bool) {
	e := edge{from: from, to: to, failing: true, waits: to.waits()}
	if to.rule.Schedule != nil {
		return e, false // it runs when it is time to, whatever other rules do
	}
	base := lang.Facts{}
	looked := false
	possible := func(f lang.Facts) bool {
		if !looked {
			base, looked = s.frozen[from].And(s.lasting[to]), true
			if !to.onEvent() || s.pace == ever { // nothing comes between, so all of its condition counts
				base = base.And(to.facts)
			}
		}
		return base.And(f).Possible()
	}
	if to.onEvent() {
		s.byEvent(&e, signals, possible)
	} else {
		s.byField(&e, possible)
	}
	s.byDeclaring(&e)
	slices.Sort(e.via)
	e.via = slices.Compact(e.via)
	return e, len(e.via) > 0
}

// byEvent looks for events of one rule that the other looks at.
func (s *state) byEvent(e *edge, signals []signal, possible func(lang.Facts) bool) {
	for _, x := range signals {
		if !e.to.wants(x.kind) {
			continue
		}
		f := x.facts.And(s.eventOf(x.kind, e.to.subjects))
		if x.by != nil {
			f = f.And(s.frozenGuard(x.by)).And(s.between(x.by))
		}
		if possible(f) {
			e.via = append(e.via, x.via)
			e.waits = e.waits || x.waits
			e.failing = e.failing && x.failing
		}
	}
}

// byField looks for changes that can make the condition of a rule that watches the state true.
func (s *state) byField(e *edge, possible func(lang.Facts) bool) {
	e.failing = false
	for _, effect := range s.effects(e.from) {
		_, live := s.live[effect]
		begins := live && s.reopening(effect) // a new episode: every rule looks anew
		if !live || !begins && !s.touches(effect, e.to) {
			continue
		}
		after := s.after(effect).And(s.frozenGuard(effect))
		rises := possible(after)
		falls := len(e.to.rule.Otherwise) > 0 && e.to.otherwise.And(after).Possible()
		if !rises && !falls {
			continue
		}
		if begins {
			e.via = append(e.via, string(ifsev.Reopened))
		}
		e.via = append(e.via, s.shared(effect, e.to)...)
	}
}

// byDeclaring looks for incidents that one rule declares and on which the other fires. Nothing that is known of the
// incident of the first holds there.
func (s *state) byDeclaring(e *edge) {
	to := e.to
	if to.onEvent() && !to.wants(ifsev.Declared) {
		return
	}
	for _, x := range s.effects(e.from) {
		if _, live := s.live[x]; !live || !x.declares {
			continue
		}
		f := s.lasting[to].And(s.declared(x.step, to.subjects))
		if to.onEvent() {
			f = f.And(s.declaredEvent(e.from, x.step)).And(s.eventOf(ifsev.Declared, to.subjects))
		}
		if s.pace == ever {
			f = f.And(to.facts)
		}
		if f.Possible() {
			e.via, e.elsewhere, e.failing = append(e.via, string(ifsev.Declared)), true, false
		}
	}
}

// between is what is left of an effect when an event rule looks at its event: other rules may have changed values
// since, but not the time.
func (s *state) between(e *effect) lang.Facts {
	if s.pace == ever {
		return s.after(e)
	}
	fieldless := *e
	fieldless.known = false
	return s.after(&fieldless)
}

func (s *state) frozenGuard(e *effect) lang.Facts {
	return e.guard.Without(func(about lang.Subject) bool { return ofEvent(about) || s.moves(about) })
}

// shared names what an effect changes and the condition reads.
func (s *state) shared(e *effect, to *node) []string {
	var out []string
	for _, about := range to.subjects {
		if !e.changes(about) {
			continue
		}
		for _, r := range about.Reads {
			if overlaps(e.touches, r) {
				out = append(out, r)
			}
		}
	}
	return out
}
