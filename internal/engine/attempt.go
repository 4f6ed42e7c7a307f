package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// pageAction is the kind that wakes people.
const pageAction = "page"

// claimed is a claim with the instant at which it ends.
type claimed struct {
	state.Claim
	until time.Time
	// over is set where it is only to be looked at whether the delivery has grown too old.
	over bool
}

// attempts makes attempts and writes down how they went.
type attempts struct {
	turns
	store     state.Store
	performer func() Performer
	// settle has an outcome decided; expect is told when something will be due.
	settle func(id string, it *item)
	expect func(time.Time)
	// inward has a delivery decided that stays within the store.
	inward   func(context.Context, *ifsev.Delivery) (ifsev.Receipt, error)
	now      func() time.Time
	storeNow func() time.Time
	// named holds the kinds whose arguments may name a role.
	named   map[string]bool
	timeout time.Duration
	metrics *metrics
	log     *slog.Logger
	// taken are the deliveries that were made and whose outcome could not be recorded.
	taken receipts
}

// make makes one attempt at a claimed delivery and writes down how it went, under the delivery's one idempotency key.
// What cannot be written down is handed out again when the claim has ended.
func (a *attempts) make(ctx context.Context, d *destination, cl claimed) {
	dlv, err := decodeDelivery(cl.Claim)
	if err != nil {
		a.log.Error("a delivery cannot be read; it is given up", "delivery", cl.ID, "error", err)
		a.giveUp(ctx, cl, dlv, &ifsev.Failure{Reason: ifsev.ReasonInternal, Text: err.Error(), Permanent: true})
		return
	}
	roles, err := a.roles(ctx, &dlv)
	if err != nil {
		a.log.Warn("the incident of a page cannot be read; the page waits", "delivery", cl.ID, "error", err)
		return
	}
	if receipt, made := a.taken.of(cl.ID); made {
		a.deliver(ctx, cl, dlv, receipt)
		return
	}
	if a.holdBack(ctx, d, cl, &dlv) {
		return
	}
	report, err := d.breaker.Allow()
	if err != nil {
		report = func(error) {} // the breaker opened since the claim, and the attempt is counted already
	}
	began := a.now()
	receipt, failure := a.perform(ctx, cl, dlv, roles)
	if failure != nil && ctx.Err() != nil {
		report(nil)
		return // it was cut short: the claim ends and another takes it
	}
	report(breakerError(failure))
	d.heed(began, withDefaults(&dlv), failure)
	a.metrics.attempted(dlv.Action, failure, a.now().Sub(began))
	switch {
	case failure == nil:
		d.ended(&cl, true)
		a.deliver(ctx, cl, dlv, receipt)
	case failure.Permanent || spent(&dlv, d.tries(&cl), a.storeNow()):
		d.ended(&cl, true)
		a.giveUp(ctx, cl, dlv, failure)
	default:
		a.again(ctx, d, cl, dlv, failure)
	}
}

// holdBack reports whether no attempt is made because the receiver takes nothing: the delivery waits, or is given up where
// its age has ended meanwhile, so that its firing takes its way round in time.
func (a *attempts) holdBack(ctx context.Context, d *destination, cl claimed, dlv *ifsev.Delivery) bool {
	now, h := a.storeNow(), d.hold(&cl)
	// One whose age ended longer ago than it goes unseen was sent again by hand, or waited for us: it gets its attempt.
	old := past(dlv, now)
	switch {
	case (h.asks || cl.over) && old >= 0 && old < min(h.idle, 2*lookOver):
		d.ended(&cl, false)
		a.giveUp(ctx, cl, *dlv, h.failure())
	case h.held:
		d.spare(&cl)
		a.retry(ctx, cl, withinAge(dlv, h.until.Sub(a.now()), now), h.why())
	default:
		return false
	}
	return true
}

// failure is that of a delivery that grew too old.
func (h hold) failure() *ifsev.Failure {
	if h.asks {
		return &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "its max_age ended while the receiver asked to wait"}
	}
	return &ifsev.Failure{Reason: ifsev.ReasonBreaker, Text: "its max_age ended while every attempt at the same receiver failed"}
}

