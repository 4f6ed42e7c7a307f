package throttle

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients bounds how many clients are remembered. Those beyond share one count, so a flood of addresses costs no
// memory and gains nothing.
const maxClients = 4096

// Failures counts failures to authorize, a token bucket for each client. It is safe for concurrent use.
type Failures struct {
	every time.Duration
	burst int

	mu      sync.Mutex
	clients map[netip.Prefix]*rate.Limiter
	// others is the count of all for whom there was no room; swept is when room was last looked for.
	others *rate.Limiter
	swept  time.Time
}

// New makes a count that lets burst failures pass at once and one more after each duration.
func New(every time.Duration, burst int) *Failures {
	f := &Failures{every: every, burst: burst, clients: map[netip.Prefix]*rate.Limiter{}}
	f.others = f.fresh()
	return f
}

func (f *Failures) fresh() *rate.Limiter { return rate.NewLimiter(rate.Every(f.every), f.burst) }

// Failed notes a failure of who sends from an address, HOST:PORT, and reports whether there were too many.
func (f *Failures) Failed(remote string, at time.Time) bool {
	client := Client(remote)
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.clients[client]
	if l == nil {
		l = f.admit(client, at)
	}
	return !l.AllowN(at, 1)
}

// admit answers the count of a new client.
func (f *Failures) admit(client netip.Prefix, at time.Time) *rate.Limiter {
	if len(f.clients) >= maxClients && at.Sub(f.swept) >= f.every { // looking through all of them for each would cost more than it saves
		f.swept = at
		for c, l := range f.clients {
			if l.TokensAt(at) >= float64(f.burst) {
				delete(f.clients, c) // as good as new
			}
		}
	}
	if len(f.clients) >= maxClients {
		return f.others
	}
	l := f.fresh()
	f.clients[client] = l
	return l
}

// Client is whom an address, HOST:PORT or HOST, belongs to; one of IPv6 counts with its /64, which one machine has for
// itself. What is no address is the zero Prefix.
func Client(remote string) netip.Prefix {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails only for a number of bits the address does not have
	return p
}
