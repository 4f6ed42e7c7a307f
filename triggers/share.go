package triggers

import (
	"net/netip"
	"sync"

	"github.com/ifsev/ifsev/internal/throttle"
)

// share keeps one client from taking every place there is: a body is read before it can be verified, so whoever sends
// one slowly holds a place without showing a secret.
type share struct {
	most int

	mu   sync.Mutex
	busy map[netip.Prefix]int
}

// enter takes a place for a client, and answers whether it may have one more.
func (s *share) enter(remote string) bool {
	client := throttle.Client(remote)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[client] >= s.most {
		return false
	}
	s.busy[client]++
	return true
}

// leave gives a place back.
func (s *share) leave(remote string) {
	client := throttle.Client(remote)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[client]--; s.busy[client] == 0 {
		delete(s.busy, client)
	}
}