// why is why a delivery waits without an attempt.
func (h hold) why() string {
	if h.asks {
		return waitsFor(h.until)
	}
	return "not attempted: every attempt at the same receiver fails, and it is tried one at a time"
}

// waitsFor is why a delivery waits where the receiver has asked for it.
func waitsFor(until time.Time) string {
	return "not attempted: the receiver asked to wait until " + until.UTC().Format(time.RFC3339)
}

func decodeDelivery(cl state.Claim) (ifsev.Delivery, error) {
	dlv := ifsev.Delivery{}
	if err := json.Unmarshal(cl.Body, &dlv); err != nil {
		return ifsev.Delivery{ID: cl.ID, Incident: cl.Incident, Destination: cl.Destination}, fmt.Errorf("delivery %s cannot be read: %w", cl.ID, err)
	}
	return dlv, nil
}

func (a *attempts) roles(ctx context.Context, dlv *ifsev.Delivery) (map[string]string, error) {
	if !a.named[dlv.Action] {
		return nil, nil
	}
	rec, err := a.store.Load(ctx, state.Ref{ID: dlv.Incident})
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := decodeDocument(rec)
	return doc.Incident.Roles, err
}

// perform makes the attempt, with a deadline well before the claim ends.
func (a *attempts) perform(ctx context.Context, cl claimed, dlv ifsev.Delivery, roles map[string]string) (r ifsev.Receipt, f *ifsev.Failure) {
	timeout := dlv.Timeout
	if timeout <= 0 {
		timeout = a.timeout
	}
	timeout = min(timeout, cl.until.Add(-settleTime).Sub(a.now()))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("a fault in ifsev while performing a delivery", "delivery", dlv.ID, "action", dlv.Action, "stack", string(debug.Stack()))
			f = &ifsev.Failure{Reason: ifsev.ReasonInternal, Text: "a fault in ifsev while performing " + dlv.Action}
		}
	}()
	if dlv.IsInward() {
		r, err := a.inward(ctx, &dlv)
		return r, failureOf(err)
	}
	r, err := a.performer().Perform(ctx, actions.Attempt{Delivery: dlv, Number: cl.Attempt, Now: a.now(), Roles: roles})
	return r, failureOf(err)
}

// failureOf makes any error a failure; one that is none is a fault of ours.
func failureOf(err error) *ifsev.Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*ifsev.Failure](err); ok {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &ifsev.Failure{Reason: ifsev.ReasonTimeout, Text: "no answer in time"}
	}
	return &ifsev.Failure{Reason: ifsev.ReasonInternal, Text: err.Error()}
}

// breakerError is what a failure says about its destination: one that answered is well, whatever it answered.
func breakerError(f *ifsev.Failure) error {
	if f == nil {
		return nil
	}
	switch f.Reason {
	case ifsev.ReasonTimeout, ifsev.ReasonNetwork, ifsev.ReasonServer:
		return f
	}
	return nil
}

// asksToWait reports whether the receiver wants to be left alone for a while.
func asksToWait(f *ifsev.Failure) bool {
	return f != nil && (f.Reason == ifsev.ReasonRateLimited || f.RetryAfter > 0)
}

// deliver writes down that the receiver took it, so that its firing goes on.
func (a *attempts) deliver(ctx context.Context, cl claimed, dlv ifsev.Delivery, r ifsev.Receipt) {
	out := &ifsev.Outcome{Delivery: dlv, Attempts: cl.Attempt, Receipt: &r}
	if !a.conclude(ctx, cl, dlv, out) {
		return
	}
	a.metrics.delivered(dlv.Action, a.now().Sub(dlv.AcceptedAt))
	a.log.Debug("delivered", "delivery", dlv.ID, "incident", dlv.Number, "action", dlv.Action, "rule", dlv.Rule, "attempt", cl.Attempt)
}

