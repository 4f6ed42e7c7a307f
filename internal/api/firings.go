package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
)

// firing is one with the seq of the event that tells it.
type firing struct {
	wire.Firing
	seq int64
}

// eachFiring calls do for every time a rule fired on an incident after a seq, oldest first, out of its timeline, until
// do answers false.
func (s *Server) eachFiring(ctx context.Context, doc *ifsev.Document, after int64, do func(firing) bool) error {
	running := map[string]*ifsev.Firing{}
	for i := range doc.Firings {
		running[doc.Firings[i].ID] = &doc.Firings[i]
	}
	for {
		events, err := s.engine.Timeline(ctx, state.Ref{ID: doc.Incident.ID}, after, timelineMost)
		if err != nil {
			return err
		}
		for i := range events {
			ev := &events[i]
			if ev.Type == ifsev.RuleFired && !do(showFiring(doc, ev, running[ev.Data.String("firing")])) {
				return nil
			}
		}
		if len(events) < timelineMost {
			return nil
		}
		after = events[len(events)-1].Seq
	}
}

// showFiring shows what an event tells; running is what is left of it to do, nil for nothing.
func showFiring(doc *ifsev.Document, ev *ifsev.Event, running *ifsev.Firing) firing {
	f := firing{seq: ev.Seq, Firing: wire.Firing{
		ID: ev.Data.String("firing"), Incident: doc.Incident.ID, Number: doc.Incident.Number, Rule: ev.Data.String("rule"),
		Branch: ev.Data.String("branch"), At: ev.At, Done: running == nil,
	}}
	if running != nil {
		f.Queued, f.Until = running.Queued, running.Until
	}
	return f
}

// firings answers every time a rule fired on an incident, oldest first; an empty rule is any.
func (s *Server) firings(ctx context.Context, doc *ifsev.Document, rule string) ([]firing, error) {
	var found []firing
	err := s.eachFiring(ctx, doc, 0, func(f firing) bool {
		if rule == "" || rule == f.Rule {
			found = append(found, f)
		}
		return true
	})
	return found, err
}

func listFirings(ctx context.Context, s *Server, c *call) (*answer, error) {
	limit, rule := c.limit(pageMost), c.query.Get("rule")
	page := wire.Page[wire.Firing]{Items: []wire.Firing{}}
	if c.query.Get("incident") == "" {
		return s.allFirings(ctx, c, rule, limit)
	}
	after, err := parseCursor(listFired, c.query.Get("cursor"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	r, err := ref(c.query.Get("incident"))
	if err != nil {
		return nil, err
	}
	doc, err := s.engine.Incident(ctx, r)
	if err != nil {
		return nil, missing(err, c.query.Get("incident"))
	}
	err = s.eachFiring(ctx, &doc, after, func(f firing) bool {
		switch {
		case rule != "" && rule != f.Rule:
		case len(page.Items) == limit:
			page.Next = cursor{listFired, after}.String()
			return false
		default:
			page.Items, after = append(page.Items, f.Firing), f.seq
		}
		return true
	})
	return ok(page), err
}

const (
	// firingsAtOnce is how many incidents are read together where the firings on all of them are asked for, and
	// firingsIncidents for how many a page ends although it is not full: the timeline of each is read.
	firingsAtOnce    = 20
	firingsIncidents = 100
)

// allFirings answers a page of the firings on all incidents: the newest incident first, and on each the newest firing.
// No store knows firings by their time, so this is the order that can be had without reading everything.
func (s *Server) allFirings(ctx context.Context, c *call, rule string, limit int) (*answer, error) {
	from, err := parseFiringPlace(c.query.Get("cursor"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	page := wire.Page[wire.Firing]{Items: []wire.Firing{}}
	q := state.Query{Before: from.before(), Limit: firingsAtOnce}
	for looked := 0; looked < firingsIncidents; looked += firingsAtOnce {
		found, err := s.engine.List(ctx, q)
		if err != nil {
			return nil, err
		}
		fired, err := s.firedOn(ctx, found, rule)
		if err != nil {
			return nil, err
		}
		for _, f := range fired {
			switch {
			case f.Number == from.number && f.seq >= from.below:
			case len(page.Items) == limit:
				page.Next = firingPlace{f.Number, f.seq + 1}.String()
				return ok(page), nil
			default:
				page.Items = append(page.Items, f.Firing)
			}
		}
		if len(found) < firingsAtOnce {
			return ok(page), nil
		}
		q.Before = found[len(found)-1].Number
	}
	if more, err := s.engine.List(ctx, state.Query{Before: q.Before, Limit: 1}); err != nil || len(more) == 0 {
		return ok(page), err
	}
	page.Next = firingPlace{number: q.Before}.String()
	return ok(page), nil
}

// firedOn answers the firings on incidents, in their order, the newest of each first.
func (s *Server) firedOn(ctx context.Context, incidents []state.Summary, rule string) ([]firing, error) {
	fired := make([][]firing, len(incidents))
	errs := make([]error, len(incidents))
	eachAtOnce(len(incidents), func(i int) {
		doc, err := s.engine.Incident(ctx, state.Ref{ID: incidents[i].ID})
		if err == nil {
			fired[i], err = s.firings(ctx, &doc, rule)
		}
		if !errors.Is(err, state.ErrNotFound) { // it was archived just now
			errs[i] = err
		}
		slices.Reverse(fired[i])
	})
	return slices.Concat(fired...), errors.Join(errs...)
}

// firingPlace is where a list of the firings on all incidents goes on: with an incident's number and the seq below which
// its firings are wanted; 0 for none of them.
type firingPlace struct{ number, below int64 }

// before is the number below which the incidents are wanted; 0 for all.
func (p firingPlace) before() int64 {
	if p.below > 0 {
		return p.number + 1
	}
	return p.number
}

// String is what a client is given.
func (p firingPlace) String() string {
	return seal(listAllFired, strconv.FormatInt(p.number, 10)+"."+strconv.FormatInt(p.below, 10))
}

// parseFiringPlace reads a cursor; the empty text is the start.
func parseFiringPlace(text string) (firingPlace, error) {
	if text == "" {
		return firingPlace{}, nil
	}
	place, err := unseal(listAllFired, text)
	if err != nil {
		return firingPlace{}, err
	}
	number, below, _ := strings.Cut(place, ".")
	var p firingPlace
	p.number, err = strconv.ParseInt(number, 10, 64)
	if err == nil {
		p.below, err = strconv.ParseInt(below, 10, 64)
	}
	if err != nil || p.number < 1 || p.number == math.MaxInt64 || p.below < 0 || p.String() != text {
		return firingPlace{}, errCursor
	}
	return p, nil
}
