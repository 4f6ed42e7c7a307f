package faults

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver takes deliveries and remembers them in the order they came. behave, if not nil, decides what happens to one:
// it may answer by itself (true), before or after the arrival was noted.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []arrival
	behave   func(w http.ResponseWriter, note func()) bool
}

// newReceiver starts one on an address such as 127.0.0.1:0.
func newReceiver(t testing.TB, address string, behave func(http.ResponseWriter, func()) bool) *receiver {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{behave: behave}
	r.Server = httptest.NewUnstartedServer(r)
	_ = r.Listener.Close() // the one on an address of its own choice
	r.Listener = l
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP takes {"key": …, "seq": "7"}.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct{ Key, Seq string }
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	seq, err := strconv.Atoi(body.Seq)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The source's name stands before the key it was given.
	a := arrival{alert{strings.TrimPrefix(body.Key, "load:"), seq}, req.Header.Get("Idempotency-Key"), time.Now()}
	note := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.arrivals = append(r.arrivals, a)
	}
	if r.behave != nil && r.behave(w, note) {
		return
	}
	note()
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) seen() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.arrivals)
}

// unreliable refuses one in twenty and, of the rest, loses the answer to one in fifty after the work is done.
func unreliable(w http.ResponseWriter, note func()) bool {
	switch n := rand.IntN(100); {
	case n < 5:
		http.Error(w, "try again", http.StatusInternalServerError)
	case n < 7:
		note()
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}
