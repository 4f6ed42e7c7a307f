package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/triggers"
)

// sink hands the alerts of the sources to the engine.
type sink struct{ engine *engine.Engine }

var _ triggers.Sink = sink{}

// Submit decides the alerts; where they cannot be recorded for now the sender is told to send them again.
func (s sink) Submit(ctx context.Context, alerts []ifsev.Alert) ([]ifsev.AlertResult, error) {
	results, err := s.engine.SubmitAlerts(ctx, alerts)
	for _, passing := range []error{state.ErrUnavailable, state.ErrFull, engine.ErrBusy, engine.ErrStopping} {
		if errors.Is(err, passing) {
			return nil, fmt.Errorf("%w: %w", triggers.ErrUnavailable, err)
		}
	}
	return results, err
}

// failed counts a request that was not authorized.
func (s sink) failed(limited bool) { s.engine.CountAuthFailure("hooks", limited) }

// tell writes down what was refused: most tools do not show what they were answered.
func tell(log *slog.Logger) func(triggers.Refusal) {
	return func(r triggers.Refusal) {
		log.Warn("what a source posted was refused", "source", r.Source, "result", string(r.Result), "reason", r.Reason, "pointer", r.Pointer,
			"alerts", r.Alerts, "untold", r.Untold)
	}
}

// observe counts what was refused before it came to the engine, which counts the rest.
func (s sink) observe(source string, result triggers.Result, n int) {
	counted := map[triggers.Result]engine.Received{
		triggers.Rejected: engine.ReceivedRejected, triggers.Unauthorized: engine.ReceivedUnauthorized,
		triggers.Shed: engine.ReceivedShed,
	}[result]
	for range n {
		if counted != "" {
			s.engine.CountRejected(source, counted)
		}
	}
}
