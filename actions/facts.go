package actions

import (
	"fmt"
	"strings"

	"github.com/ifsev/ifsev"
)

// headline is one line about the incident: [SEV1] INC-42 Checkout is down.
func headline(d ifsev.Delivery) string {
	parts := []string{}
	if d.Facts.SeverityName != "" {
		parts = append(parts, "["+d.Facts.SeverityName+"]")
	}
	parts = append(parts, incidentName(d))
	if d.Facts.Title != "" {
		parts = append(parts, d.Facts.Title)
	}
	return strings.Join(parts, " ")
}

func incidentName(d ifsev.Delivery) string { return fmt.Sprintf("INC-%d", d.Number) }

// address is where people find the incident; "" if nobody knows.
func (s *Sender) address(d ifsev.Delivery) string {
	if d.Facts.URL != "" {
		return d.Facts.URL
	}
	return s.publicURL
}

// story is the incident in a few lines, for messages that say nothing of their own.
func (s *Sender) story(d ifsev.Delivery) string {
	lines := []string{headline(d)}
	for _, line := range []struct{ name, value string }{
		{"Status", string(d.Facts.Status)}, {"Service", d.Facts.Service}, {"Source", d.Facts.Source},
		{"Rule", d.Rule}, {"Link", s.address(d)},
	} {
		if line.value != "" {
			lines = append(lines, line.name+": "+line.value)
		}
	}
	return strings.Join(lines, "\n")
}

// envelope is the incident as JSON, for receivers that are told nothing else.
func (s *Sender) envelope(d ifsev.Delivery) map[string]any {
	return map[string]any{
		"delivery": d.ID,
		"rule":     d.Rule,
		"incident": map[string]any{
			"id": d.Incident, "number": d.Number, "name": incidentName(d), "key": d.Facts.Key, "title": d.Facts.Title,
			"severity": d.Facts.Severity, "severity_name": d.Facts.SeverityName, "status": d.Facts.Status,
			"service": d.Facts.Service, "source": d.Facts.Source, "url": s.address(d),
		},
	}
}
