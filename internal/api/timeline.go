package api

import (
	"context"
	"net/http"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
)

const (
	timelineDefault = 100
	timelineMost    = 1000
)

func timeline(ctx context.Context, s *Server, c *call) (*answer, error) {
	after, err := parseCursor(listTimeline, c.query.Get("cursor"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	r, err := ref(c.path("id"))
	if err != nil {
		return nil, err
	}
	limit := c.number("limit", timelineDefault)
	events, err := s.engine.Timeline(ctx, r, after, limit+1) // one more says whether anything follows
	if err != nil {
		return nil, missing(err, c.path("id"))
	}
	page := wire.Page[wire.Entry]{Items: list(events[:min(limit, len(events))])}
	if len(events) > limit {
		page.Next = cursor{listTimeline, events[limit-1].Seq}.String()
	}
	return ok(page), nil
}

// verify follows the chain of revisions of an incident from its first commit.
func verify(ctx context.Context, s *Server, c *call) (*answer, error) {
	r, err := ref(c.path("id"))
	if err != nil {
		return nil, err
	}
	var all []state.Page
	var head state.Rev
	for after := int64(0); ; {
		rev, pages, err := s.engine.Pages(ctx, r, after, timelineMost)
		if err != nil {
			return nil, missing(err, c.path("id"))
		}
		if len(pages) == 0 {
			break
		}
		head, all = rev, append(all, pages...)
		next := lastSeq(pages)
		if next <= after {
			break // a commit without entries only: there is nothing after it
		}
		after = next
	}
	chain := wire.Chain{Head: string(head), OK: true, Commits: len(all)}
	if err := state.Verify(all, head); err != nil {
		chain.OK, chain.Error = false, err.Error()
	}
	return ok(chain), nil
}

func lastSeq(pages []state.Page) int64 {
	last := int64(0)
	for _, p := range pages {
		for _, e := range p.Entries {
			last = max(last, e.Seq)
		}
	}
	return last
}

// firings answers every time a rule fired on an incident, oldest first, out of its timeline.
func (s *Server) firings(ctx context.Context, doc *ifsev.Document) ([]wire.Firing, error) {
	running := map[string]*ifsev.Firing{}
	for i := range doc.Firings {
		running[doc.Firings[i].ID] = &doc.Firings[i]
	}
	found := []wire.Firing{}
	for after := int64(0); ; {
		events, err := s.engine.Timeline(ctx, state.Ref{ID: doc.Incident.ID}, after, timelineMost)
		if err != nil {
			return nil, err
		}
		for i := range events {
			if ev := &events[i]; ev.Type == ifsev.RuleFired {
				id := ev.Data.String("firing")
				f := wire.Firing{
					ID: id, Incident: doc.Incident.ID, Number: doc.Incident.Number, Rule: ev.Data.String("rule"),
					Branch: ev.Data.String("branch"), At: ev.At, Done: running[id] == nil,
				}
				if !f.Done {
					f.Queued, f.Until = running[id].Queued, running[id].Until
				}
				found = append(found, f)
			}
		}
		if len(events) < timelineMost {
			return found, nil
		}
		after = events[len(events)-1].Seq
	}
}

func listFirings(ctx context.Context, s *Server, c *call) (*answer, error) {
	r, err := ref(c.query.Get("incident"))
	if err != nil {
		return nil, err
	}
	doc, err := s.engine.Incident(ctx, r)
	if err != nil {
		return nil, missing(err, c.query.Get("incident"))
	}
	found, err := s.firings(ctx, &doc)
	if err != nil {
		return nil, err
	}
	page := wire.Page[wire.Firing]{Items: []wire.Firing{}}
	for _, f := range found {
		if rule := c.query.Get("rule"); rule == "" || rule == f.Rule {
			page.Items = append(page.Items, f)
		}
	}
	return ok(page), nil
}
