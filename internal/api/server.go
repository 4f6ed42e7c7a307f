package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/throttle"
	"github.com/ifsev/ifsev/internal/wire"
)

// Options is what a Server is made of. Engine, Store, Reload, Hooks and Metrics are required.
type Options struct {
	Engine *engine.Engine
	// Store is what the engine works on; exports read it.
	Store archive.Source
	// Hooks answers everything below /hooks/.
	Hooks http.Handler
	// Metrics answers /metrics.
	Metrics http.Handler
	// Reload reads rules and configuration again, all or nothing. Its error may be a *problem.Problem.
	Reload func(context.Context) (wire.Reload, error)
	// Doctor answers how the daemon is; nil means that nobody knows.
	Doctor func(context.Context) wire.Doctor
	// Log takes what goes wrong; nil means nowhere.
	Log *slog.Logger
	// Version is told in the API's document.
	Version string
	// Now is the clock; nil means the wall clock.
	Now func() time.Time
	// Timeout bounds a request; 15 s.
	Timeout time.Duration
	// MaxInFlight is how many requests are served at once; 512. More are answered 503.
	MaxInFlight int
}

// Settings is what a reload may change.
type Settings struct {
	// Tokens are the rights to use the API. With none, only requests that name a loopback address are answered.
	Tokens []Token
	// Open answers everybody although there is no token: the configuration says auth: none.
	Open bool
}

// Server answers the HTTP API.
type Server struct {
	engine      *engine.Engine
	store       archive.Source
	reload      func(context.Context) (wire.Reload, error)
	doctor      func(context.Context) wire.Doctor
	log         *slog.Logger
	now         func() time.Time
	timeout     time.Duration
	settings    atomic.Pointer[settings]
	failures    *throttle.Failures
	crossOrigin *http.CrossOriginProtection
	document    []byte
	mux         *http.ServeMux
	slots       chan struct{}
}

type settings struct {
	tokens []Token
	// guarded means that tokens are configured, even if none of them can be shown.
	guarded, open bool
}

// New makes a Server; an error means that a required option is missing or the document cannot be made.
func New(o Options, with Settings) (*Server, error) {
	if o.Engine == nil || o.Store == nil || o.Reload == nil || o.Hooks == nil || o.Metrics == nil {
		return nil, errors.New("api: Engine, Store, Reload, Hooks and Metrics are required")
	}
	s := &Server{
		engine: o.Engine, store: o.Store, reload: o.Reload, doctor: o.Doctor, log: o.Log, now: o.Now, timeout: o.Timeout,
		failures:    throttle.New(failureEvery, failureBurst),
		crossOrigin: http.NewCrossOriginProtection(), mux: http.NewServeMux(), slots: make(chan struct{}, 512),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.timeout == 0 {
		s.timeout = 15 * time.Second
	}
	if o.MaxInFlight > 0 {
		s.slots = make(chan struct{}, o.MaxInFlight)
	}
	s.Use(with)
	return s, s.mount(o)
}

// Use takes over other settings; requests under way go on with the ones they began with.
func (s *Server) Use(with Settings) {
	s.settings.Store(&settings{tokens: slices.Clone(with.Tokens), guarded: len(with.Tokens) > 0, open: with.Open})
}

func (s *Server) mount(o Options) error {
	list := routes()
	document, err := describeAPI(list, o.Version)
	if err != nil {
		return err
	}
	s.document = append(document, '\n')
	for i := range list {
		if list[i].serve != nil || list[i].stream != nil {
			s.mux.Handle(list[i].method+" "+list[i].path, s.handler(&list[i]))
		}
	}
	s.mux.Handle("GET /metrics", o.Metrics)
	s.mux.Handle("/hooks/", o.Hooks)
	s.mux.HandleFunc("GET /api/openapi.json", s.describe)
	return nil
}

// ServeHTTP answers a request. It bounds how many are served at once, turns panics into 500, and answers unknown paths
// and methods with problem documents.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recover(w, r)
	if err := s.crossOrigin.Check(r); err != nil {
		s.fail(w, r, refuse(http.StatusForbidden, "a web page of another site may not do this"))
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" || moved(r) {
		s.unknown(w, r)
		return
	}
	if !watching(r) {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		default:
			s.fail(w, r, away("%d requests are being served already: try again in a moment", cap(s.slots)))
			return
		}
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// moved reports whether the mux would send the client to another address: one it has cleaned, or /hooks/. No client of
// an API follows that with its body, and none should get used to it.
func moved(r *http.Request) bool {
	asked := r.URL.EscapedPath()
	clean := path.Clean("/" + asked)
	return asked == "/hooks" || asked != clean && asked != clean+"/"
}

// watching reports whether a request must be answered however much there is to do: those that see whether it is.
func watching(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
}

func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	switch {
	case p == nil:
		return
	case p == http.ErrAbortHandler: //nolint:errorlint // net/http itself compares it so
		panic(p) // the server's own way to cut a connection
	}
	s.log.Error("a request panicked", "method", r.Method, "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
	s.fail(w, r, refuse(http.StatusInternalServerError, "a fault in ifsev; its log says more"))
}

// unknown answers what the mux does not know: 405 with Allow where only the method is wrong, 404 otherwise.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	probe := &headers{header: http.Header{}}
	if pattern == "" {
		h.ServeHTTP(probe, r)
	}
	if allow := probe.header.Get("Allow"); probe.status == http.StatusMethodNotAllowed && allow != "" {
		w.Header().Set("Allow", allow)
		s.fail(w, r, refuse(http.StatusMethodNotAllowed, "%s does not take %s, only %s", r.URL.Path, r.Method, allow))
		return
	}
	s.fail(w, r, refuse(http.StatusNotFound, "there is nothing at %s: GET /api/openapi.json lists what there is", r.URL.Path))
}

// headers is a ResponseWriter that keeps the status and the headers and forgets the body.
type headers struct {
	header http.Header
	status int
}

// Header answers the headers to be kept.
func (h *headers) Header() http.Header { return h.header }

// Write forgets the body.
func (h *headers) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader keeps the status.
func (h *headers) WriteHeader(status int) { h.status = status }

func (s *Server) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(s.document) // the client is gone; nobody is left to tell
}
