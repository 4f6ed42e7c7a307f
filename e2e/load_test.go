package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
)

// arrival is one attempt as the receiver saw it.
type arrival struct {
	key, seq, idempotency string
}

// receiver takes deliveries and remembers them in the order they came. fault, if not nil, decides what happens to one:
// it may answer by itself (true), before or after the arrival was noted.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []arrival
	fault    func(w http.ResponseWriter, a arrival, note func()) bool
}

func newReceiver(t *testing.T, fault func(http.ResponseWriter, arrival, func()) bool) *receiver {
	t.Helper()
	r := &receiver{fault: fault}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct{ Key, Seq string }
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The source's name stands before the key it was given.
	a := arrival{strings.TrimPrefix(body.Key, "load:"), body.Seq, req.Header.Get("Idempotency-Key")}
	note := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.arrivals = append(r.arrivals, a)
	}
	if r.fault != nil && r.fault(w, a, note) {
		return
	}
	note()
	w.WriteHeader(http.StatusNoContent)
}

// unreliable refuses one in twenty and, of the rest, loses the answer to one in fifty after the work is done.
func unreliable(w http.ResponseWriter, _ arrival, note func()) bool {
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

// tally is what a run amounted to.
type tally struct {
	accepted, arrived, missing, duplicates, foreignKeys, outOfOrder int
}

func (c tally) String() string {
	return fmt.Sprintf("accepted %d, arrived %d, lost or skipped %d, duplicates %d (with another key: %d), out of order %d",
		c.accepted, c.arrived, c.missing, c.duplicates, c.foreignKeys, c.outOfOrder)
}

// count holds what arrived against what was accepted: highest is the last accepted number of each key.
func (r *receiver) count(highest map[string]int) tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	var c tally
	first := map[[2]string]string{}
	last := map[string]int{}
	for _, a := range r.arrivals {
		if a.seq == "late" {
			continue
		}
		id := [2]string{a.key, a.seq}
		if key, again := first[id]; again {
			c.duplicates++
			if key != a.idempotency {
				c.foreignKeys++
			}
			continue
		}
		first[id] = a.idempotency
		var n int
		if _, err := fmt.Sscan(a.seq, &n); err != nil || n < last[a.key] {
			c.outOfOrder++
		}
		last[a.key] = n
	}
	c.arrived = len(first)
	for key, n := range highest {
		c.accepted += n
		for seq := 1; seq <= n; seq++ {
			if _, ok := first[[2]string{key, fmt.Sprint(seq)}]; !ok {
				c.missing++
			}
		}
	}
	return c
}

// late counts the incidents whose deadline led to a delivery, and deliveries of it under a second key.
func (r *receiver) late() (incidents, doubled int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := map[string]string{}
	for _, a := range r.arrivals {
		if a.seq != "late" {
			continue
		}
		if k, ok := keys[a.key]; ok && k != a.idempotency {
			doubled++
		}
		keys[a.key] = a.idempotency
	}
	return len(keys), doubled
}

// load posts numbered alerts under many keys, each key in order, until it is stopped; an alert that is not accepted is
// sent again, as monitoring tools do.
type load struct {
	urls    []string
	stopped atomic.Bool
	wait    sync.WaitGroup
	mu      sync.Mutex
	highest map[string]int
	longest time.Duration // that a sender went on sending one alert until it was accepted
	errors  atomic.Int64
}

const loadSecret = "load-secret-for-tests"

func startLoad(keys int, pause time.Duration, urls ...string) *load {
	l := &load{urls: urls, highest: map[string]int{}}
	for k := range keys {
		l.wait.Go(func() { l.send(fmt.Sprintf("key-%d", k), pause) })
	}
	return l
}

func (l *load) send(key string, pause time.Duration) {
	for seq := 1; !l.stopped.Load(); seq++ {
		body := fmt.Sprintf(`{"incident":%q,"n":"%d"}`, key, seq)
		began := time.Now()
		for try := 0; ; try++ {
			url := l.urls[(try+seq)%len(l.urls)] + "/hooks/load"
			_, err := stage.Request(http.MethodPost, url, body, "Authorization", "Bearer "+loadSecret, "Idempotency-Key", fmt.Sprint(key, "-", seq))
			if err == nil {
				break
			}
			l.errors.Add(1)
			if l.stopped.Load() {
				return // not accepted, so nothing is owed; whether it was taken all the same does not matter
			}
			time.Sleep(20 * time.Millisecond)
		}
		l.mu.Lock()
		l.highest[key] = seq
		l.longest = max(l.longest, time.Since(began))
		l.mu.Unlock()
		time.Sleep(pause)
	}
}

func (l *load) stop() map[string]int {
	l.stopped.Store(true)
	l.wait.Wait()
	return l.highest
}

// loadConfig is a daemon that passes every alert on, and tells each incident's receiver when its deadline has come.
func loadConfig(receiver string) string {
	return fmt.Sprintf(`
timezone: UTC
sources:
  load:
    kind: json
    secret: "${env:LOAD_SECRET}"
    map: {key: body.incident, title: body.n, fingerprint: body.incident, status: '"firing"'}
connections:
  receiver: {kind: webhook, url: %q}
outgoing: {allow_private: true}
`, receiver)
}

const loadRules = `
rules:
  forward:
    when: alert
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "${event.title}"}}
  deadline:
    if: status == "open" and open_for > 3s
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: late}}
`
