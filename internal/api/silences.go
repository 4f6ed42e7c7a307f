package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
)

func silenceRoutes() []route {
	const silences = "/api/v1/silences"
	return []route{
		{
			method: http.MethodGet, path: silences, name: "listSilences", scope: ScopeRead, serve: listSilences,
			doc:     "The silences that are not over: those of the rule files, then those that were added.",
			answers: map[int]any{http.StatusOK: wire.Page[wire.Silence]{}},
		},
		{
			method: http.MethodPost, path: silences, name: "addSilence", scope: ScopeRespond, serve: addSilence, takesBody: true,
			doc: "Hold rules back for a time. Every replica knows it at once, and it outlives restarts and reloads.",
			body: []field{
				{name: "if", kind: ifsev.TypeString, required: true, raw: true, doc: "The incidents it is about: an expression such as service == \"shop\"; true for all."},
				{name: "until", kind: ifsev.TypeTime, doc: "When it ends."},
				{name: "for", kind: ifsev.TypeDuration, doc: "How long it lasts, instead of until."},
				{name: "rules", kind: ifsev.TypeStrings, most: rules.MaxRules, doc: "The rules it holds back; all where it is left out."},
				reasonField(), byField(),
			},
			answers: map[int]any{http.StatusCreated: wire.Silence{}},
		},
		{
			method: http.MethodGet, path: silences + "/{silence}", name: "showSilence", scope: ScopeRead, serve: showSilence,
			doc:     "One silence that was added and is not over.",
			answers: map[int]any{http.StatusOK: wire.Silence{}},
		},
		{
			method: http.MethodDelete, path: silences + "/{silence}", name: "endSilence", scope: ScopeRespond, serve: endSilence,
			doc: "End a silence that was added. What it holds back goes on at once.", query: []field{byField()},
			answers: map[int]any{http.StatusOK: wire.Page[wire.Silence]{}},
		},
	}
}

func listSilences(_ context.Context, s *Server, _ *call) (*answer, error) {
	page := wire.Page[wire.Silence]{Items: []wire.Silence{}}
	for _, x := range s.engine.Silences() {
		page.Items = append(page.Items, showSilenceOf(&x))
	}
	return ok(page), nil
}

func showSilenceOf(x *rules.Silence) wire.Silence {
	shown := wire.Silence{ID: x.ID, If: x.Text, Until: x.Until, Reason: x.Reason, Rules: x.Rules, By: x.By, At: x.At}
	if x.ID == "" {
		shown.File, shown.Line = x.File, x.Line
	}
	return shown
}

func showSilence(_ context.Context, s *Server, c *call) (*answer, error) {
	id := c.path("silence")
	for _, x := range s.engine.Silences() {
		if x.ID == id {
			return ok(showSilenceOf(&x)), nil
		}
	}
	return nil, noSilence(id)
}

func noSilence(id string) error {
	return refuse(http.StatusNotFound, "there is no added silence %s, or it is over; one that stands in a rule file ends when it is taken out of it", describe(id))
}

func addSilence(ctx context.Context, s *Server, c *call) (*answer, error) {
	until, err := silencedUntil(c.body, s.now())
	if err != nil {
		return nil, err
	}
	key, _, err := c.idempotency()
	if err != nil {
		return nil, err
	}
	added, err := s.engine.Silence(ctx, key, rules.Added{
		If: c.body.String("if"), Until: until, Reason: c.body.String("reason"), Rules: c.body.Strings("rules"), By: c.by(),
	})
	if err != nil {
		return nil, silenceRefused(err, c.body, s)
	}
	a := ok(wire.Silence{ID: added.ID, If: added.If, Until: added.Until, Reason: added.Reason, Rules: added.Rules, By: added.By, At: added.At})
	a.status, a.location = http.StatusCreated, "/api/v1/silences/"+added.ID
	return a, nil
}

// silenceRefused says what of the body an error is about.
func silenceRefused(err error, b ifsev.Data, s *Server) error {
	if !errors.Is(err, engine.ErrSilence) {
		return err
	}
	if errors.Is(err, engine.ErrSilences) {
		return refuse(http.StatusUnprocessableEntity, "%s", err)
	}
	said := strings.TrimPrefix(err.Error(), engine.ErrSilence.Error()+": ")
	if at, _ := parseTime(b.String("until")); b.String("until") != "" && !s.now().Before(at) {
		return refuseBody([]problem.At{wrong("/until", said)})
	}
	known := ruleNames(s.engine.Rules())
	var faults []problem.At
	for i, name := range b.Strings("rules") {
		if !slices.Contains(known, name) {
			faults = append(faults, wrong("/rules"+pointerIndex(i), unknownRule(name, known)))
		}
	}
	if faults == nil {
		faults = []problem.At{wrong("/if", said)}
	}
	return refuseBody(faults)
}

func unknownRule(name string, known []string) string {
	if near, found := strictyaml.Nearest(name, known); found {
		return fmt.Sprintf("there is no rule %s; did you mean %s?", describe(name), near)
	}
	return fmt.Sprintf("there is no rule %s", describe(name))
}

// silencedUntil reads when a silence ends.
func silencedUntil(b ifsev.Data, now time.Time) (time.Time, error) {
	until, long := b.String("until"), b.String("for")
	if (until == "") == (long == "") {
		return time.Time{}, refuseBody([]problem.At{wrong("/until", "say when it ends, with either until or for")})
	}
	if long != "" {
		d, err := ifsev.ParseDuration(long)
		if err == nil && d <= 0 {
			err = refuseBody([]problem.At{wrong("/for", "must be more than nothing, such as 2h")})
		}
		return now.Add(d).UTC().Truncate(time.Millisecond), err // the form has checked it
	}
	return parseTime(until) // the form has checked it
}

func endSilence(ctx context.Context, s *Server, c *call) (*answer, error) {
	id := c.path("silence")
	err := s.engine.EndSilence(ctx, id, c.by())
	if errors.Is(err, engine.ErrNoSilence) {
		return nil, noSilence(id)
	}
	if err != nil {
		return nil, err
	}
	return listSilences(ctx, s, c)
}
