package api

import (
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Who fails to show a valid token may try again this often; a valid token is never held up.
const (
	failureBurst = 20
	failureEvery = 3 * time.Second
	failureHosts = 10_000
)

// failures counts refused tokens by address.
type failures struct {
	mu    sync.Mutex
	hosts map[string]*rate.Limiter
}

// tooMany counts one failure and reports whether the address has had too many.
func (f *failures) tooMany(r *http.Request, now time.Time) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	limiter := f.hosts[host]
	if limiter == nil {
		f.makeRoom(now)
		limiter = rate.NewLimiter(rate.Every(failureEvery), failureBurst)
		f.hosts[host] = limiter
	}
	return !limiter.AllowN(now, 1)
}

// makeRoom forgets the addresses that have long been quiet, and all of them should that not be enough: memory is
// bounded whoever asks.
func (f *failures) makeRoom(now time.Time) {
	if len(f.hosts) < failureHosts {
		return
	}
	for host, l := range f.hosts {
		if l.TokensAt(now) >= failureBurst {
			delete(f.hosts, host)
		}
	}
	if len(f.hosts) >= failureHosts {
		clear(f.hosts)
	}
}