// giveUp puts it on the dead list and lets its firing take its way round.
func (a *attempts) giveUp(ctx context.Context, cl claimed, dlv ifsev.Delivery, f *ifsev.Failure) {
	out := &ifsev.Outcome{Delivery: dlv, Attempts: cl.Attempt, Failure: f}
	if !a.conclude(ctx, cl, dlv, out) {
		return
	}
	a.metrics.dead(dlv.Action, f.Reason)
	a.log.Error("delivery given up", "delivery", dlv.ID, "incident", dlv.Number, "action", dlv.Action, "rule", dlv.Rule,
		"attempts", cl.Attempt, "reason", string(f.Reason), "error", f.Text)
}

// again makes it due later.
func (a *attempts) again(ctx context.Context, d *destination, cl claimed, dlv ifsev.Delivery, f *ifsev.Failure) {
	pause := d.pause()
	at := nextAttempt(&dlv, d.tries(&cl), pause, a.storeNow(), a.jitter)
	a.log.Warn("attempt failed; trying again", "delivery", dlv.ID, "incident", dlv.Number, "action", dlv.Action, "rule", dlv.Rule,
		"attempt", cl.Attempt, "next", at, "reason", string(f.Reason), "error", f.Text)
	text := f.Text
	if asksToWait(f) {
		text += "; it asked to wait until " + a.now().Add(pause).UTC().Format(time.RFC3339)
	}
	a.retry(ctx, cl, at, text)
}

func (a *attempts) retry(ctx context.Context, cl claimed, at time.Time, text string) {
	for a.now().Before(cl.until) {
		_, err := a.store.Retry(ctx, cl.Claim, at, text)
		a.expect(at)
		if err == nil || !errors.Is(err, state.ErrUnavailable) || !a.pause(ctx, settlePause) {
			if err != nil && ctx.Err() == nil {
				a.log.Error("a retry could not be written down; the delivery comes again when its claim ends", "delivery", cl.ID, "error", err)
			}
			return
		}
	}
}

// settlePause is between two tries to write down how an attempt went.
const settlePause = 250 * time.Millisecond

// conclude commits the outcome together with the end of the claim, for as long as the claim is valid. False means that
// it could not, or that somebody else has.
func (a *attempts) conclude(ctx context.Context, cl claimed, dlv ifsev.Delivery, out *ifsev.Outcome) bool {
	s := &state.Settlement{Claim: cl.Claim}
	if out.Failure != nil {
		s.Dead, s.Failure = true, out.Failure.Text
	}
	// The instant tells the same attempt of a delivery that was revived from the one before.
	id := ifsev.DerivedID("out", dlv.ID, strconv.Itoa(cl.Attempt), cl.until.Format(time.RFC3339Nano))
	for a.now().Before(cl.until) {
		answers := make(chan answer, 1)
		a.settle(cl.Incident, &item{
			sub:    rules.Submission{ID: id, Outcome: out, AcceptedAt: dlv.AcceptedAt, TraceParent: dlv.TraceParent},
			settle: s, answer: func(got answer) { answers <- got },
		})
		// Every item is answered, at the latest when the desks are closed.
		got, _ := receive(context.WithoutCancel(ctx), a.turns, answers, forever)
		switch {
		case got.stale:
			a.taken.forget(cl.ID)
			a.log.Info("an outcome came too late; the delivery is settled already or in other hands", "delivery", dlv.ID)
			return false
		case got.err == nil:
			a.taken.forget(cl.ID)
			return true
		case errors.Is(got.err, ErrStopping):
			return false
		case !errors.Is(got.err, state.ErrUnavailable) && !errors.Is(got.err, ErrBusy):
			if out.Receipt != nil { // what lies in the way may stay there: nobody shall get it again and again
				a.taken.keep(cl.ID, *out.Receipt)
			}
			a.log.Error("an outcome cannot be recorded; trying again", "delivery", dlv.ID, "error", got.err)
			a.retry(ctx, cl, nextAttempt(&dlv, cl.Attempt, 0, a.storeNow(), a.jitter), "its outcome could not be recorded: "+got.err.Error())
			return false
		}
		if !a.pause(ctx, settlePause) {
			return false
		}
	}
	a.log.Error("an outcome could not be recorded in time; the delivery comes again under the same key", "delivery", dlv.ID)
	return false
}
