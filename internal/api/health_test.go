package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/state"
)

// Balancers put what they like behind the question.
func TestProbesTakeEveryQuery(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		for _, query := range []string{"?probe=1", "?verbose", "?a=1&a=2", "?%zz"} {
			s.send(t, http.MethodGet, path+query, "").want(t, http.StatusOK, nil)
			s.send(t, http.MethodHead, path+query, "").want(t, http.StatusOK, nil)
		}
	}
}

func TestReadyTellsNoAddress(t *testing.T) {
	t.Parallel()
	s := newService(t)
	inner := &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 6379}, Err: errors.New("i/o timeout")}
	for _, err := range []error{fmt.Errorf("%w: %w", state.ErrUnavailable, inner), inner} {
		s.store.mute.set(err)
		p := s.send(t, http.MethodGet, "/readyz", "").problem(t, http.StatusServiceUnavailable)
		if strings.Contains(p.Detail, "10.1.2.3") || !strings.Contains(p.Detail, "store does not answer") {
			t.Errorf("%v: %s", err, p.Detail)
		}
	}
	s.store.mute.set(nil)
}

// Whoever only reads has nothing to send again.
func TestWhatIsSaidOfAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	s.store.broken.set(errAway)
	for _, path := range []string{"incidents", "incidents/1", "incidents/1/timeline", "incidents/1/plan", "firings?incident=1"} {
		p := s.send(t, http.MethodGet, "/api/v1/"+path, "").problem(t, http.StatusServiceUnavailable)
		if strings.Contains(p.Detail, "written") || strings.Contains(p.Detail, "Idempotency-Key") {
			t.Errorf("GET %s: %s", path, p.Detail)
		}
	}
	p := s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T"}`).problem(t, http.StatusServiceUnavailable)
	if !strings.Contains(p.Detail, "Idempotency-Key") {
		t.Error(p.Detail)
	}
	s.store.broken.set(nil)
}
