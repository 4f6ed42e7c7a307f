package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// receiver notes how long each delivery took since its alert was sent.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	late []time.Duration
}

func newReceiver() *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	return r
}

// ServeHTTP takes a delivery and notes how long after its alert was sent.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct{ Sent string }
	if err := json.NewDecoder(req.Body).Decode(&body); err == nil {
		if sent, err := strconv.ParseInt(body.Sent, 10, 64); err == nil {
			r.mu.Lock()
			r.late = append(r.late, time.Since(time.Unix(0, sent)))
			r.mu.Unlock()
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) latencies() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.late)
}

func (r *receiver) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = nil
}

// drain waits until nothing has arrived for a second, at the most ten times limit.
func (r *receiver) drain(ctx context.Context, limit time.Duration) {
	before := -1
	for end := time.Now().Add(10 * limit); time.Now().Before(end); {
		n := len(r.latencies())
		if n == before {
			return
		}
		before = n
		pause(ctx, time.Second)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

// post sends one alert and answers how long it took to be accepted; zero if it was not.
func post(ctx context.Context, url, key string, n int64) time.Duration {
	sent := time.Now()
	body := fmt.Sprintf(`{"incident":%q,"sent":"%d"}`, key, sent.UnixNano())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/hooks/load", strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", fmt.Sprint(key, "-", n))
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return 0
	}
	return time.Since(sent)
}

// flood sends from so many senders as fast as they are answered, each to incidents of its own, and answers how long
// each accepted POST took.
func flood(ctx context.Context, url string, senders int, length time.Duration) []time.Duration {
	var mu sync.Mutex
	var all []time.Duration
	var wait sync.WaitGroup
	end := time.Now().Add(length)
	var n atomic.Int64
	for s := range senders {
		wait.Go(func() {
			var own []time.Duration
			for i := 0; time.Now().Before(end); i++ {
				// Twenty alerts an incident: a new one now and then, most for one that is open.
				if d := post(ctx, url, fmt.Sprintf("flood-%d-%d", s, i/20), n.Add(1)); d > 0 {
					own = append(own, d)
				}
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	wait.Wait()
	return all
}

// paced sends so many alerts a second, whatever the answers take.
func paced(ctx context.Context, url string, perSecond int, length time.Duration) {
	var wait sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for i := range int64(length.Seconds() * float64(perSecond)) {
		<-tick.C
		wait.Go(func() { post(ctx, url, fmt.Sprintf("paced-%d", i/20), i) })
	}
	wait.Wait()
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))].Round(10 * time.Microsecond)
}

func waitReady(ctx context.Context, url string) error {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); pause(ctx, 50*time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the daemon at %s was not ready within 20 s", url)
}
