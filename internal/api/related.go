package api

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/state"
)

// mention is an incident that a body names as one to be related to.
type mention struct{ at, name, as string }

// mentions answers the incidents a body names, in the order of its fields.
func mentions(b ifsev.Data) []mention {
	var found []mention
	if name := b.String("parent"); name != "" {
		found = append(found, mention{problem.Pointer("parent"), name, ifsev.RelatedParent})
	}
	for _, f := range []struct{ name, as string }{
		{"children", ifsev.RelatedChild}, {"add_children", ifsev.RelatedChild}, {"related", ifsev.RelatedTo}, {"add_related", ifsev.RelatedTo},
	} {
		for i, name := range b.Strings(f.name) {
			found = append(found, mention{problem.Pointer(f.name) + pointerIndex(i), name, f.as})
		}
	}
	return found
}

// findRelated looks the incidents up that a body names, so that who asks is told of one that is not there. One that is
// taken away after that is told to the dead deliveries.
func (s *Server) findRelated(ctx context.Context, c *call) error {
	named := mentions(c.body)
	said := make([]string, len(named))
	errs := make([]error, len(named))
	c.related = make([]ifsev.Relation, len(named))
	eachAtOnce(len(named), func(i int) {
		m := named[i]
		c.related[i].As = m.as
		c.related[i].Incident, said[i], errs[i] = s.nameOf(ctx, m.name)
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var faults []problem.At
	for i, m := range named {
		faults = append(faults, one(m.at, said[i])...)
	}
	return refuseBody(faults)
}

// nameOf answers the name of the incident that a text names, or says why there is none.
func (s *Server) nameOf(ctx context.Context, text string) (name, said string, err error) {
	r, is := state.ParseRef(strings.TrimSpace(text))
	if !is {
		return "", describe(text) + " is no incident: write its number, such as INC-42, or its ID", nil
	}
	doc, err := s.engine.Incident(ctx, r)
	if errors.Is(err, state.ErrNotFound) {
		return "", "there is no incident " + text, nil
	}
	return doc.Incident.Name(), "", err
}

// atOnce is how many incidents are read at the same time for one request.
const atOnce = 8

// eachAtOnce calls do for each of n, some at the same time.
func eachAtOnce(n int, do func(i int)) {
	var wait sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for i := range n {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			do(i)
		})
	}
	wait.Wait()
}
