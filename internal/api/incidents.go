package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

const (
	pageDefault = 50
	pageMost    = 200
)

// declare opens an incident, or answers the active one that has its key.
func declare(ctx context.Context, s *Server, c *call) (*answer, error) {
	if err := s.checkNames(c); err != nil {
		return nil, err
	}
	if err := s.findRelated(ctx, c); err != nil {
		return nil, err
	}
	b := c.body
	d := &ifsev.Declaration{
		Title: b.String("title"), Description: b.String("description"), Severity: ifsev.Severity(b.Int("severity")),
		Tags: b.Strings("tags"), Key: b.String("key"), Service: b.String("service"),
		Commander: b.String("commander"), Subscribers: b.Strings("subscribers"), Fields: fieldsOf(b), Related: c.related,
	}
	reply, err := s.submit(ctx, c, engine.Request{Change: ifsev.Change{Declare: d}})
	if err != nil {
		return nil, err
	}
	a := s.incident(&reply.Incident)
	// A repetition of the request that opened it is answered 200, with the incident as it is now.
	if reply.Created {
		a.status = http.StatusCreated
		a.location = "/api/v1/incidents/" + strconv.FormatInt(reply.Incident.Number, 10)
	}
	return a, nil
}

// submit hands a request to the engine with who asked and under which key.
func (s *Server) submit(ctx context.Context, c *call, r engine.Request) (engine.Reply, error) {
	id, sum, err := c.idempotency()
	if err != nil {
		return engine.Reply{}, err
	}
	r.ID, r.Sum, r.Actor, r.TraceParent = id, sum, c.actor(), c.request.Header.Get("Traceparent")
	reply, err := s.engine.Submit(ctx, r)
	return reply, pointed(err, c.body)
}

// incident answers an incident with its version.
func (s *Server) incident(inc *ifsev.Incident) *answer {
	a := ok(showIncident(inc, &s.engine.Rules().World))
	a.etag = etag(inc.Version)
	return a
}

func showOne(ctx context.Context, s *Server, c *call) (*answer, error) {
	doc, err := s.document1(ctx, c)
	if err != nil {
		return nil, err
	}
	return s.incident(&doc.Incident), nil
}

// document1 loads the incident the path names.
func (s *Server) document1(ctx context.Context, c *call) (ifsev.Document, error) {
	r, err := ref(c.path("id"))
	if err != nil {
		return ifsev.Document{}, err
	}
	doc, err := s.engine.Incident(ctx, r)
	return doc, missing(err, c.path("id"))
}

func listIncidentsRoute(ctx context.Context, s *Server, c *call) (*answer, error) {
	before, err := parseCursor(listIncidents, c.query.Get("cursor"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	q := state.Query{Tags: c.query["tag"], Text: c.query.Get("q"), Before: before, Limit: c.limit(pageDefault)}
	for _, status := range c.query["status"] {
		q.Statuses = append(q.Statuses, ifsev.Status(status))
	}
	world := &s.engine.Rules().World
	for _, text := range c.query["severity"] {
		severity, err := world.Severities.Parse(text)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "%s", err)
		}
		q.Severities = append(q.Severities, severity)
	}
	found, err := s.engine.List(ctx, q)
	if err != nil {
		return nil, err
	}
	shown, err := s.showAll(ctx, found, world)
	if err != nil {
		return nil, err
	}
	page := wire.Page[wire.Incident]{Items: shown}
	if len(found) == q.Limit {
		page.Next, err = s.nextIncidents(ctx, q, found[len(found)-1].Number)
	}
	return ok(page), err
}

// nextIncidents answers the cursor of the page after a full one; none where nothing follows. That is asked for by itself:
// a page may be as long as what a store answers at once.
func (s *Server) nextIncidents(ctx context.Context, q state.Query, last int64) (string, error) {
	q.Before, q.Limit = last, 1
	if more, err := s.engine.List(ctx, q); err != nil || len(more) == 0 {
		return "", err
	}
	return cursor{listIncidents, last}.String(), nil
}

// showAll reads the incidents a list found, whole, in its order.
func (s *Server) showAll(ctx context.Context, found []state.Summary, world *rules.World) ([]wire.Incident, error) {
	shown := make([]wire.Incident, len(found))
	errs := make([]error, len(found))
	eachAtOnce(len(found), func(i int) {
		doc, err := s.engine.Incident(ctx, state.Ref{ID: found[i].ID})
		shown[i], errs[i] = showIncident(&doc.Incident, world), err
	})
	return shown, errors.Join(errs...)
}
