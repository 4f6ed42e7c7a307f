package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// plan says what happens next to an incident if nothing else does.
func plan(ctx context.Context, s *Server, c *call) (*answer, error) {
	r, err := ref(c.path("id"))
	if err != nil {
		return nil, err
	}
	return s.planOf(ctx, r, c.path("id"))
}

func (s *Server) planOf(ctx context.Context, r state.Ref, id string) (*answer, error) {
	p, err := s.engine.Plan(ctx, r)
	if err != nil {
		return nil, missing(err, id)
	}
	shown := wire.Plan{
		Incident: p.Document.Incident.ID, Number: p.Document.Incident.Number, At: p.At, Items: []wire.Planned{}, More: p.More,
		Deliveries: []wire.Delivery{},
	}
	for _, it := range p.Items {
		shown.Items = append(shown.Items, wire.Planned{At: it.At, Rule: it.Rule, Branch: it.Branch, What: list(it.What), Certain: it.Certain})
	}
	for i := range p.Deliveries {
		shown.Deliveries = append(shown.Deliveries, showDelivery(&p.Deliveries[i]))
	}
	return ok(shown), nil
}

// cancelPlan cancels what a rule has pending on an incident, and answers the plan that is left.
func cancelPlan(ctx context.Context, s *Server, c *call) (*answer, error) {
	doc, err := s.document1(ctx, c)
	if err != nil {
		return nil, err
	}
	name := c.path("rule")
	unfinished := slices.ContainsFunc(doc.Firings, func(f ifsev.Firing) bool { return f.Rule == name })
	if set := s.engine.Rules(); set.Rule(name) == nil && !unfinished {
		return nil, noRule(set, name)
	}
	r := state.Ref{ID: doc.Incident.ID}
	if _, err := s.submit(ctx, c, engine.Request{Ref: r, Change: ifsev.Change{CancelPlan: name}}); errors.Is(err, rules.ErrNothingPending) {
		return nil, refuse(http.StatusConflict, "rule %s waits for nothing on %s, so there is nothing to cancel", name, doc.Incident.Name())
	} else if err != nil {
		return nil, err
	}
	return s.planOf(ctx, r, c.path("id"))
}

// noRule says that there is no such rule, with the nearest name there is.
func noRule(set *rules.Set, name string) error {
	if near, found := strictyaml.Nearest(name, ruleNames(set)); found {
		return refuse(http.StatusNotFound, "there is no rule %s: did you mean %s?", describe(name), near)
	}
	return refuse(http.StatusNotFound, "there is no rule %s", describe(name))
}

// ruleNames answers the names of all rules of a set, the disabled ones too.
func ruleNames(set *rules.Set) []string {
	var names []string
	for _, r := range slices.Concat(set.Rules, set.Disabled) {
		names = append(names, r.Name)
	}
	return names
}
