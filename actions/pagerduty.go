package actions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

const (
	pagerdutyAPI          = "https://events.pagerduty.com"
	pagerdutySummaryLimit = 1024
	pagerdutyKeyLimit     = 255
)

// pagerdutyKind makes the spec of one of trigger, acknowledge and resolve.
func pagerdutyKind(action string) kind {
	doc := map[string]string{
		"trigger":     "Triggers an alert in PagerDuty (Events API v2); the same dedup_key means the same alert, so sending it twice does no harm.",
		"acknowledge": "Acknowledges the incident's alert in PagerDuty.",
		"resolve":     "Resolves the incident's alert in PagerDuty.",
	}
	spec := ifsev.ActionSpec{
		Kind: "pagerduty." + action, Doc: doc[action], Connection: ConnectionPagerDuty,
		Example: "pagerduty." + action + ": {}",
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection, Doc: "The connection to use; it may be left out if there is one."},
			{Name: "dedup_key", Type: ifsev.TypeString, Doc: "What PagerDuty tells alerts apart by; the incident's key, or its id, if it is left out."},
		},
		Outputs: []ifsev.FieldSpec{{Name: "dedup_key", Type: ifsev.TypeString, Doc: "The key PagerDuty knows the alert by."}},
		Retry:   retryPages(),
	}
	if action == "trigger" {
		spec.Example = "pagerduty.trigger: {summary: \"${title}\", severity: critical}"
		spec.Args = append(spec.Args, pagerdutyTriggerArgs()...)
	}
	return kind{spec: spec, perform: func(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure) {
		return performPagerDuty(ctx, s, a, action)
	}}
}

func pagerdutyTriggerArgs() []ifsev.FieldSpec {
	return []ifsev.FieldSpec{
		{Name: "summary", Type: ifsev.TypeString, Doc: "One line; the incident's severity, number and title if it is left out; cut at 1,024 characters."},
		{Name: "severity", Type: ifsev.TypeString, Values: pagerdutySeverities(), Doc: "critical, error, warning or info; by the incident's severity 1, 2, 3 and milder if it is left out."},
		{Name: "source", Type: ifsev.TypeString, Doc: "What is affected; the incident's service, or its source, if it is left out."},
		{Name: "component", Type: ifsev.TypeString, Doc: "The part of the source that is affected."},
		{Name: "group", Type: ifsev.TypeString, Doc: "A group of components."},
		{Name: "class", Type: ifsev.TypeString, Doc: "The kind of event."},
		{Name: "custom_details", Type: ifsev.TypeMap, Doc: "Whatever else the one who is paged should see."},
	}
}

func pagerdutySeverities() []string { return []string{"critical", "error", "warning", "info"} }

// checkPagerDuty says what a connection of the kind lacks.
func (l *link) checkPagerDuty() error {
	if l.RoutingKey.Empty() {
		return errors.New("routing_key is missing: give the integration key of an Events API v2 integration")
	}
	if l.address != nil { // people copy the whole address out of the vendor's manual
		l.address.Path = strings.TrimSuffix(l.address.Path, "/v2/enqueue")
	}
	return nil
}

// pagerdutyEvent is the body of POST /v2/enqueue.
type pagerdutyEvent struct {
	RoutingKey string            `json:"routing_key"`
	Action     string            `json:"event_action"`
	DedupKey   string            `json:"dedup_key"`
	Payload    *pagerdutyPayload `json:"payload,omitempty"`
	Client     string            `json:"client,omitempty"`
	ClientURL  string            `json:"client_url,omitempty"`
	Links      []pagerdutyLink   `json:"links,omitempty"`
}

