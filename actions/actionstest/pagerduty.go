package actionstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

// PagerDuty answers as the Events API v2 documents: POST /v2/enqueue.
type PagerDuty struct {
	*Receiver

	alertsMu sync.Mutex
	alerts   map[string]*Alert
}

// Alert is what PagerDuty would show: one per routing key and dedup key, until it is resolved.
type Alert struct {
	RoutingKey string
	DedupKey   string
	// State is triggered, acknowledged or resolved.
	State    string
	Summary  string
	Severity string
	// Events are the events that went into it, in order.
	Events []PagerDutyEvent
}

// PagerDutyEvent is the body of an event.
type PagerDutyEvent struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Client     string `json:"client"`
	ClientURL  string `json:"client_url"`
	Payload    *struct {
		Summary       string         `json:"summary"`
		Source        string         `json:"source"`
		Severity      string         `json:"severity"`
		Timestamp     string         `json:"timestamp"`
		Component     string         `json:"component"`
		Group         string         `json:"group"`
		Class         string         `json:"class"`
		CustomDetails map[string]any `json:"custom_details"`
	} `json:"payload"`
	Links []struct {
		Href string `json:"href"`
		Text string `json:"text"`
	} `json:"links"`
}

// NewPagerDuty starts a fake PagerDuty for a test, which closes it.
func NewPagerDuty(tb testing.TB) *PagerDuty {
	tb.Helper()
	return forTest(tb, ListenPagerDuty)
}

// ListenPagerDuty starts a fake PagerDuty on an address. Whoever starts it closes it.
func ListenPagerDuty(address string) (*PagerDuty, error) {
	p := &PagerDuty{alerts: map[string]*Alert{}}
	r, err := listen(address, p.answer)
	p.Receiver = r
	return p, err
}

// Alerts lists every alert, open or resolved, by dedup key.
func (p *PagerDuty) Alerts() []Alert {
	p.alertsMu.Lock()
	defer p.alertsMu.Unlock()
	var list []Alert
	for _, a := range p.alerts {
		list = append(list, *a)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].DedupKey < list[j].DedupKey })
	return list
}

// Events lists every event that was taken, in the order they came.
func (p *PagerDuty) Events() []PagerDutyEvent {
	var list []PagerDutyEvent
	for _, r := range p.Requests() {
		var e PagerDutyEvent
		if r.Done && json.Unmarshal(r.Body, &e) == nil {
			list = append(list, e)
		}
	}
	return list
}

func (p *PagerDuty) answer(r Recorded) reply {
	if r.Path != "/v2/enqueue" {
		return reply{status: http.StatusNotFound, body: `{"error":"Not Found"}`}
	}
	if r.Method != http.MethodPost {
		return reply{status: http.StatusMethodNotAllowed}
	}
	var e PagerDutyEvent
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return invalidEvent("'body' is not valid JSON")
	}
	if errs := e.errors(); len(errs) > 0 {
		return invalidEvent(errs...)
	}
	if e.DedupKey == "" {
		e.DedupKey = fmt.Sprintf("srv%029d", len(p.requests)+1)
	}
	p.apply(e)
	body, err := json.Marshal(map[string]string{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey})
	if err != nil {
		return reply{status: http.StatusInternalServerError, body: err.Error()}
	}
	return reply{status: http.StatusAccepted, body: string(body)}
}

func (p *PagerDuty) apply(e PagerDutyEvent) {
	p.alertsMu.Lock()
	defer p.alertsMu.Unlock()
	id := e.RoutingKey + "/" + e.DedupKey
	a, ok := p.alerts[id]
	if !ok && e.Action != "trigger" {
		return // PagerDuty takes it and does nothing
	}
	if !ok || a.State == "resolved" && e.Action == "trigger" {
		a = &Alert{RoutingKey: e.RoutingKey, DedupKey: e.DedupKey, State: "triggered", Summary: e.Payload.Summary, Severity: e.Payload.Severity}
		p.alerts[id] = a
	}
	switch {
	case e.Action == "acknowledge" && a.State == "triggered":
		a.State = "acknowledged"
	case e.Action == "resolve":
		a.State = "resolved"
	}
	a.Events = append(a.Events, e)
}

// errors lists what is wrong with an event, in PagerDuty's words.
func (e *PagerDutyEvent) errors() []string {
	var errs []string
	missing := func(name, value string) {
		if strings.TrimSpace(value) == "" {
			errs = append(errs, fmt.Sprintf("'%s' is missing or blank", name))
		}
	}
	missing("routing_key", e.RoutingKey)
	missing("event_action", e.Action)
	if e.Action != "" && !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action) {
		errs = append(errs, "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')")
	}
	if len(e.DedupKey) > 255 {
		errs = append(errs, "'dedup_key' is too long (maximum is 255 characters)")
	}
	if e.Action != "trigger" {
		missing("dedup_key", e.DedupKey)
		return errs
	}
	if e.Payload == nil {
		return append(errs, "'payload' is missing or blank")
	}
	missing("payload.summary", e.Payload.Summary)
	missing("payload.source", e.Payload.Source)
	missing("payload.severity", e.Payload.Severity)
	if s := e.Payload.Severity; s != "" && !slices.Contains([]string{"critical", "error", "warning", "info"}, s) {
		errs = append(errs, "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
	}
	if len([]rune(e.Payload.Summary)) > 1024 {
		errs = append(errs, "'payload.summary' is too long (maximum is 1024 characters)")
	}
	return errs
}

func invalidEvent(errs ...string) reply {
	body, err := json.Marshal(map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": errs})
	if err != nil {
		return reply{status: http.StatusInternalServerError, body: err.Error()}
	}
	return reply{status: http.StatusBadRequest, body: string(body)}
}
