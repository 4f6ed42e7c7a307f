package engine

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// The bounds of an incident's plan.
const (
	planAhead = 30 * ifsev.Day
	planItems = 20
	// planDeliveries is how many deliveries of one incident are looked at.
	planDeliveries = 1000
)

// IncidentPlan is what will happen to an incident if nothing else does.
type IncidentPlan struct {
	Document ifsev.Document
	// At is the instant it was made.
	At time.Time
	rules.Forecast
	// Deliveries are those on their way, the oldest first.
	Deliveries []Delivery
}

// Plan says what the rules in use will do to an incident, if nobody does anything and every delivery succeeds at its
// next attempt: at most 20 things, within 30 days. It changes nothing.
func (e *Engine) Plan(ctx context.Context, ref state.Ref) (IncidentPlan, error) {
	p := IncidentPlan{At: e.now()}
	var err error
	if p.Document, err = e.Incident(ctx, ref); err != nil {
		return p, err
	}
	found, err := e.Deliveries(ctx, state.DeliveryQuery{Incident: p.Document.Incident.ID, Limit: planDeliveries})
	if err != nil {
		return p, err
	}
	var underway []rules.Underway
	for _, d := range found {
		if d.State != ifsev.DeliveryDead && d.ID != "" {
			p.Deliveries = append(p.Deliveries, d)
			underway = append(underway, rules.Underway{Delivery: d.Delivery, At: d.NextAttempt})
		}
	}
	in, set, err := e.rules.input(ctx, &p.Document)
	if err != nil {
		return p, err
	}
	in.Now = p.At
	p.Forecast = set.Plan(in, underway, p.At.Add(planAhead), planItems)
	return p, nil
}
