package api

import (
	"net/http"
	"testing"

	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
)

// What a rule says and how it stands is shown, whatever keys it is written with.
func TestEveryKeyOfARuleIsShown(t *testing.T) {
	t.Parallel()
	s := newService(t)
	set, wrong, _ := rules.Load([]rules.Source{{Name: "keys.yaml", Text: `
rules:
  database-oncall:
    if: severity == 1 and "database" in tags
    mode: restart
    shadow: true
    then: [{wait: 10m}, {note: x}]
    otherwise: [{note: over}]
  unacknowledged: {if: severity == 5, backfill: true, then: [mitigate]}
  noted: {when: {schedule: "0 9 * * *"}, then: [{note: x}]}
silences:
  - {if: severity == 1, until: 2099-01-01, reason: Quiet, rules: [database-oncall]}
`}}, testWorld(t))
	if wrong != nil {
		t.Fatal(wrong.Text())
	}
	if _, err := s.engine.Use(t.Context(), set, nil); err != nil {
		t.Fatal(err)
	}
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	var shown wire.RuleSet
	s.send(t, http.MethodGet, "/api/v1/rules", "").want(t, http.StatusOK, &shown)
	one, two, three := shown.Items[0], shown.Items[1], shown.Items[2]
	if one.Mode != "restart" || !one.Shadow || one.Backfill || len(one.Then) != 2 || one.Then[0] != "wait" || len(one.Otherwise) != 1 {
		t.Errorf("%+v", one)
	}
	if !two.Backfill || two.Mode != "queue" || three.Schedule != "0 9 * * *" || len(three.When) != 0 {
		t.Errorf("%+v %+v", two, three)
	}
	var e wire.Explanation
	s.send(t, http.MethodGet, "/api/v1/incidents/1/explain", "").want(t, http.StatusOK, &e)
	if r := e.Rules[0]; r.HeldBy != "silenced" || r.Verdict != "held" || r.Reason != "Quiet" || !r.Shadow || r.Recorded == nil || r.Recorded.Reason != "Quiet" || r.FiresAt.Year() != 2099 {
		t.Errorf("%+v", r)
	}
	if r := e.Rules[2]; r.Schedule != "0 9 * * *" || r.FiresAt.Hour() != 9 || r.HeldBy != "waiting" {
		t.Errorf("%+v", r)
	}
}
