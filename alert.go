package ifsev

import (
	"slices"
	"time"
)

// AlertStatus says whether what an alert reports is still so.
type AlertStatus string

// The statuses of an alert.
const (
	AlertIsFiring   AlertStatus = "firing"
	AlertIsResolved AlertStatus = "resolved"
)

// Alert is what a source reports about one thing, as the source's adapter understood it.
type Alert struct {
	// ID is the dedup key of this report: the same report twice has the same ID, a newer one has another.
	ID string `json:"id"`
	// Repetition says what else tells this report from an earlier one.
	Repetition
	// Source is the configured name of the tool that sent it.
	Source string `json:"source"`
	// Key decides which incident it belongs to; it begins with the source's name.
	Key string `json:"key"`
	// Fingerprint tells apart the alerts of one incident; it is the same while firing and when resolved.
	Fingerprint string            `json:"fingerprint"`
	Status      AlertStatus       `json:"status"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"`
	Severity    Severity          `json:"severity,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Service     string            `json:"service,omitempty"`
	Fields      Data              `json:"fields,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	URL         string            `json:"url,omitempty"`
	StartsAt    time.Time         `json:"starts_at,omitzero"`
	EndsAt      time.Time         `json:"ends_at,omitzero"`
	// TTL is how long it counts as firing after it was last seen; zero means until it resolves.
	TTL time.Duration `json:"ttl,omitempty"`
	// RecordOnly means it does not open an incident; it joins one that is active under its key.
	RecordOnly bool `json:"record_only,omitempty"`
}

// AlertState is an alert as an incident remembers it.
type AlertState struct {
	Fingerprint string            `json:"fingerprint"`
	Source      string            `json:"source"`
	Title       string            `json:"title"`
	Status      AlertStatus       `json:"status"`
	URL         string            `json:"url,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	StartsAt    time.Time         `json:"starts_at,omitzero"`
	EndsAt      time.Time         `json:"ends_at,omitzero"`
	LastSeenAt  time.Time         `json:"last_seen_at"`
	// ExpiresAt is when it counts as resolved unless it is seen again; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Turns counts how often its status has turned, the first time it fired included; TurnedAt is when a report last turned
	// it, and zero if it turned because its time was over.
	Turns    int       `json:"turns,omitempty"`
	TurnedAt time.Time `json:"turned_at,omitzero"`
}

// AlertResultKind says what became of one reported alert.
type AlertResultKind string

// What can become of an alert.
const (
	AlertDeclared  AlertResultKind = "declared"  // it opened an incident
	AlertUpdated   AlertResultKind = "updated"   // it joined one, or was seen again
	AlertEnded     AlertResultKind = "resolved"  // it resolved within one
	AlertRecorded  AlertResultKind = "recorded"  // kept, but it concerns no incident
	AlertDuplicate AlertResultKind = "duplicate" // this very report was taken before
	AlertRejected  AlertResultKind = "rejected"  // it could not be understood; Reason says why
)

// AlertResult is the answer to one reported alert.
type AlertResult struct {
	Key      string          `json:"key"`
	Result   AlertResultKind `json:"result"`
	Incident string          `json:"incident,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// Event is the alert as an event of its incident, still without seq, ID, time and actor.
func (a *Alert) Event() Event {
	kind := AlertFiring
	if a.Status == AlertIsResolved {
		kind = AlertResolved
	}
	data := Data{"fingerprint": a.Fingerprint, "source": a.Source, "title": a.Title, "status": string(a.Status)}
	for name, text := range map[string]string{"url": a.URL, "service": a.Service, "description": a.Description} {
		if text != "" {
			data[name] = text
		}
	}
	if len(a.Labels) > 0 {
		labels := map[string]any{}
		for k, v := range a.Labels {
			labels[k] = v
		}
		data["labels"] = labels
	}
	if a.Severity != 0 {
		data["severity"] = int(a.Severity)
	}
	for name, at := range map[string]time.Time{"starts_at": a.StartsAt, "ends_at": a.EndsAt} {
		if !at.IsZero() {
			data[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	if a.TTL > 0 {
		data["ttl"] = FormatDuration(a.TTL)
	}
	return Event{Type: kind, Data: data}
}

// Declaration is the incident the alert opens.
func (a *Alert) Declaration() *Declaration {
	return &Declaration{
		Title: cut(a.Title, MaxTitle), Description: cut(a.Description, MaxText), Severity: a.Severity, Tags: a.Tags, Key: a.Key,
		Source: a.Source, Service: a.Service, Fields: a.Fields,
	}
}

func cut(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes-1]) + "…"
	}
	return s
}

// alertSeen answers the alerts after one was reported. Of resolved ones the oldest are forgotten beyond MaxAlerts.
func alertSeen(alerts []AlertState, ev *Event) []AlertState {
	d := ev.Data
	out := slices.Clone(alerts)
	i := slices.IndexFunc(out, func(a AlertState) bool {
		return a.Fingerprint == d.String("fingerprint") && a.Source == d.String("source")
	})
	if i < 0 {
		i = len(out)
		out = append(out, AlertState{Fingerprint: d.String("fingerprint"), Source: d.String("source")})
	}
	seen := &out[i]
	seen.turn(ev)
	seen.Title, seen.URL, seen.Status = d.String("title"), d.String("url"), AlertStatus(d.String("status"))
	seen.LastSeenAt, seen.ExpiresAt = ev.At, time.Time{}
	seen.Labels = labels(d)
	if at := timeOf(d, "starts_at"); !at.IsZero() {
		seen.StartsAt = at
	}
	seen.EndsAt = timeOf(d, "ends_at")
	if seen.Status == AlertIsResolved && seen.EndsAt.IsZero() {
		seen.EndsAt = ev.At
	}
	if ttl, err := ParseDuration(d.String("ttl")); err == nil && seen.Status == AlertIsFiring {
		seen.ExpiresAt = ev.At.Add(ttl)
	}
	return forgetResolved(out)
}

func forgetResolved(alerts []AlertState) []AlertState {
	for len(alerts) > MaxAlerts {
		i := slices.IndexFunc(alerts, func(a AlertState) bool { return a.Status == AlertIsResolved })
		if i < 0 {
			i = 0 // more than MaxAlerts are firing at once: the oldest is told in the timeline alone
		}
		alerts = slices.Delete(alerts, i, i+1)
	}
	return alerts
}

func labels(d Data) map[string]string {
	m, ok := d["labels"].(map[string]any)
	if !ok {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	return out
}

func timeOf(d Data, name string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, d.String(name))
	if err != nil {
		return time.Time{}
	}
	return at
}
