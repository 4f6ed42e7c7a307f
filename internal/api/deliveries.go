package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
)

const deliveriesMost = 1000

func listDeliveries(ctx context.Context, s *Server, c *call) (*answer, error) {
	q := state.DeliveryQuery{Rule: c.query.Get("rule"), Limit: deliveriesMost}
	if text := c.query.Get("incident"); text != "" {
		r, err := ref(text)
		if err != nil {
			return nil, err
		}
		doc, err := s.engine.Incident(ctx, r)
		if err != nil {
			return nil, missing(err, text)
		}
		q.Incident = doc.Incident.ID
	}
	wanted := ifsev.DeliveryState(c.query.Get("state"))
	q.Dead = wanted == ifsev.DeliveryDead
	found, err := s.engine.Deliveries(ctx, q)
	if err != nil {
		return nil, err
	}
	page := wire.Page[wire.Delivery]{Items: []wire.Delivery{}}
	limit := c.number("limit", pageMost)
	for i := range found {
		if (wanted == "" || found[i].State == wanted) && len(page.Items) < limit {
			page.Items = append(page.Items, showDelivery(&found[i]))
		}
	}
	return ok(page), nil
}

func showDelivery(d *engine.Delivery) wire.Delivery {
	return wire.Delivery{
		ID: d.ID, Incident: d.Incident, Number: d.Number, Rule: d.Rule, Firing: d.Firing, Step: d.Step, Action: d.Action,
		Destination: d.Destination, State: d.State, Attempts: d.Attempts, CreatedAt: d.CreatedAt,
		NextAttemptAt: d.NextAttempt, LastError: d.LastError,
	}
}

// retryDelivery sends a dead delivery again. One that is waiting anyway is answered as it is, so that asking twice does
// no harm.
func retryDelivery(ctx context.Context, s *Server, c *call) (*answer, error) {
	id := c.path("id")
	err := s.engine.RetryDelivery(ctx, id)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return nil, err
	}
	found, err := s.engine.Deliveries(ctx, state.DeliveryQuery{ID: id, Limit: 1})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, refuse(http.StatusNotFound, "no delivery %q waits or is dead: what was delivered is told in the incident's timeline", id)
	}
	return ok(showDelivery(&found[0])), nil
}

func dropDelivery(ctx context.Context, s *Server, c *call) (*answer, error) {
	id := c.path("id")
	err := s.engine.DropDelivery(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return nil, refuse(http.StatusNotFound, "no delivery %q is dead: only dead ones can be dropped", id)
	}
	return &answer{status: http.StatusNoContent}, err
}
