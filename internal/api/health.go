package api

import (
	"context"
	"net/http"
)

// Health says whether the daemon is alive or ready.
type Health struct {
	Status string `json:"status"`
}

func alive(context.Context, *Server, *call) (*answer, error) { return ok(Health{"alive"}), nil }

// ready answers 503 with what is missing until the store answers, rules are loaded and every loop runs.
func ready(ctx context.Context, s *Server, _ *call) (*answer, error) {
	if err := s.engine.Ready(ctx); err != nil {
		return nil, refuse(http.StatusServiceUnavailable, "not ready: %s", err)
	}
	return ok(Health{"ready"}), nil
}
