// Package mixin is what watches ifsev from outside: alerts for Prometheus and a dashboard for Grafana, as data from which
// the files beside it, those of the Helm chart and the tables of the documentation are made. It knows metrics by name
// alone and imports nothing of ifsev; internal/reference holds the names to the daemon's registry.
//
//	Groups    ─► RulesYAML     ─► alerts.yaml, helm/ifsev/files/prometheus-rules.yaml
//	          └► internal/reference ─► docs/operations.md, docs/runbooks.md, docs/runbooks/*.md
//	Dashboard ─► DashboardJSON ─► dashboards/ifsev.json, helm/ifsev/files/dashboards/ifsev.json
package mixin

//go:generate go run ./generate ..
