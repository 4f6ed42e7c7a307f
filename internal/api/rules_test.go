package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/wire"
)

func TestRulesAreShown(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var set wire.RuleSet
	s.send(t, http.MethodGet, "/api/v1/rules", "").want(t, http.StatusOK, &set)
	var names []string
	for _, r := range set.Items {
		names = append(names, r.Name)
	}
	if diff := cmp.Diff([]string{"database-oncall", "unacknowledged", "noted", "asleep"}, names); diff != "" {
		t.Error(diff)
	}
	if set.Epoch != 1 || set.Hash == "" || set.Items[3].Enabled || !set.Items[0].Enabled {
		t.Errorf("%+v", set)
	}
	s.declare(t, `{"title":"T","severity":1}`)
	var rule wire.Rule
	s.send(t, http.MethodGet, "/api/v1/rules/unacknowledged", "").want(t, http.StatusOK, &rule)
	if rule.File != "test.yaml" || rule.Line == 0 || rule.Owner != "sre" || rule.Evaluations == 0 ||
		rule.If != `severity <= 2 and status == "open" and not acknowledged` {
		t.Errorf("%+v", rule)
	}
	if diff := cmp.Diff([]wire.Rung{{Delay: "5m", Steps: []string{"page"}}}, rule.After); diff != "" {
		t.Error(diff)
	}
	s.send(t, http.MethodGet, "/api/v1/rules/asleep", "").want(t, http.StatusOK, nil)
	p := s.send(t, http.MethodGet, "/api/v1/rules/unacknowleged", "").problem(t, http.StatusNotFound)
	if !strings.Contains(p.Detail, "did you mean unacknowledged?") {
		t.Error(p.Detail)
	}
}

func TestCheckRules(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var check wire.Check
	s.send(t, http.MethodPost, "/api/v1/rules/check", `{"text":"rules:\n  a:\n    if: status == \"opne\"\n    then: [note: x]\n","name":"a.yaml"}`).want(t, http.StatusOK, &check)
	if check.OK || len(check.Errors) != 1 || check.Errors[0].File != "a.yaml" || check.Errors[0].Line != 3 || !strings.Contains(check.Errors[0].Hint+check.Errors[0].Message, "open") {
		t.Errorf("%+v", check)
	}
	s.send(t, http.MethodPost, "/api/v1/rules/check", `{"text":"rules:\n  a:\n    if: severity == 1\n    then: [note: x]\n"}`).want(t, http.StatusOK, &check)
	if !check.OK || check.Rules != 1 || len(check.Errors) != 0 {
		t.Errorf("%+v", check)
	}
	var set wire.RuleSet
	s.send(t, http.MethodGet, "/api/v1/rules", "").want(t, http.StatusOK, &set)
	if set.Epoch != 1 {
		t.Error("what was checked was loaded")
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var plan map[string]any
	s.send(t, http.MethodPost, "/api/v1/reload", "").want(t, http.StatusOK, &plan)
	for _, name := range []string{"added", "changed", "removed", "warnings"} {
		if _, list := plan[name].([]any); !list {
			t.Errorf("%s is %v", name, plan[name])
		}
	}
	bad := newService(t, func(o *Options, _ *Settings) {
		o.Reload = func(context.Context) (wire.Reload, error) {
			return wire.Reload{}, problem.New(http.StatusUnprocessableEntity, "the old rules stay", problem.At{Detail: "a.yaml:3:5: x"})
		}
	})
	p := bad.send(t, http.MethodPost, "/api/v1/reload", "").problem(t, http.StatusUnprocessableEntity)
	if len(p.Errors) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	var e wire.Explanation
	s.send(t, http.MethodGet, "/api/v1/incidents/1/explain", "").want(t, http.StatusOK, &e)
	if e.Number != 1 || e.At.IsZero() || len(e.Rules) != 3 {
		t.Fatalf("%+v", e)
	}
	byName := map[string]wire.Explained{}
	for _, r := range e.Rules {
		byName[r.Rule] = r
	}
	if r := byName["database-oncall"]; r.Verdict != "true" || len(r.Firings) != 1 || len(r.Atoms) == 0 || !r.Atoms[0].Evaluated || r.Recorded == nil || r.Recorded.Verdict != "fired" {
		t.Errorf("%+v", r)
	}
	if r := byName["unacknowledged"]; r.HeldBy != "waiting" || r.Branch != "after[5m]" || r.FiresAt.Sub(r.Since).Minutes() != 5 {
		t.Errorf("%+v", r)
	}
	if r := byName["noted"]; len(r.When) != 1 || len(r.Firings) != 0 {
		t.Errorf("%+v", r)
	}
	s.send(t, http.MethodPost, "/api/v1/incidents/1/notes", `{"text":"x"}`).want(t, http.StatusOK, nil)
	s.send(t, http.MethodGet, "/api/v1/incidents/1/explain?rule=noted", "").want(t, http.StatusOK, &e)
	if len(e.Rules) != 1 || len(e.Rules[0].Firings) != 1 {
		t.Errorf("%+v", e)
	}
	s.send(t, http.MethodGet, "/api/v1/incidents/1/explain?rule=nope", "").problem(t, http.StatusNotFound)
}

func TestFirings(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	var page wire.Page[wire.Firing]
	s.send(t, http.MethodGet, "/api/v1/firings?incident=INC-1", "").want(t, http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].Rule != "database-oncall" || page.Items[0].Branch != "then" {
		t.Errorf("%+v", page)
	}
	s.send(t, http.MethodGet, "/api/v1/firings?incident=1&rule=noted", "").want(t, http.StatusOK, &page)
	if len(page.Items) != 0 {
		t.Errorf("%+v", page)
	}
	s.send(t, http.MethodGet, "/api/v1/firings?incident=9", "").problem(t, http.StatusNotFound)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":1}`)
	for range 5 {
		s.send(t, http.MethodPost, "/api/v1/incidents/1/notes", `{"text":"x"}`).want(t, http.StatusOK, nil)
	}
	var chain wire.Chain
	s.send(t, http.MethodGet, "/api/v1/incidents/1/verify", "").want(t, http.StatusOK, &chain)
	if !chain.OK || chain.Commits < 6 || chain.Head == "" {
		t.Errorf("%+v", chain)
	}
}
