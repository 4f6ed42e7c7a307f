package faults

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
)

// secret is the one of the source that senders post to.
const secret = "load-secret-for-tests"

// about is how many alerts a sender sends about one incident before it goes on to the next, so that incidents are
// declared, and deadlines fall due, all through a run.
const about = 15

// senders post numbered alerts, each sender one after the other, until they are stopped. What is not accepted is sent
// again with the same Idempotency-Key, to the next address, as monitoring tools behind a balancer do.
type senders struct {
	urls    []string
	stopped atomic.Bool
	wait    sync.WaitGroup

	mu       sync.Mutex
	accepted []acceptance
	answers  map[int]int // by status; 0 is no answer
	refusals []string    // by other answers than 503 and 429, which nobody would send again after
}

func startSenders(n int, pause time.Duration, urls ...string) *senders {
	s := &senders{urls: urls, answers: map[int]int{}}
	for i := range n {
		s.wait.Go(func() {
			for seq := 0; !s.stopped.Load(); seq++ {
				s.insist(alert{fmt.Sprintf("s%d-%d", i, seq/about), seq%about + 1}, i)
				time.Sleep(pause)
			}
		})
	}
	return s
}

// insist sends until it is accepted, or until nobody sends any more: then nothing is owed, whether it was taken or not.
func (s *senders) insist(a alert, from int) {
	sent := time.Now()
	body := fmt.Sprintf(`{"incident":%q,"n":"%d"}`, a.key, a.seq)
	for try := 0; ; try++ {
		_, err := stage.Request(http.MethodPost, s.urls[(from+a.seq+try)%len(s.urls)]+"/hooks/load", body,
			"Authorization", "Bearer "+secret, "Idempotency-Key", fmt.Sprint(a.key, "-", a.seq))
		s.note(acceptance{a, sent, time.Now()}, err)
		if err == nil || s.stopped.Load() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *senders) note(a acceptance, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var status *stage.StatusError
	switch {
	case err == nil:
		s.answers[http.StatusAccepted]++
		s.accepted = append(s.accepted, a)
	case errors.As(err, &status):
		s.answers[status.Status]++
		if status.Status != http.StatusServiceUnavailable && status.Status != http.StatusTooManyRequests {
			s.refusals = append(s.refusals, err.Error())
		}
	default:
		s.answers[0]++
	}
}

// so answers how many were accepted so far.
func (s *senders) so() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accepted)
}

// stop ends the sending and answers what was accepted.
func (s *senders) stop() []acceptance {
	s.stopped.Store(true)
	s.wait.Wait()
	return slices.Clone(s.accepted)
}
