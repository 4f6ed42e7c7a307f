package daemon

import (
	"net"
	"net/netip"
	"sync"

	"github.com/ifsev/ifsev/internal/throttle"
)

// limited is a listener that closes connections beyond a number at once, so that whoever opens many and says nothing
// keeps nobody else out: of one client there are fewer than there are.
type limited struct {
	net.Listener
	most, ofOne int
	exempt      func(net.Addr) bool

	mu      sync.Mutex
	open    int
	clients map[netip.Prefix]int
}

// limitConnections bounds how many connections are open, and how many of one client unless it is exempt.
func limitConnections(l net.Listener, most, ofOne int, exempt func(net.Addr) bool) net.Listener {
	return &limited{Listener: l, most: most, ofOne: ofOne, exempt: exempt, clients: map[netip.Prefix]int{}}
}

// Accept answers the next connection there is room for.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client := throttle.Client(c.RemoteAddr().String())
		if l.enter(client, l.exempt(c.RemoteAddr())) {
			return &counted{Conn: c, left: sync.OnceFunc(func() { l.leave(client) })}, nil
		}
		_ = c.Close() // nothing was sent on it
	}
}

func (l *limited) enter(client netip.Prefix, exempt bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most || !exempt && l.clients[client] >= l.ofOne {
		return false
	}
	l.open++
	l.clients[client]++
	return true
}

func (l *limited) leave(client netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.clients[client]--; l.clients[client] == 0 {
		delete(l.clients, client)
	}
}

// counted is a connection that gives its place back when it is closed.
type counted struct {
	net.Conn
	left func()
}

// Close closes the connection.
func (c *counted) Close() error {
	defer c.left()
	return c.Conn.Close()
}
