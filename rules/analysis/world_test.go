package analysis

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
)

// testWorld has people, a rotation, a connection and fields of every sort that matters here.
func testWorld() rules.World {
	return rules.World{
		Actions:     actions.Catalogue(),
		Connections: []ifsev.Connection{{Name: "slack", Kind: "slack"}, {Name: "status", Kind: "webhook"}, {Name: "pagerduty", Kind: "pagerduty"}},
		Directory: &ifsev.Directory{
			People: map[string]ifsev.Person{"alice": {}, "bob": {}},
			Rotations: map[string]ifsev.Rotation{
				"database":  {People: []string{"alice", "bob"}, Start: weekday.Add(-ifsev.Week), Every: ifsev.Week},
				"imoc":      {People: []string{"bob"}, Start: weekday.Add(-ifsev.Week), Every: ifsev.Week},
				"secondary": {People: []string{"bob"}, Start: weekday.Add(-ifsev.Week), Every: ifsev.Week},
				"manager":   {People: []string{"bob"}, Start: weekday.Add(-ifsev.Week), Every: ifsev.Week},
				"comms":     {People: []string{"bob"}, Start: weekday.Add(-ifsev.Week), Every: ifsev.Week},
			},
			Roles: []string{"commander", "owner"},
		},
		Severities: ifsev.DefaultSeverities(),
		Fields:     []ifsev.FieldSpec{{Name: "region", Type: ifsev.TypeString}, {Name: "customers", Type: ifsev.TypeInt}, {Name: "vip", Type: ifsev.TypeBool}},
		Zone:       time.UTC,
	}
}

func load(t *testing.T, text string) *rules.Set {
	t.Helper()
	set, errs, _ := rules.Load([]rules.Source{{Name: "r.yaml", Text: text}}, testWorld())
	if errs != nil {
		t.Fatalf("the rules do not load:\n%s", errs.Text())
	}
	return set
}
