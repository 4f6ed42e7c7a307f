package e2e

import (
	"fmt"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
)

// trouble is a receiver with a fault, and when its deliveries arrived.
type trouble struct {
	name string
	*receiver
	mu sync.Mutex
	at map[string]time.Time // first arrival by key
}

func newTrouble(t *testing.T, name string, fault func(w http.ResponseWriter, note func()) bool) *trouble {
	t.Helper()
	tr := &trouble{name: name, at: map[string]time.Time{}}
	tr.receiver = newReceiver(t, func(w http.ResponseWriter, a arrival, note func()) bool {
		mark := func() {
			note()
			tr.mu.Lock()
			defer tr.mu.Unlock()
			if _, ok := tr.at[a.key]; !ok {
				tr.at[a.key] = time.Now()
			}
		}
		if fault(w, mark) {
			return true
		}
		mark()
		w.WriteHeader(http.StatusNoContent)
		return true
	})
	return tr
}

// lateness answers the median and the largest time from declaration to first arrival.
func (tr *trouble) lateness(declared map[string]time.Time) (median, most time.Duration, arrived int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var all []time.Duration
	for key, at := range tr.at {
		all = append(all, at.Sub(declared[key]))
	}
	if len(all) == 0 {
		return 0, 0, 0
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all[len(all)/2], all[len(all)-1], len(all)
}

const troubledRules = `
rules:
  tell-hanging:
    when: declared
    then:
      - webhook: {to: hanging, json: {key: "${key}", seq: "1"}}
        timeout: 2s
        retry: {min: 1s, max: 5s}
  tell-failing:
    when: declared
    then:
      - webhook: {to: failing, json: {key: "${key}", seq: "1"}}
        retry: {min: 1s, max: 5s}
  tell-throttling:
    when: declared
    then:
      - webhook: {to: throttling, json: {key: "${key}", seq: "1"}}
        retry: {min: 1s, max: 5s}
  tell-forgetful:
    when: declared
    then:
      - webhook: {to: forgetful, json: {key: "${key}", seq: "1"}}
        retry: {min: 1s, max: 5s}
  tell-healthy:
    when: declared
    then:
      - webhook: {to: healthy, json: {key: "${key}", seq: "1"}}
`

// One receiver hangs, one answers 500 for a minute, one 429 with Retry-After, one drops the answer after doing the
// work; nothing is lost at any of them, and the healthy one beside them never notices.
func TestReceiversInTrouble(t *testing.T) {
	stage.Binary(t)
	began := time.Now()
	wellAfter := func(d time.Duration) bool { return time.Since(began) > d }
	released := make(chan struct{})
	var throttled, forgotten atomic.Int64
	troubles := []*trouble{
		newTrouble(t, "hanging", func(_ http.ResponseWriter, _ func()) bool {
			if wellAfter(20 * time.Second) {
				return false
			}
			<-released
			return true
		}),
		newTrouble(t, "failing", func(w http.ResponseWriter, _ func()) bool {
			if wellAfter(time.Minute) {
				return false
			}
			http.Error(w, "not now", http.StatusInternalServerError)
			return true
		}),
		newTrouble(t, "throttling", func(w http.ResponseWriter, _ func()) bool {
			if throttled.Add(1) > 10 {
				return false
			}
			w.Header().Set("Retry-After", "2")
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return true
		}),
		newTrouble(t, "forgetful", func(_ http.ResponseWriter, note func()) bool {
			note()
			if forgotten.Add(1) > 10 {
				return false
			}
			panic(http.ErrAbortHandler)
		}),
		newTrouble(t, "healthy", func(http.ResponseWriter, func()) bool { return false }),
	}
	// Cleaned up before the receivers are closed, which wait for the requests they hold.
	t.Cleanup(func() { close(released) })
	config := "timezone: UTC\noutgoing: {allow_private: true}\nconnections:\n"
	for _, tr := range troubles {
		config += fmt.Sprintf("  %s: {kind: webhook, url: %q}\n", tr.name, tr.URL)
	}
	d := newDaemon(t, "", config, troubledRules)
	declared := map[string]time.Time{}
	highest := map[string]int{}
	for i := range 20 {
		key := fmt.Sprint("k", i)
		declared[key], highest[key] = time.Now(), 1
		if _, err := stage.Request(http.MethodPost, d.URL+"/api/v1/incidents", fmt.Sprintf(`{"title":"x","key":%q}`, key)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tr := range troubles {
		stage.Eventually(t, 2*time.Minute, "every delivery to the receiver that is "+tr.name, func() error {
			if c := tr.count(highest); c.missing > 0 {
				return fmt.Errorf("%s", c)
			}
			return nil
		})
	}
	for _, tr := range troubles {
		c := tr.count(highest)
		median, most, _ := tr.lateness(declared)
		fmt.Printf("receiver %s: %s; from declaration to arrival: median %v, most %v\n", tr.name, c, median.Round(time.Millisecond), most.Round(time.Millisecond))
		if c.foreignKeys > 0 {
			t.Errorf("%s: duplicates under another idempotency key", tr.name)
		}
		if tr.name == "healthy" && most > 5*time.Second {
			t.Errorf("the healthy receiver waited %v beside the others", most)
		}
	}
}
