package triggers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// One client that sends its bodies slowly leaves places for the others.
func TestOneClientDoesNotTakeEveryPlace(t *testing.T) {
	t.Parallel()
	h := Handler(testSources(t), &memorySink{}, HandlerOptions{Limits: Limits{InFlight: 4}, Now: func() time.Time { return noon }})
	post := func(from string, body io.Reader) int {
		r := httptest.NewRequest(http.MethodPost, "/hooks/shop", body)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	slow := make(chan int, 2)
	var bodies []*io.PipeWriter
	for range 2 {
		body, end := io.Pipe()
		bodies = append(bodies, end)
		go func() { slow <- post("192.0.2.1:1", body) }()
		_, _ = end.Write([]byte(`[{"t":"x"}`)) // read: its place is taken
	}
	if code := post("192.0.2.1:2", http.NoBody); code != http.StatusServiceUnavailable {
		t.Errorf("a third request of the client: %d", code)
	}
	if code := post("192.0.2.9:1", http.NoBody); code == http.StatusServiceUnavailable {
		t.Error("another client is kept out")
	}
	for _, end := range bodies {
		_, _ = end.Write([]byte("]"))
		_ = end.Close()
		if code := <-slow; code != http.StatusAccepted {
			t.Errorf("the slow request: %d", code)
		}
	}
	if code := post("192.0.2.1:3", http.NoBody); code == http.StatusServiceUnavailable {
		t.Error("the places were not given back")
	}
}
