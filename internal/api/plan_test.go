package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/wire"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	s := newService(t)
	inc := s.declare(t, `{"title":"T","severity":2}`)
	var p wire.Plan
	s.send(t, http.MethodGet, "/api/v1/incidents/INC-1/plan", "").want(t, http.StatusOK, &p)
	if p.Incident != inc.ID || p.Number != 1 || p.More || len(p.Items) != 1 {
		t.Fatalf("%+v", p)
	}
	it := p.Items[0]
	if it.Rule != "unacknowledged" || it.Branch != "after[5m]" || strings.Join(it.What, ";") != "page alice" || !it.Certain {
		t.Errorf("%+v", it)
	}
	if after := it.At.Sub(inc.DeclaredAt); after < 5*time.Minute || after > 5*time.Minute+time.Millisecond {
		t.Errorf("planned %s after it was declared", after)
	}
	s.send(t, http.MethodGet, "/api/v1/incidents/9/plan", "").problem(t, http.StatusNotFound)
}

// Deliveries on their way are told with their next attempt.
func TestPlanTellsDeliveries(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	var p wire.Plan
	s.send(t, http.MethodGet, "/api/v1/incidents/1/plan", "").want(t, http.StatusOK, &p)
	if len(p.Deliveries) > 1 || len(p.Items) != 1 {
		t.Fatalf("%+v", p)
	}
	for _, d := range p.Deliveries { // unless it was given up meanwhile
		if d.Action != "page" || d.Rule != "database-oncall" {
			t.Errorf("%+v", d)
		}
	}
}

func TestCancelPlan(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":2}`)
	var left wire.Plan
	s.send(t, http.MethodDelete, "/api/v1/incidents/1/plan/unacknowledged?by=bob", "").want(t, http.StatusOK, &left)
	if len(left.Items) != 0 {
		t.Errorf("left: %+v", left.Items)
	}
	var page wire.Page[wire.Entry]
	s.send(t, http.MethodGet, "/api/v1/incidents/1/timeline", "").want(t, http.StatusOK, &page)
	last := page.Items[len(page.Items)-1]
	if last.Type != "plan_cancelled" || last.Actor.Name != "bob" || last.Data.String("rule") != "unacknowledged" || last.Data.String("due") == "" {
		t.Errorf("%+v", last)
	}
	var x wire.Explanation
	s.send(t, http.MethodGet, "/api/v1/incidents/1/explain?rule=unacknowledged", "").want(t, http.StatusOK, &x)
	if e := x.Rules[0]; e.HeldBy != "cancelled" || e.Verdict != "true" || !e.FiresAt.IsZero() {
		t.Errorf("%+v", e)
	}
}

func TestCancelPlanIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":3}`)
	for path, want := range map[string]struct {
		status int
		detail string
	}{
		"1/plan/unacknowledged":  {http.StatusConflict, "rule unacknowledged waits for nothing on INC-1"},
		"1/plan/unaknowledged":   {http.StatusNotFound, `did you mean unacknowledged?`},
		"1/plan/xyz":             {http.StatusNotFound, `there is no rule "xyz"`},
		"9/plan/unacknowledged":  {http.StatusNotFound, "there is no incident 9"},
		"1/plan/noted?be=bob":    {http.StatusBadRequest, "did you mean by?"},
		"no/plan/unacknowledged": {http.StatusNotFound, "there is no incident"},
	} {
		p := s.send(t, http.MethodDelete, "/api/v1/incidents/"+path, "").problem(t, want.status)
		if !strings.Contains(p.Detail, want.detail) {
			t.Errorf("%s: %s", path, p.Detail)
		}
	}
	s.send(t, http.MethodDelete, "/api/v1/incidents/1/plan/unacknowledged", `{"by":"x"}`).problem(t, http.StatusUnprocessableEntity)
}
