package api

import (
	"context"
	"net/http"

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
	limit := c.limit(timelineDefault)
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
