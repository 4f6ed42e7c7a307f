package mixin

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestTheDashboardIsWhatGrafanaImports(t *testing.T) {
	t.Parallel()
	text, err := DashboardJSON()
	if err != nil {
		t.Fatal(err)
	}
	var m model
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if m.UID == "" || len(m.UID) > 40 || m.Schema < 36 || bytes.Contains(text, []byte(`"id": null`)) {
		t.Errorf("uid %q, schema %d", m.UID, m.Schema)
	}
	ids, titles := map[int]bool{}, map[string]bool{}
	row := ""
	for _, p := range m.Panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("%s: id %d is there twice", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			row = p.Title
			continue
		}
		if titles[row+"/"+p.Title] || p.Title == "" {
			t.Errorf("%s: %q is there twice", row, p.Title)
		}
		titles[row+"/"+p.Title] = true
		checkPanel(t, &p)
	}
	overlap(t, m.Panels)
}

func checkPanel(t *testing.T, p *panel) {
	t.Helper()
	if p.Type != "stat" && p.Type != "timeseries" || p.Datasource == nil || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
		t.Errorf("%s: type %s, data source %v, %d expressions", p.Title, p.Type, p.Datasource, len(p.Targets))
	}
	for _, q := range p.Targets {
		if strings.Contains(q.Expr, "SEL") || strings.Count(q.Expr, "{") != strings.Count(q.Expr, selected) {
			t.Errorf("%s: not everything is of the chosen job and instance: %s", p.Title, q.Expr)
		}
		if p.Type == "timeseries" && q.Legend == "" {
			t.Errorf("%s: lines without names", p.Title)
		}
		for _, m := range regexp.MustCompile(`\{\{([a-z]+)\}\}`).FindAllStringSubmatch(q.Legend, -1) {
			if strings.Contains(q.Expr, " by (") && !regexp.MustCompile(`by \([^)]*\b`+m[1]+`\b`).MatchString(q.Expr) {
				t.Errorf("%s: the label %s of its lines is not in %s", p.Title, m[1], q.Expr)
			}
		}
	}
}

// overlap holds every panel within the width and beside the others.
func overlap(t *testing.T, panels []panel) {
	t.Helper()
	taken := map[[2]int]string{}
	for _, p := range panels {
		if p.Grid.X+p.Grid.W > width {
			t.Errorf("%s stands out on the right: %+v", p.Title, p.Grid)
		}
		for x := p.Grid.X; x < p.Grid.X+p.Grid.W; x++ {
			for y := p.Grid.Y; y < p.Grid.Y+p.Grid.H; y++ {
				if other, there := taken[[2]int{x, y}]; there {
					t.Fatalf("%s lies over %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}
