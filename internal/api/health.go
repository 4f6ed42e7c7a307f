package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/ifsev/ifsev/state"
)

// Health says whether the daemon is alive or ready.
type Health struct {
	Status string `json:"status"`
}

func alive(context.Context, *Server, *call) (*answer, error) { return ok(Health{"alive"}), nil }

// ready answers 503 with what is missing until the store answers, rules are loaded and every loop runs. Everybody may
// ask, so what the network says of the store, addresses and all, goes to the log alone.
func ready(ctx context.Context, s *Server, _ *call) (*answer, error) {
	err := s.engine.Ready(ctx)
	var network net.Error
	switch {
	case err == nil:
		return ok(Health{"ready"}), nil
	case errors.Is(err, state.ErrUnavailable), errors.As(err, &network), ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", refuse(http.StatusServiceUnavailable, "not ready: the store does not answer; the log says more"), err)
	}
	return nil, refuse(http.StatusServiceUnavailable, "not ready: %s", err)
}
