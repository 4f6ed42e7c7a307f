package faults

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// weather is what a proxy does to the bytes that pass it.
type weather struct {
	delay    time.Duration // each piece waits so long, each way
	perSec   int           // bytes a second, each way and connection; 0 is no limit
	halfOpen bool          // nothing passes and nothing is closed: connections look alive and are not
	refuse   bool          // new connections are closed at once
}

// proxy stands before a server and makes the network between bad. It changes nothing of what it lets through.
type proxy struct {
	target string
	l      net.Listener
	wait   sync.WaitGroup

	mu    sync.Mutex
	now   weather
	clear chan struct{} // closed when the weather changes
	conns map[net.Conn]bool
	shut  bool
}

// newProxy starts a proxy before an address; it ends with the test.
func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: target, l: l, clear: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.wait.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

// set changes the weather for every connection there is and will be.
func (p *proxy) set(w weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = w
	close(p.clear)
	p.clear = make(chan struct{})
}

// reset cuts every connection there is, with what is on its way, by RST.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
		}
		end(c)
	}
}

func (p *proxy) close() {
	p.mu.Lock()
	p.shut = true
	p.mu.Unlock()
	end(p.l)
	p.set(weather{})
	p.reset()
	p.wait.Wait()
}

func (p *proxy) weather() (weather, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now, p.clear
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		if w, _ := p.weather(); w.refuse {
			end(c)
			continue
		}
		p.wait.Go(func() { p.join(c) })
	}
}

// end closes what may be closed already: either end may do it, and reset.
func end(c io.Closer) { _ = c.Close() }

// join connects both ends; when one closes, so does the other.
func (p *proxy) join(client net.Conn) {
	defer end(client)
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		return
	}
	defer end(server)
	if !p.know(client, server) {
		return
	}
	defer p.forget(client, server)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			p.pass(way[1], way[0])
			end(client)
			end(server)
		})
	}
	both.Wait()
}

func (p *proxy) know(all ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range all {
		p.conns[c] = true
	}
	return !p.shut
}

func (p *proxy) forget(all ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range all {
		delete(p.conns, c)
	}
}

// pass moves bytes one way, as the weather allows.
func (p *proxy) pass(to io.Writer, from io.Reader) {
	piece := make([]byte, 4096)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			p.endure(n)
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// endure waits as long as the weather holds up so many bytes. What it holds up half open goes on when it clears.
func (p *proxy) endure(n int) {
	w, changed := p.weather()
	for w.halfOpen {
		<-changed
		w, changed = p.weather()
	}
	pause := w.delay
	if w.perSec > 0 {
		pause += time.Duration(n) * time.Second / time.Duration(w.perSec)
	}
	if pause == 0 {
		return
	}
	select {
	case <-time.After(pause):
	case <-changed:
	}
}
