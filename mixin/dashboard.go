package mixin

import (
	"bytes"
	"encoding/json"
	"strings"
)

// selected are the matchers of every expression of the dashboard, which say SEL.
const selected = `job=~"$job", instance=~"$instance"`

// Row is a row of the dashboard: what is asked about one part of ifsev.
type Row struct {
	Title  string
	Panels []Panel
}

// Panel is one question, and the expressions that answer it.
type Panel struct {
	Title, Description string
	// Unit is Grafana's, such as s, ops or short.
	Unit string
	// Stat shows the present value alone; others show lines over time.
	Stat bool
	// Stacked puts lines on one another.
	Stacked bool
	// Warn and Bad are the values from which on it is orange and red; 0 means that none is. Low turns them round: orange
	// and red are the values below.
	Warn, Bad float64
	Low       bool
	// Wide is the width of 24; 0 means 8, or 4 of a Stat.
	Wide    int
	Queries []Query
}

// Query is one expression and the name of its lines, such as {{action}}.
type Query struct{ Expr, Legend string }

// Rows lists what the dashboard shows. SEL in an expression is filled in already.
func Rows() []Row {
	rows := []Row{nowRow(), intakeRow(), rulesRow(), deliveriesRow(), timersRow(), storeRow(), replicasRow(), selfWatchRow()}
	for _, r := range rows {
		for i := range r.Panels {
			for j := range r.Panels[i].Queries {
				q := &r.Panels[i].Queries[j]
				q.Expr = strings.ReplaceAll(q.Expr, "SEL", selected)
			}
		}
	}
	return rows
}

// DashboardJSON is the dashboard as Grafana imports it.
func DashboardJSON() ([]byte, error) {
	m := model{
		UID: "ifsev", Title: "ifsev", Description: "What comes in, what rules make of it, and whether it arrives. Made by `go generate ./mixin`.",
		Tags: []string{"ifsev", "incidents"}, Schema: 38, Editable: true, GraphTooltip: 1,
		Time: timeRange{"now-6h", "now"}, Refresh: "30s",
		Links: []link{{
			Title: "Runbooks", Type: "link", URL: strings.TrimSuffix(runbooks, "runbooks/") + "runbooks.md", Icon: "doc", TargetBlank: true, Tags: []string{},
		}},
		Templating:  templating{variables()},
		Annotations: notes{annotations()},
		Panels:      layout(Rows()),
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func prometheus() source { return source{"prometheus", "${datasource}"} }

func variables() []variable {
	from := prometheus()
	ask := func(name, expr string) variable {
		return variable{
			Name: name, Label: name, Type: "query", Query: query{expr, "variable"}, Definition: expr, Datasource: &from,
			Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".+", Sort: 1,
		}
	}
	return []variable{
		{Name: "datasource", Label: "data source", Type: "datasource", Query: "prometheus", Refresh: 1},
		ask("job", `label_values(ifsev_build_info, job)`),
		ask("instance", `label_values(ifsev_build_info{job=~"$job"}, instance)`),
	}
}

// annotations mark when rules were loaded and alerts fired.
func annotations() []note {
	sel := func(expr string) string { return strings.ReplaceAll(expr, "SEL", selected) }
	return []note{
		{
			Name: "Rules loaded", Datasource: prometheus(), Enable: true, IconColor: "blue", Step: "60s", TitleText: "rules loaded",
			Expr: sel(`changes(ifsev_rules_last_reload_timestamp_seconds{SEL}[1m]) > 0`),
		},
		{
			Name: "Alerts", Datasource: prometheus(), Enable: true, IconColor: "red", Step: "60s", TitleText: "{{alertname}}",
			Expr: `ALERTS{alertname=~"Ifsev.+", alertstate="firing"}`,
		},
	}
}
