package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/state"
)

// retryAfter is what a client is told to wait when the store is away or too much is waiting.
const retryAfter = 2 * time.Second

func refuse(status int, format string, args ...any) *problem.Problem {
	return problem.New(status, fmt.Sprintf(format, args...))
}

// refuseBody answers 422 with everything that is wrong with a body; nil where nothing is.
func refuseBody(faults []problem.At) error {
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return problem.New(http.StatusUnprocessableEntity, faults[0].Pointer+": "+faults[0].Detail, faults...)
	}
	return problem.New(http.StatusUnprocessableEntity,
		fmt.Sprintf("%d things are wrong with the body; errors names each", len(faults)), faults...)
}

// partFields says by which fields of a body a part of a change is asked for.
var partFields = map[string][]string{
	"title": {"title"}, "description": {"description"}, "severity": {"severity"}, "status": {"status"}, "service": {"service"},
	"postmortem": {"postmortem"}, "reason": {"reason"}, "key": {"key"}, "note": {"text"}, "task": {"text"}, "done": {"done"},
	"tag": {"tags", "add_tags"}, "people": {"subscribers", "add_responders", "add_subscribers"},
	"related": {"parent", "children", "add_children", "related", "add_related"},
}

// pointed points at the field of the body that a refused change is about; any other error stays as it is.
func pointed(err error, body ifsev.Data) error {
	var refused *ifsev.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	for _, name := range partFields[refused.Part] {
		if _, there := body[name]; there {
			return refuseBody([]problem.At{wrong(problem.Pointer(name), refused.Text)})
		}
	}
	return err
}

// fail writes the problem an error means. What is none of the caller's business is logged and not told.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		p = explain(err, r.Method)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ifsev"`)
	}
	if p.Status >= http.StatusInternalServerError {
		s.log.Warn("a request failed", "method", r.Method, "route", r.Pattern, "status", p.Status, "error", err)
	}
	problem.Write(w, p)
}

// explain turns the errors of engine and store into problems; method is that of the request.
func explain(err error, method string) *problem.Problem {
	switch {
	case errors.Is(err, ifsev.ErrChange):
		return refuse(http.StatusUnprocessableEntity, "%s", err)
	case errors.Is(err, state.ErrNotFound):
		return refuse(http.StatusNotFound, "%s", err)
	case errors.Is(err, engine.ErrVersion):
		return refuse(http.StatusPreconditionFailed, "%s", err)
	case errors.Is(err, engine.ErrReused):
		return refuse(http.StatusConflict, "%s", err)
	case errors.Is(err, engine.ErrBusy):
		p := refuse(http.StatusTooManyRequests, "%s", err)
		p.RetryAfter = retryAfter
		return p
	case errors.Is(err, engine.ErrStopping):
		return away("%s", err)
	case errors.Is(err, state.ErrFull):
		return away("the store is full, and nothing was written: make room, then send it again")
	case errors.Is(err, state.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		if method == http.MethodGet || method == http.MethodHead {
			return away("the store does not answer: try again in a moment")
		}
		return away("the store does not answer; whether it was written is not known: send the same again, with the same Idempotency-Key")
	}
	return refuse(http.StatusInternalServerError, "a fault in ifsev; its log says more")
}

func away(format string, args ...any) *problem.Problem {
	p := refuse(http.StatusServiceUnavailable, format, args...)
	p.RetryAfter = retryAfter
	return p
}
