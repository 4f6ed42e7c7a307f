package api

import (
	"net/http"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/internal/wire"
)

// routes is every endpoint there is, in the order of the document. A route without serve is answered by another
// package, and stands here to be described.
func routes() []route {
	list := incidentRoutes()
	list = append(list, ruleRoutes()...)
	list = append(list, silenceRoutes()...)
	list = append(list, deliveryRoutes()...)
	return append(list, watchRoutes()...)
}

const (
	incidents = "/api/v1/incidents"
	incident  = "/api/v1/incidents/{id}"
)

func incidentRoutes() []route {
	one := map[int]any{http.StatusOK: wire.Incident{}}
	changed := func(path, name, doc string, what func(*call) (ifsev.Change, error), body ...field) route {
		return route{
			method: http.MethodPost, path: incident + "/" + path, name: name, doc: doc, scope: ScopeRespond,
			body: append(body, byField()), takesBody: true, answers: one, serve: changing(what),
		}
	}
	return []route{
		{
			method: http.MethodPost, path: incidents, name: "declareIncident", scope: ScopeRespond,
			doc:  "Declare an incident. 201 with it; 200 with the active one that has the same key.",
			body: declareFields(), takesBody: true, serve: declare,
			answers: map[int]any{http.StatusCreated: wire.Incident{}, http.StatusOK: wire.Incident{}},
		},
		{
			method: http.MethodGet, path: incidents, name: "listIncidents", doc: "List incidents, newest first.", scope: ScopeRead,
			query: incidentQuery(), serve: listIncidentsRoute, answers: map[int]any{http.StatusOK: wire.Page[wire.Incident]{}},
		},
		{method: http.MethodGet, path: incident, name: "showIncident", doc: "Show an incident.", scope: ScopeRead, serve: showOne, answers: one},
		{
			method: http.MethodPatch, path: incident, name: "changeIncident", scope: ScopeRespond,
			doc:  "Change an incident: a merge patch of what a person may change.",
			body: patchFields(), takesBody: true, serve: changing(patch), answers: one,
		},
		changed("notes", "addNote", "Add a note to the timeline.", note,
			field{name: "text", kind: ifsev.TypeString, required: true, lines: true, most: ifsev.MaxText, doc: "What is to be noted."}),
		changed("ack", "acknowledgeIncident", "Say that somebody works on it.", acknowledge),
		changed("mitigate", "mitigateIncident", "Say that customers no longer suffer.", becoming(ifsev.StatusMitigated), reasonField()),
		changed("close", "closeIncident", "Close it.", becoming(ifsev.StatusClosed), reasonField()),
		changed("reopen", "reopenIncident", "Open it again.", becoming(ifsev.StatusOpen), reasonField()),
		changed("tasks", "changeTasks", "Add a follow-up task, or mark one as done.", task, taskFields()...),
		{
			method: http.MethodGet, path: incident + "/timeline", name: "showTimeline", scope: ScopeRead, serve: timeline,
			doc:     "Every event of an incident, oldest first.",
			query:   []field{limitField(timelineDefault, timelineMost), cursorField()},
			answers: map[int]any{http.StatusOK: wire.Page[wire.Entry]{}},
		},
		{
			method: http.MethodGet, path: incident + "/explain", name: "explainIncident", scope: ScopeRead, serve: explanation,
			doc:     "Why each rule did or did not fire on an incident.",
			query:   []field{{name: "rule", kind: ifsev.TypeString, doc: "Only this rule."}},
			answers: map[int]any{http.StatusOK: wire.Explanation{}},
		},
		{
			method: http.MethodGet, path: incident + "/plan", name: "planIncident", scope: ScopeRead, serve: plan,
			doc:     "What happens next to an incident, and when, if nothing else does.",
			answers: map[int]any{http.StatusOK: wire.Plan{}},
		},
		{
			method: http.MethodDelete, path: incident + "/plan/{rule}", name: "cancelPlan", scope: ScopeRespond, serve: cancelPlan,
			doc:     "Cancel what a rule has pending on an incident; answers the plan that is left.",
			query:   []field{byField()},
			answers: map[int]any{http.StatusOK: wire.Plan{}},
		},
		{
			method: http.MethodGet, path: incident + "/verify", name: "verifyIncident", scope: ScopeRead, serve: verify,
			doc:     "Whether the timeline is as it was written: follows its chain of revisions.",
			answers: map[int]any{http.StatusOK: wire.Chain{}},
		},
	}
}

func ruleRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/v1/rules", name: "listRules", doc: "The loaded rule set.", scope: ScopeRead,
			serve: listRules, answers: map[int]any{http.StatusOK: wire.RuleSet{}},
		},
		{
			method: http.MethodGet, path: "/api/v1/rules/{name}", name: "showRule", doc: "One rule of the loaded set.", scope: ScopeRead,
			serve: showOneRule, answers: map[int]any{http.StatusOK: wire.Rule{}},
		},
		{
			method: http.MethodPost, path: "/api/v1/rules/check", name: "checkRules", scope: ScopeRead, serve: checkRules,
			doc: "Check a rule file without loading it.", takesBody: true,
			body: []field{
				{name: "text", kind: ifsev.TypeString, required: true, raw: true, doc: "The rule file."},
				{name: "name", kind: ifsev.TypeString, most: 200, doc: "What mistakes call the file; rules.yaml."},
			},
			answers: map[int]any{http.StatusOK: wire.Check{}},
		},
		{
			method: http.MethodPost, path: "/api/v1/reload", name: "reload", scope: ScopeAdmin, serve: reload,
			doc:     "Read rules and configuration again, all or nothing; 422 with every mistake where something is wrong.",
			answers: map[int]any{http.StatusOK: wire.Reload{}},
		},
	}
}

func deliveryRoutes() []route {
	states := []string{
		string(ifsev.DeliveryWaiting), string(ifsev.DeliveryInFlight), string(ifsev.DeliveryRetrying), string(ifsev.DeliveryDead), string(ifsev.DeliveryDelivered),
	}
	return []route{
		{
			method: http.MethodGet, path: "/api/v1/firings", name: "listFirings", scope: ScopeRead, serve: listFirings,
			doc: "Every time a rule fired on an incident, oldest first; without one, on all of them, the newest incident first and on each the newest firing.",
			query: []field{
				{name: "incident", kind: ifsev.TypeString, doc: "Only on this incident: its ID or number."},
				{name: "rule", kind: ifsev.TypeString, doc: "Only this rule."},
				limitField(pageMost, timelineMost), cursorField(),
			},
			answers: map[int]any{http.StatusOK: wire.Page[wire.Firing]{}},
		},
		{
			method: http.MethodGet, path: "/api/v1/deliveries", name: "listDeliveries", scope: ScopeRead, serve: listDeliveries,
			doc: "What waits, is in flight, is being retried or is dead, oldest first; with an incident and state=delivered what was delivered of it.",
			query: []field{
				{name: "incident", kind: ifsev.TypeString, doc: "Only of this incident: its ID or number."},
				{name: "rule", kind: ifsev.TypeString, doc: "Only of this rule."},
				{name: "state", kind: ifsev.TypeString, values: states, doc: "Only in this state; delivered needs incident, other lists leave it out."},
				limitField(pageMost, deliveriesMost), cursorField(),
			},
			answers: map[int]any{http.StatusOK: wire.Page[wire.Delivery]{}},
		},
		{
			method: http.MethodPost, path: "/api/v1/deliveries/{id}/retry", name: "retryDelivery", scope: ScopeAdmin, serve: retryDelivery,
			doc:     "Send a dead delivery again, with the same idempotency key.",
			answers: map[int]any{http.StatusOK: wire.Delivery{}},
		},
		{
			method: http.MethodPost, path: "/api/v1/deliveries/{id}/drop", name: "dropDelivery", scope: ScopeAdmin, serve: dropDelivery,
			doc:     "Forget a dead delivery.",
			answers: map[int]any{http.StatusNoContent: nil},
		},
	}
}

func watchRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/v1/export", name: "export", scope: ScopeRead, stream: export,
			doc: "Everything that was recorded, as JSON lines: the rule sets, then every event. What a backtest reads.",
			query: []field{
				{name: "incident", kind: ifsev.TypeString, doc: "Only this one: its ID or number."},
				{name: "since", kind: ifsev.TypeString, doc: "Only incidents declared since then, such as 2026-11-01T00:00:00Z."},
			},
			answers: map[int]any{http.StatusOK: record.MediaType},
		},
		{
			method: http.MethodGet, path: "/api/v1/doctor", name: "doctor", scope: ScopeAdmin, serve: doctor,
			doc:     "How the daemon is: store, replicas, rules, sources, destinations, deadlines and what watches them; one line each.",
			answers: map[int]any{http.StatusOK: wire.Doctor{}},
		},
		{
			method: http.MethodPost, path: "/hooks/{source}", name: "receive",
			doc:     "What monitoring tools post to. 202 once every element is durably recorded, with what became of each.",
			answers: map[int]any{http.StatusAccepted: wire.HookAnswer{}},
		},
		{method: http.MethodGet, path: "/api/openapi.json", name: "describe", doc: "This document.", answers: map[int]any{http.StatusOK: "application/json"}},
		{method: http.MethodGet, path: "/metrics", name: "metrics", doc: "Metrics for Prometheus.", answers: map[int]any{http.StatusOK: "text/plain"}},
		{method: http.MethodGet, path: "/healthz", name: "alive", doc: "Whether the daemon is alive.", serve: alive, anyQuery: true, answers: map[int]any{http.StatusOK: Health{}}},
		{method: http.MethodGet, path: "/readyz", name: "ready", doc: "Whether store, rules and loops are ready.", serve: ready, anyQuery: true, answers: map[int]any{http.StatusOK: Health{}}},
	}
}
