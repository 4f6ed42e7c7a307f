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

const (
	deliveriesMost = 1000
	// deliveriesPages is how many times as many are looked at for one page, where a state is asked for: the store does
	// not know them by their states.
	deliveriesPages = 5
)

func listDeliveries(ctx context.Context, s *Server, c *call) (*answer, error) {
	wanted, limit := ifsev.DeliveryState(c.query.Get("state")), c.limit(pageMost)
	if text := c.query.Get("incident"); text != "" {
		r, err := ref(text)
		if err != nil {
			return nil, err
		}
		doc, err := s.engine.Incident(ctx, r)
		if err != nil {
			return nil, missing(err, text)
		}
		if wanted == ifsev.DeliveryDelivered {
			return s.delivered(ctx, c, &doc.Incident, limit)
		}
		return s.undelivered(ctx, c, state.DeliveryQuery{Incident: doc.Incident.ID}, wanted, limit)
	}
	if wanted == ifsev.DeliveryDelivered {
		return nil, refuse(http.StatusBadRequest, "state=delivered is told of one incident only: name it as well, such as incident=INC-1")
	}
	return s.undelivered(ctx, c, state.DeliveryQuery{}, wanted, limit)
}

// undelivered answers a page of what is in the outbox.
func (s *Server) undelivered(ctx context.Context, c *call, q state.DeliveryQuery, wanted ifsev.DeliveryState, limit int) (*answer, error) {
	if text := c.query.Get("cursor"); text != "" {
		place, err := unseal(listOutbox, text)
		if err == nil {
			q.After, err = state.ParsePlace(place)
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "%s", errCursor)
		}
	}
	q.Rule, q.Dead, q.Limit = c.query.Get("rule"), wanted == ifsev.DeliveryDead, deliveriesMost
	if wanted == "" || q.Dead {
		q.Limit = min(limit+1, deliveriesMost) // nothing is passed over, and one more says whether anything follows
	}
	page := wire.Page[wire.Delivery]{Items: []wire.Delivery{}}
	for range deliveriesPages {
		found, err := s.engine.Deliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range found {
			if wanted != "" && found[i].State != wanted {
				continue
			}
			if len(page.Items) == limit {
				page.Next = seal(listOutbox, q.After.String())
				return ok(page), nil
			}
			page.Items, q.After = append(page.Items, showDelivery(&found[i])), found[i].Place
		}
		if len(found) < q.Limit {
			return ok(page), nil
		}
		q.After = found[len(found)-1].Place
	}
	page.Next = seal(listOutbox, q.After.String())
	return ok(page), nil
}

// delivered answers a page of what was delivered of an incident, as its timeline tells it.
func (s *Server) delivered(ctx context.Context, c *call, inc *ifsev.Incident, limit int) (*answer, error) {
	after, err := parseCursor(listDelivered, c.query.Get("cursor"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	page, rule := wire.Page[wire.Delivery]{Items: []wire.Delivery{}}, c.query.Get("rule")
	for last := after; ; {
		events, err := s.engine.Timeline(ctx, state.Ref{ID: inc.ID}, after, timelineMost)
		if err != nil {
			return nil, err
		}
		for i := range events {
			ev := &events[i]
			if ev.Type != ifsev.Delivered || rule != "" && rule != ev.Data.String("rule") {
				continue
			}
			if len(page.Items) == limit {
				page.Next = cursor{listDelivered, last}.String()
				return ok(page), nil
			}
			page.Items, last = append(page.Items, showDelivered(inc, ev)), ev.Seq
		}
		if len(events) < timelineMost {
			return ok(page), nil
		}
		after = events[len(events)-1].Seq
	}
}

func showDelivered(inc *ifsev.Incident, ev *ifsev.Event) wire.Delivery {
	d := ev.Data
	receipt := &ifsev.Receipt{Summary: d.String("receipt")}
	if outputs, is := d["outputs"].(map[string]any); is {
		receipt.Outputs = outputs
	}
	return wire.Delivery{
		ID: d.String("delivery"), Incident: inc.ID, Number: inc.Number, Rule: d.String("rule"), Firing: d.String("firing"), Step: d.String("step"),
		Action: d.String("action"), Destination: d.String("destination"), State: ifsev.DeliveryDelivered, Attempts: d.Int("attempts"), Receipt: receipt,
	}
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
