package mixin

import (
	"slices"
	"strings"
	"time"
)

// Severity says how soon somebody must look.
type Severity string

// The severities of alerts, as their label has them.
const (
	Critical Severity = "critical" // wakes somebody: people are not paged, or soon will not be
	Warning  Severity = "warning"  // is looked at within a working day
)

// runbooks is where the pages of alerts are.
const runbooks = "https://github.com/ifsev/ifsev/blob/main/docs/runbooks/"

// site are the labels that tell one installation from another, where there are several; cluster and namespace need not
// be there. Expressions say SITE.
const site = "cluster, namespace, job"

// Alert is one alerting rule, and what people are told of it.
type Alert struct {
	// Name is that of the alert and of its page.
	Name     string
	Severity Severity
	// Expr is PromQL.
	Expr string
	// For is how long it must hold; whole seconds.
	For time.Duration
	// Summary is a line without numbers, Description says more; both may hold {{ $labels.x }}, Description {{ $value }}.
	Summary, Description string
	// Why says why it is this threshold and this time, as Markdown.
	Why string
}

// Group is the alerts about one part, which Prometheus looks at together.
type Group struct {
	Name   string
	Alerts []Alert
}

// Groups lists all alerts.
func Groups() []Group {
	groups := []Group{
		{"ifsev-deliveries", deliveryAlerts()},
		{"ifsev-rules", ruleAlerts()},
		{"ifsev-store", storeAlerts()},
		{"ifsev-replicas", replicaAlerts()},
		{"ifsev-self-watch", selfWatchAlerts()},
	}
	for _, g := range groups {
		for i := range g.Alerts {
			g.Alerts[i].Expr = strings.ReplaceAll(strings.Trim(g.Alerts[i].Expr, "\n"), "SITE", site)
		}
	}
	return groups
}

// Alerts lists all alerts, in the order of their groups.
func Alerts() []Alert {
	var all []Alert
	for _, g := range Groups() {
		all = slices.Concat(all, g.Alerts)
	}
	return all
}

// Runbook is the address of the alert's page.
func (a *Alert) Runbook() string { return runbooks + a.Name + ".md" }
