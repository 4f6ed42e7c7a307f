package api

import (
	"context"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/analysis"
)

func listRules(_ context.Context, s *Server, _ *call) (*answer, error) {
	set := s.engine.Rules()
	shown := wire.RuleSet{Items: []wire.Rule{}, Epoch: set.Epoch, Hash: set.Hash}
	for _, r := range set.Rules {
		shown.Items = append(shown.Items, s.showRule(r, true))
	}
	for _, r := range set.Disabled {
		shown.Items = append(shown.Items, s.showRule(r, false))
	}
	return ok(shown), nil
}

func showOneRule(_ context.Context, s *Server, c *call) (*answer, error) {
	set, name := s.engine.Rules(), c.path("name")
	if r := set.Rule(name); r != nil {
		return ok(s.showRule(r, true)), nil
	}
	for _, r := range set.Disabled {
		if r.Name == name {
			return ok(s.showRule(r, false)), nil
		}
	}
	return nil, noRule(set, name)
}

func (s *Server) showRule(r *rules.Rule, enabled bool) wire.Rule {
	counts := s.engine.RuleCounts(r.Name)
	shown := wire.Rule{
		Name: r.Name, When: eventNames(r.When), Description: r.Description, Owner: r.Owner, File: r.File, Line: r.Line, Enabled: enabled,
		Max: r.Max, Rearm: string(r.Rearm), Then: stepKinds(r.Then), Otherwise: stepKinds(r.Otherwise), Hash: r.Hash,
		For: duration(r.For), Every: duration(r.Every), Cooldown: duration(r.Cooldown),
		Schedule: r.ScheduleText(), Mode: string(r.Mode), Backfill: r.Backfill, Shadow: r.Shadow,
		Evaluations: counts.Evaluations, Firings: counts.Firings, Errors: counts.Errors,
	}
	if r.If != nil {
		shown.If = r.If.Source()
	}
	for i := range r.After {
		g := &r.After[i]
		shown.After = append(shown.After, wire.Rung{Delay: ifsev.FormatDuration(g.Delay), Steps: stepKinds(g.Steps)})
	}
	return shown
}

// stepKinds names what the steps do, in order.
func stepKinds(steps []rules.Step) []string {
	var kinds []string
	for i := range steps {
		if steps[i].Spec != nil {
			kinds = append(kinds, steps[i].Spec.Kind)
		}
	}
	return kinds
}

// checkRules checks a text against the world of the loaded set, without loading it.
func checkRules(_ context.Context, s *Server, c *call) (*answer, error) {
	name := c.body.String("name")
	if name == "" {
		name = "rules.yaml"
	}
	loaded := s.engine.Rules()
	sources := []rules.Source{{Name: name, Text: c.body.String("text")}}
	packs := rules.PackFiles(sources[0])
	for _, f := range loaded.Files() { // the packs it uses are those that are loaded
		if f.Name != name && slices.Contains(packs, f.Name) {
			sources = append(sources, f)
		}
	}
	set, wrong, warnings := analysis.Load(sources, loaded.World)
	shown := wire.Check{OK: len(wrong) == 0, Errors: list(wrong), Warnings: list(warnings)}
	if set != nil {
		shown.Rules = len(set.Rules)
	}
	return ok(shown), nil
}

func reload(ctx context.Context, s *Server, _ *call) (*answer, error) {
	done, err := s.reload(ctx)
	if err != nil {
		return nil, err
	}
	done.Added, done.Changed, done.Removed, done.Warnings = list(done.Added), list(done.Changed), list(done.Removed), list(done.Warnings)
	return ok(done), nil
}
