package api

import (
	"strconv"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/rules"
)

func showIncident(inc *ifsev.Incident, w *rules.World) wire.Incident {
	shown := wire.Incident{Incident: *inc, SeverityName: w.Severities.Name(inc.Severity), URL: incidentURL(w, inc.Number)}
	neverNull(&shown.Incident)
	return shown
}

// neverNull makes empty lists of missing ones: documents written by other versions may lack them.
func neverNull(inc *ifsev.Incident) {
	inc.Tags, inc.Responders, inc.Subscribers = list(inc.Tags), list(inc.Responders), list(inc.Subscribers)
	inc.Oncalls, inc.Alerts, inc.Links, inc.Tasks = list(inc.Oncalls), list(inc.Alerts), list(inc.Links), list(inc.Tasks)
	inc.Related = list(inc.Related)
	if inc.Fields == nil {
		inc.Fields = ifsev.Data{}
	}
	if inc.Roles == nil {
		inc.Roles = map[string]string{}
	}
}

// list answers an empty list for nil, so that JSON has [] and not null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// incidentURL is where people find an incident; empty where no public address is configured.
func incidentURL(w *rules.World, number int64) string {
	if w.URL == "" {
		return ""
	}
	return w.URL + "/api/v1/incidents/INC-" + strconv.FormatInt(number, 10)
}
