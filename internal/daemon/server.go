package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/ifsev/ifsev/internal/throttle"
)

// What one connection may cost, and all of them. A body is bounded where it is read.
const (
	headerTime     = 5 * time.Second  // for the headers to arrive
	readTime       = 30 * time.Second // for the whole request
	writeTime      = time.Minute      // from the headers to the end of the answer; streams take theirs piece by piece
	idleTime       = 2 * time.Minute  // between requests
	headerBytes    = 64 << 10
	maxConnections = 4096
	maxOfOneClient = 1024
)

// startServer answers requests on the listener; failed says why that ended by itself.
func (d *daemon) startServer(handler http.Handler) (failed <-chan error) {
	srv := newServer(d.comesFrom(handler), d.Log)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(limitConnections(d.listener, maxConnections, maxOfOneClient, d.trusted)) }()
	d.onClose("server", func(ctx context.Context) error {
		ctx, cancel := d.part(ctx)
		defer cancel()
		err := srv.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) { // whoever has not ended a request by now sends it again
			d.Log.Warn("requests that did not come to an end are cut")
			err = nil
		}
		return errors.Join(err, srv.Close())
	})
	return ended
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// comesFrom makes RemoteAddr the address of who sent a request, also where a proxy that is trusted stands between.
func (d *daemon) comesFrom(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := d.proxies.Load().Remote(r); from != r.RemoteAddr {
			forwarded := *r
			forwarded.RemoteAddr = from
			r = &forwarded
		}
		next.ServeHTTP(w, r)
	})
}

// trusted reports whether an address is that of a proxy or of this machine, which may hold as many connections as there
// are: many people come through the one, and who is on the other has better ways.
func (d *daemon) trusted(a net.Addr) bool {
	return loopback(a) || d.proxies.Load().Trust(a.String())
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// useProxies takes over other proxies to trust.
func (d *daemon) useProxies(p throttle.Proxies) { d.proxies.Store(&p) }
