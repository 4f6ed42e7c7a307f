package api

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
	"github.com/ifsev/ifsev/state"
)

// explanation says why each rule did or did not fire: what it says now and waits for, what it last answered, and the
// firings it led to.
func explanation(ctx context.Context, s *Server, c *call) (*answer, error) {
	doc, err := s.document1(ctx, c)
	if err != nil {
		return nil, err
	}
	only := c.query.Get("rule")
	set := s.engine.Rules()
	if only != "" && set.Rule(only) == nil {
		return nil, noRule(set, only)
	}
	verdicts, err := s.engine.Verdicts(ctx, state.Ref{ID: doc.Incident.ID})
	if err != nil {
		return nil, err
	}
	fired, err := s.firings(ctx, &doc, only)
	if err != nil {
		return nil, err
	}
	shown := wire.Explanation{
		Incident: doc.Incident.ID, Number: doc.Incident.Number, At: s.now().UTC(), Rules: []wire.Explained{}, Wake: doc.Wake,
	}
	for _, x := range set.Explain(doc, shown.At, verdicts) {
		if only == "" || only == x.Rule {
			shown.Rules = append(shown.Rules, explainRule(set.Rule(x.Rule), &x, fired))
		}
	}
	return ok(shown), nil
}

func explainRule(r *rules.Rule, x *rules.Explanation, fired []firing) wire.Explained {
	e := wire.Explained{
		Rule: x.Rule, Verdict: string(x.Verdict), HeldBy: string(x.Held), Reason: x.Reason, Shadow: r.Shadow, Error: x.Error, Atoms: showAtoms(x.Atoms),
		Since: x.Since, ChangesAt: x.ChangesAt, FiresAt: x.FiresAt, Branch: x.Branch, When: eventNames(r.When), Schedule: r.ScheduleText(), Firings: []wire.Firing{}, History: showHistory(x.History),
	}
	for _, f := range fired {
		if f.Rule == x.Rule {
			e.Firings = append(e.Firings, f.Firing)
		}
	}
	if v := x.Recorded; v != nil {
		e.Recorded = &wire.Recorded{
			Verdict: string(v.Kind), HeldBy: string(v.Held), Reason: v.Reason, At: v.At, Event: v.Event, Error: v.Error, Atoms: showAtoms(v.Atoms),
		}
	}
	return e
}

func showHistory(history []rules.Past) []wire.Past {
	shown := make([]wire.Past, len(history))
	for i, p := range history {
		shown[i] = wire.Past{
			Verdict: string(p.Kind), HeldBy: string(p.Held), Reason: p.Reason, At: p.At, Event: p.Event, Error: p.Error, Firing: p.Firing,
		}
	}
	return shown
}

func showAtoms(atoms []lang.Atom) []wire.Atom {
	shown := make([]wire.Atom, len(atoms))
	for i, a := range atoms {
		shown[i] = wire.Atom{Text: a.Text, Value: a.Value, Evaluated: a.Evaluated}
	}
	return shown
}

func eventNames(types []ifsev.EventType) []string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	return names
}

// duration writes one for people; nothing for none.
func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ifsev.FormatDuration(d)
}
