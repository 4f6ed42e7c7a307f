package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Delivery is a delivery in the outbox with how far it has come.
type Delivery struct {
	ifsev.Delivery
	State    ifsev.DeliveryState
	Attempts int
	// NextAttempt is when it is due or its claim expires; zero for the dead and for what waits behind another.
	NextAttempt time.Time
	LastError   string
	// Place is where the list goes on after it.
	Place state.Place
}

// Deliveries answers what waits, is in flight, is being retried or is dead, oldest first. What was delivered is told in
// the incident's timeline.
func (e *Engine) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]Delivery, error) {
	letters, err := e.store.Deliveries(ctx, q)
	if err != nil {
		return nil, err
	}
	list := make([]Delivery, len(letters))
	dests := e.courier.known()
	for i, l := range letters {
		list[i] = Delivery{State: l.State, Attempts: l.Attempts, NextAttempt: l.NextAttempt, LastError: l.LastError, Place: l.Place}
		if err := json.Unmarshal(l.Body, &list[i].Delivery); err != nil {
			// One that is damaged shall not hide the others.
			list[i].Delivery, list[i].LastError = ifsev.Delivery{}, "the delivery cannot be read: "+err.Error()
		}
		if d := dests[list[i].Destination]; d != nil {
			list[i].heldBy(d)
		}
	}
	return list, nil
}

// heldBy says when and why it waits where its receiver has asked this replica for a pause.
func (d *Delivery) heldBy(at *destination) {
	until := at.pausedUntil()
	if (d.State != ifsev.DeliveryWaiting && d.State != ifsev.DeliveryRetrying) || d.NextAttempt.IsZero() || !d.NextAttempt.Before(until) {
		return
	}
	d.NextAttempt = until
	if d.LastError == "" {
		d.LastError = waitsFor(until)
	}
}

// RetryDelivery puts a dead delivery at the end of its lane, due now; an error that wraps state.ErrNotFound if it is
// not dead.
func (e *Engine) RetryDelivery(ctx context.Context, id string) error {
	letter, d, err := e.deadLetter(ctx, id)
	if err != nil {
		return err
	}
	if err := e.store.Revive(ctx, id, letter.Partition); err != nil {
		return err
	}
	e.log.Info("dead delivery is sent again", "delivery", id, "action", d.Action, "rule", d.Rule)
	e.nudge()
	return nil
}

// DropDelivery forgets a dead delivery; an error that wraps state.ErrNotFound if it is not dead.
func (e *Engine) DropDelivery(ctx context.Context, id string) error {
	letter, d, err := e.deadLetter(ctx, id)
	if err != nil {
		return err
	}
	if err := e.store.Drop(ctx, id, letter.Partition); err != nil {
		return err
	}
	e.log.Info("dead delivery is dropped", "delivery", id, "action", d.Action, "rule", d.Rule)
	return nil
}

func (e *Engine) deadLetter(ctx context.Context, id string) (state.Letter, ifsev.Delivery, error) {
	letters, err := e.store.Deliveries(ctx, state.DeliveryQuery{ID: id, Dead: true, Limit: 1})
	if err != nil {
		return state.Letter{}, ifsev.Delivery{}, err
	}
	if len(letters) == 0 {
		return state.Letter{}, ifsev.Delivery{}, fmt.Errorf("%w: no dead delivery %q", state.ErrNotFound, id)
	}
	var d ifsev.Delivery
	if err := json.Unmarshal(letters[0].Body, &d); err != nil {
		return state.Letter{}, d, fmt.Errorf("delivery %s cannot be read: %w", id, err)
	}
	return letters[0], d, nil
}