type pagerdutyPayload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp string         `json:"timestamp,omitempty"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Class     string         `json:"class,omitempty"`
	Details   map[string]any `json:"custom_details,omitempty"`
}

type pagerdutyLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

func performPagerDuty(ctx context.Context, s *Sender, a Attempt, action string) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	l, f := s.pick(ConnectionPagerDuty, in.text("to"))
	if f != nil {
		return ifsev.Receipt{}, f
	}
	event := pagerdutyEvent{Action: action, DedupKey: pagerdutyKey(in.text("dedup_key"), a.Delivery)}
	if action == "trigger" {
		s.describe(&event, in, a.Delivery)
	}
	if in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	return l.enqueue(ctx, a, event)
}

// describe fills in what a trigger says about the incident, as far as the rule does not say it.
func (s *Sender) describe(event *pagerdutyEvent, in *args, d ifsev.Delivery) {
	p := &pagerdutyPayload{
		Summary:  excerptRunes(in.or("summary", headline(d)), pagerdutySummaryLimit),
		Severity: in.or("severity", pagerdutySeverity(d.Facts.Severity)), Source: in.or("source", pagerdutySource(d.Facts)),
		Component: in.text("component"), Group: in.text("group"), Class: in.text("class"), Details: map[string]any{"incident": incidentName(d), "rule": d.Rule},
	}
	if !slices.Contains(pagerdutySeverities(), p.Severity) {
		in.complain("severity", "%q is none: it can be critical, error, warning or info", p.Severity)
	}
	if !d.CreatedAt.IsZero() {
		p.Timestamp = d.CreatedAt.UTC().Format(time.RFC3339)
	}
	for name, value := range in.object("custom_details") {
		p.Details[name] = value
	}
	event.Payload, event.Client = p, "ifsev"
	if address := s.address(d); address != "" {
		event.ClientURL, event.Links = address, []pagerdutyLink{{Href: address, Text: incidentName(d)}}
	}
}

// enqueue sends an event. PagerDuty takes it with 202 and answers the key it knows the alert by.
func (l *link) enqueue(ctx context.Context, a Attempt, event pagerdutyEvent) (ifsev.Receipt, *ifsev.Failure) {
	event.RoutingKey = l.RoutingKey.Reveal()
	body, err := json.Marshal(event)
	if err != nil {
		return ifsev.Receipt{}, fail(ifsev.ReasonConfig, "%s: custom_details: they cannot be written as JSON", a.Delivery.Action)
	}
	header := l.header(http.Header{"Content-Type": {"application/json"}})
	address := below(&args{}, l.apiBase(pagerdutyAPI), "v2/enqueue", nil)
	ans, f := l.out.send(ctx, a, request{method: http.MethodPost, address: address, header: header, body: body, name: l.Name})
	if f != nil {
		return ifsev.Receipt{}, f
	}
	var said struct {
		DedupKey string `json:"dedup_key"`
	}
	if json.Unmarshal(ans.body, &said) != nil || said.DedupKey == "" {
		said.DedupKey = event.DedupKey // the status has decided; the answer only repeats our key
	}
	return ifsev.Receipt{Status: ans.status, Summary: l.Name + " took the " + event.Action, Outputs: ifsev.Data{"dedup_key": said.DedupKey}}, nil
}

// pagerdutyKey is the key that is given, or the incident's. One that is too long for PagerDuty gives way to one that is
// derived from it, which trigger and resolve both come to.
func pagerdutyKey(given string, d ifsev.Delivery) string {
	key := d.Incident
	if d.Facts.Key != "" {
		key = d.Facts.Key
	}
	if given != "" {
		key = given
	}
	if len(key) > pagerdutyKeyLimit {
		return ifsev.DerivedID("key", key)
	}
	return key
}

func pagerdutySeverity(s ifsev.Severity) string {
	switch s {
	case 1:
		return "critical"
	case 2:
		return "error"
	case 3:
		return "warning"
	}
	return "info"
}

func pagerdutySource(f ifsev.Facts) string {
	for _, name := range []string{f.Service, f.Source} {
		if name != "" {
			return name
		}
	}
	return "ifsev"
}

func excerptRunes(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}
