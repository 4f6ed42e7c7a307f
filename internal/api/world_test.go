package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ruleText = `
rules:
  database-oncall:
    if: severity == 1 and "database" in tags
    then:
      - add_oncall: database
      - page: database
  unacknowledged:
    description: nobody has taken it
    owner: sre
    if: severity <= 2 and status == "open" and not acknowledged
    after:
      5m: [page: alice]
  noted:
    when: noted
    if: severity == 1
    then:
      - add_tags: [talked]
  asleep:
    enabled: false
    if: severity == 1
    then: [add_tags: [x]]
`

// service is an API over a real engine and a store in memory.
type service struct {
	*httptest.Server
	api    *Server
	engine *engine.Engine
	store  *faulty
	world  rules.World
}

type option func(*Options, *Settings)

func newService(t *testing.T, options ...option) *service {
	t.Helper()
	world := testWorld(t)
	set, wrong, _ := rules.Load([]rules.Source{{Name: "test.yaml", Text: ruleText}}, world)
	if len(wrong) > 0 {
		t.Fatal(wrong.Text())
	}
	store := &faulty{Store: memstate.New(time.Now)}
	e, err := engine.New(engine.Options{Store: store, Rules: set, Performer: refusing{}, Budget: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = e.Stop(ctx) // what had to be cut is not the question here
	})
	o := Options{
		Engine: e, Store: store, Hooks: http.NotFoundHandler(), Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "# metrics\n") }),
		Reload:  func(context.Context) (wire.Reload, error) { return wire.Reload{Epoch: 2, Added: []string{"x"}}, nil },
		Version: "test", Log: slog.New(slog.DiscardHandler),
	}
	var with Settings
	for _, opt := range options {
		opt(&o, &with)
	}
	api, err := New(o, with)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{Server: httptest.NewServer(api), api: api, engine: e, store: store, world: world}
	t.Cleanup(s.Close)
	t.Cleanup(s.Client().CloseIdleConnections)
	return s
}

func testWorld(t *testing.T) rules.World {
	t.Helper()
	return rules.World{
		Actions: actions.Catalogue(), Severities: ifsev.DefaultSeverities(), Zone: time.UTC, URL: "https://ifsev.example.com",
		Connections: []ifsev.Connection{{Name: "pagerduty", Kind: "pagerduty"}},
		Fields:      []ifsev.FieldSpec{{Name: "region", Type: ifsev.TypeString, Values: []string{"eu", "us"}}, {Name: "customers", Type: ifsev.TypeInt}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {Name: "Alice", PagerDuty: "P1"}, "bob": {Name: "Bob", PagerDuty: "P2"}},
			Rotations: map[string]ifsev.Rotation{"database": {People: []string{"bob"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Every: ifsev.Week}},
			Roles:     []string{ifsev.RoleCommander, ifsev.RoleOwner, "scribe"},
		},
	}
}

// refusing is a performer whose every attempt fails for good.
type refusing struct{}

func (refusing) Perform(context.Context, actions.Attempt) (ifsev.Receipt, error) {
	return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: "400 Bad Request", Permanent: true}
}

// faulty is a store that can be taken away.
type faulty struct {
	state.Store
	broken atomicError
	// mute is what it says when it is asked what is due.
	mute atomicError
	// timelines, if above 0, is how many timelines are answered before the store is away.
	timelines atomic.Int64
}

func (f *faulty) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	if f.timelines.Load() > 0 && f.timelines.Add(-1) == 0 {
		return nil, errAway
	}
	return f.Store.Timeline(ctx, id, after, limit)
}

func (f *faulty) Load(ctx context.Context, r state.Ref) (state.Record, error) {
	if err := f.broken.get(); err != nil {
		return state.Record{}, err
	}
	return f.Store.Load(ctx, r)
}

func (f *faulty) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	if err := f.broken.get(); err != nil {
		return state.Result{}, err
	}
	return f.Store.Commit(ctx, c)
}

func (f *faulty) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	if err := f.mute.get(); err != nil {
		return state.Due{}, err
	}
	return f.Store.Due(ctx, parts, limit)
}

func (f *faulty) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	if err := f.broken.get(); err != nil {
		return nil, err
	}
	return f.Store.List(ctx, q)
}

// reply is an answer, read.
type reply struct {
	*http.Response
	body []byte
}

// send makes a request; headers come in pairs. A body is JSON unless a Content-Type is among them.
func (s *service) send(t *testing.T, method, path, body string, headers ...string) *reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &reply{resp, raw}
}

// want fails the test unless the answer has the status, and decodes it.
func (r *reply) want(t *testing.T, status int, into any) {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, not %d: %s", r.Request.Method, r.Request.URL.Path, r.StatusCode, status, r.body)
	}
	if into == nil {
		return
	}
	dec := json.NewDecoder(bytes.NewReader(r.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
}

// problem fails the test unless the answer is a problem document of the status.
func (r *reply) problem(t *testing.T, status int) *problem.Problem {
	t.Helper()
	var p problem.Problem
	r.want(t, status, &p)
	if ct := r.Header.Get("Content-Type"); ct != problem.ContentType {
		t.Errorf("content type %q", ct)
	}
	if p.Status != status || p.Title == "" || p.Type == "" || p.Detail == "" {
		t.Errorf("incomplete problem: %s", r.body)
	}
	return &p
}

func (s *service) declare(t *testing.T, body string) wire.Incident {
	t.Helper()
	var inc wire.Incident
	s.send(t, http.MethodPost, "/api/v1/incidents", body).want(t, http.StatusCreated, &inc)
	return inc
}

// pointers lists where the body was wrong.
func pointers(p *problem.Problem) []string {
	var out []string
	for _, at := range p.Errors {
		out = append(out, at.Pointer)
	}
	return out
}

var errAway = errors.Join(errors.New("connection refused"), state.ErrUnavailable)
