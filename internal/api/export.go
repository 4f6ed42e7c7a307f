package api

import (
	"context"
	"net/http"

	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/record"
)

// export streams what was recorded: the rule sets that were in force, and every event of the incidents chosen.
func export(ctx context.Context, s *Server, c *call, out *stream) error {
	choice := archive.Choice{At: s.now().UTC(), World: record.WorldOf(&s.engine.Rules().World), Wrote: out.keepOpen}
	if text := c.query.Get("since"); text != "" {
		at, err := parseTime(text)
		if err != nil {
			return refuse(http.StatusBadRequest, "since must be a time such as 2026-11-01T00:00:00Z, not %s", describe(text))
		}
		choice.Since = at
	}
	if name := c.query.Get("incident"); name != "" {
		r, err := ref(name)
		if err != nil {
			return err
		}
		doc, err := s.engine.Incident(ctx, r)
		if err != nil {
			return missing(err, name)
		}
		choice.Only, choice.Since = doc.Incident.ID, doc.Incident.DeclaredAt
	}
	return archive.Export(ctx, s.store, record.NewWriter(out.buffer), choice)
}
