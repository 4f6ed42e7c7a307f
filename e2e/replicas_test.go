package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

// balancer is what stands before replicas: it sends what one does not take to the next, and remembers each answer that
// a monitoring tool would not come again after.
type balancer struct {
	load
	answered map[int]int
	refused  []string
}

func (b *balancer) run(keys int, pause time.Duration) {
	b.highest, b.answered = map[string]int{}, map[int]int{}
	for k := range keys {
		b.wait.Go(func() {
			for seq := 1; !b.stopped.Load(); seq++ {
				b.insist(fmt.Sprintf("key-%d", k), seq)
				time.Sleep(pause)
			}
		})
	}
}

func (b *balancer) insist(key string, seq int) {
	began := time.Now()
	body := fmt.Sprintf(`{"incident":%q,"n":"%d"}`, key, seq)
	for try := 0; ; try++ {
		_, err := stage.Request(http.MethodPost, b.urls[(seq+try)%len(b.urls)]+"/hooks/load", body,
			"Authorization", "Bearer "+loadSecret, "Idempotency-Key", fmt.Sprint(key, "-", seq))
		b.note(key, seq, time.Since(began), err)
		if err == nil || b.stopped.Load() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (b *balancer) note(key string, seq int, took time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var status *stage.StatusError
	switch {
	case err == nil:
		b.answered[202]++
		b.highest[key] = seq
		b.longest = max(b.longest, took)
	case errors.As(err, &status):
		b.answered[status.Status]++
		if status.Status != http.StatusServiceUnavailable {
			b.refused = append(b.refused, err.Error())
		}
	default:
		b.answered[0]++ // nobody listens there while it restarts
	}
}

// threeReplicas are daemons on one Redis.
func threeReplicas(t *testing.T, receiver string) []*daemon {
	t.Helper()
	redis := redistest.Start(t, redistest.AOF("always"))
	var all []*daemon
	for range 3 {
		all = append(all, newDaemon(t, redis.URL(), loadConfig(receiver), loadRules, "LOAD_SECRET="+loadSecret))
	}
	return all
}

func urlsOf(all []*daemon) []string {
	var urls []string
	for _, d := range all {
		urls = append(urls, d.URL)
	}
	return urls
}

// leased answers how many partitions a replica said it polls, last.
func leased(d *daemon) string {
	all := regexp.MustCompile(`partitions leased.*partitions"?[=:](\d+)`).FindAllStringSubmatch(d.Output(), -1)
	if len(all) == 0 {
		return "0"
	}
	return all[len(all)-1][1]
}

// TestRollingRestart restarts three replicas one after the other under load, first as they are, then with a new rule.
func TestRollingRestart(t *testing.T) {
	stage.Binary(t)
	r := newReceiver(t, nil)
	all := threeReplicas(t, r.URL)
	stage.Eventually(t, 15*time.Second, "fair shares", func() error {
		if got := leased(all[0]) + " " + leased(all[1]) + " " + leased(all[2]); strings.Contains(got, "64") || strings.Contains(got, "0 ") {
			return errors.New(got)
		}
		return nil
	})
	b := &balancer{load: load{urls: urlsOf(all)}}
	b.run(loadKeys, 20*time.Millisecond)
	for round, rules := range []string{loadRules, loadRules + "  newer: {when: declared, then: [{note: a newer rule}]}\n"} {
		for _, d := range all {
			time.Sleep(500 * time.Millisecond)
			d.Signal(syscall.SIGTERM)
			stage.Write(t, filepath.Join(d.Dir, "rules", "rules.yaml"), rules)
			d.Restart(t)
		}
		t.Logf("round %d is over", round)
	}
	time.Sleep(500 * time.Millisecond)
	settled(t, r, b.stop(), "rolling restart of three replicas, twice")
	fmt.Printf("rolling restart: answers by status %v (0: nobody there); the longest wait for an acceptance was %v\n", b.answered, b.longest.Round(time.Millisecond))
	if len(b.refused) > 0 {
		t.Errorf("refused otherwise than with 503: %q", b.refused[:min(len(b.refused), 5)])
	}
	for i, d := range all {
		if text, err := stage.Get(d.URL + "/metrics"); err != nil || !strings.Contains(string(text), "ifsev_rules_from_own_files 1") || !strings.Contains(string(text), "ifsev_replicas 3") {
			t.Errorf("replica %d: %v, not of one mind with the others", i, err)
		}
	}
}

// TestReplicasWithDifferentFiles: the ones loaded last count, everybody says so, and nobody takes turns.
func TestReplicasWithDifferentFiles(t *testing.T) {
	stage.Binary(t)
	r := newReceiver(t, nil)
	all := threeReplicas(t, r.URL)
	last := all[2]
	stage.Write(t, filepath.Join(last.Dir, "rules", "rules.yaml"), loadRules+"  mine: {when: declared, then: [{note: mine}]}\n")
	loaded := func(d *daemon) string {
		text, _ := stage.Get(d.URL + "/metrics") // without an answer there is no such line
		return string(regexp.MustCompile(`(?m)^ifsev_rules_loaded .*$`).Find(text))
	}
	stage.Eventually(t, 15*time.Second, "agreement", func() error {
		for _, d := range all {
			if !strings.Contains(loaded(d), "ifsev_rules_loaded 3") {
				return errors.New(loaded(d))
			}
		}
		return nil
	})
	for _, d := range all[:2] {
		d.Send(syscall.SIGHUP) // reading the same files again changes nothing
	}
	time.Sleep(3 * time.Second)
	for i, d := range all {
		if got := loaded(d); !strings.Contains(got, "ifsev_rules_loaded 3") {
			t.Errorf("replica %d went back: %s", i, got)
		}
		said := strings.Count(d.Output(), "another replica has loaded other rules")
		if want := map[bool]int{true: 1, false: 0}[i < 2]; said != want {
			t.Errorf("replica %d said %d times that another's rules count, want %d", i, said, want)
		}
	}
}
