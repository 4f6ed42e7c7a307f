package rules_test

import (
	"slices"
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

func variable(vars []lang.Variable, name string) *lang.Variable {
	i := slices.IndexFunc(vars, func(v lang.Variable) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &vars[i]
}

func TestLexiconKnowsTheNamesOfEachPlace(t *testing.T) {
	t.Parallel()
	x := rules.NewLexicon(rules.World{
		Actions: []ifsev.ActionSpec{{Kind: "open", Outputs: []ifsev.FieldSpec{{Name: "key", Type: ifsev.TypeString}}}},
		Fields:  []ifsev.FieldSpec{{Name: "region", Type: ifsev.TypeString}},
	})
	for _, c := range []struct {
		name        string
		spot        rules.Spot
		know, doNot []string
	}{
		{"state", rules.Spot{}, []string{"severity", "now"}, []string{"event", "steps", "error", "item", "__open_since"}},
		{"event", rules.Spot{Events: []ifsev.EventType{ifsev.SeverityChanged}}, []string{"event"}, []string{"steps"}},
		{"step", rules.Spot{Step: true}, []string{"steps", "rule", "url"}, []string{"event", "error", "item"}},
		{"on_error", rules.Spot{Step: true, OnError: true}, []string{"error"}, []string{"item"}},
		{"each", rules.Spot{Step: true, Each: true}, []string{"item", "index"}, []string{"error"}},
	} {
		vars := x.Variables(c.spot)
		for _, name := range c.know {
			if variable(vars, name) == nil {
				t.Errorf("%s: %s is not known", c.name, name)
			}
		}
		for _, name := range c.doNot {
			if variable(vars, name) != nil {
				t.Errorf("%s: %s is known", c.name, name)
			}
		}
	}
	steps := variable(x.Variables(rules.Spot{Step: true, Earlier: []rules.StepName{{ID: "issue", Kind: "open"}, {ID: "lost", Kind: "none"}}}), "steps")
	ids := lang.Fields(steps.Type)
	if len(ids) != 1 || ids[0].Name != "issue" || len(lang.Fields(ids[0].Type)) != 1 {
		t.Errorf("steps: %v", ids)
	}
	if fields := lang.Fields(variable(x.Variables(rules.Spot{}), "fields").Type); len(fields) != 1 || fields[0].Name != "region" {
		t.Errorf("fields: %v", fields)
	}
}

func TestLexiconKnowsWhatIsConfigured(t *testing.T) {
	t.Parallel()
	spec := ifsev.ActionSpec{Kind: "send", Connection: "webhook", Args: []ifsev.FieldSpec{
		{Name: "to", Names: ifsev.NamesConnection}, {Name: "who", Names: ifsev.NamesTarget},
		{Name: "rotation", Names: ifsev.NamesRotation}, {Name: "role", Names: ifsev.NamesRole}, {Name: "text"},
	}}
	x := rules.NewLexicon(rules.World{
		Actions:     []ifsev.ActionSpec{spec},
		Connections: []ifsev.Connection{{Name: "status", Kind: "webhook"}, {Name: "chat", Kind: "slack"}},
		Directory: &ifsev.Directory{
			People: map[string]ifsev.Person{"alice": {}}, Rotations: map[string]ifsev.Rotation{"database": {}}, Roles: []string{"comms"},
		},
	})
	want := map[string][]string{
		"to": {"status"}, "who": {"alice", "commander", "comms", "database", "owner"}, "rotation": {"database"},
		"role": {"commander", "owner", "comms"}, "text": nil,
	}
	for _, arg := range x.Action("send").Args {
		if got := x.Names(x.Action("send"), arg); !slices.Equal(got, want[arg.Name]) {
			t.Errorf("%s: got %q, want %q", arg.Name, got, want[arg.Name])
		}
	}
	if x.Action("sned") != nil || !slices.Contains(x.Actions(), "note") || !slices.Contains(x.Actions(), "send") {
		t.Errorf("actions: %q", x.Actions())
	}
	if got := rules.NewLexicon(rules.World{}).Rotations(); got != nil {
		t.Errorf("rotations of nobody: %q", got)
	}
}
