package api

import (
	"context"
	"net/http"
)

// doctor answers how the daemon is, with 200 whatever is wrong with it.
func doctor(ctx context.Context, s *Server, _ *call) (*answer, error) {
	if s.doctor == nil {
		return nil, refuse(http.StatusNotImplemented, "this server knows nothing of the daemon around it")
	}
	return ok(s.doctor(ctx)), nil
}
