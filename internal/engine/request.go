package engine

import (
	"errors"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// The errors of Submit and SubmitAlerts, beside those that wrap state.ErrNotFound, state.ErrUnavailable, state.ErrFull
// and ifsev.ErrChange, and those of the caller's context.
var (
	// ErrVersion says that the incident is no longer at the version the request depends on; nothing was done.
	ErrVersion = errors.New("the incident has changed since: read it again and send the change for its present version")
	// ErrReused says that the request's ID was used before for another request; nothing was done.
	ErrReused = errors.New("this Idempotency-Key was used before for another request: use a new one for each request")
	// ErrBusy says that too much waits already; nothing was done, and it is worth trying again in a moment.
	ErrBusy = errors.New("too many requests are waiting: try again in a moment")
	// ErrStopping says that the engine takes nothing any more; nothing was done. It wraps state.ErrUnavailable.
	ErrStopping error = stopping{}
)

type stopping struct{}

// Error implements error.
func (stopping) Error() string { return "ifsev is stopping: try again in a moment" }

// Unwrap makes it a state.ErrUnavailable.
func (stopping) Unwrap() error { return state.ErrUnavailable }

// Request is one thing somebody asks for.
type Request struct {
	// Ref points to the incident; it is not looked at where Change.Declare is set.
	Ref    state.Ref
	Change ifsev.Change
	Actor  ifsev.Actor
	// ID is the sender's idempotency key, or empty. The same ID is carried out once within state.DedupKeep; Sum tells
	// two requests under one ID apart and should cover method, path and body.
	ID, Sum string
	// IfMatch is the version the incident must have; 0 means any. It is not looked at where Change.Declare is set.
	IfMatch int64
	// TraceParent is the W3C trace context it came with, or empty.
	TraceParent string
}

// Reply answers a request that was carried out.
type Reply struct {
	// Incident is the incident afterwards; of a replayed request, as it is now.
	Incident ifsev.Incident
	// Created means that the request opened it.
	Created bool
	// Replayed means that the same request was carried out before, and nothing was done now.
	Replayed bool
	// Changed means that the request made at least one event.
	Changed bool
}
