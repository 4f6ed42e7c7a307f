package ifsev

import "time"

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
