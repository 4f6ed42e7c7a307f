package ifsev

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Status says where an incident stands.
type Status string

// The statuses. Open and mitigated incidents are active; closed and invalid ones are over.
const (
	StatusOpen      Status = "open"
	StatusMitigated Status = "mitigated"
	StatusClosed    Status = "closed"
	StatusInvalid   Status = "invalid"
)

// Statuses lists every status, in the order of an incident's life.
func Statuses() []Status {
	return []Status{StatusOpen, StatusMitigated, StatusClosed, StatusInvalid}
}

// Active reports whether people still work on an incident of this status.
func (s Status) Active() bool { return s == StatusOpen || s == StatusMitigated }

// Incident is what people work on. It is changed only by events, through Apply.
type Incident struct {
	// ID is a UUIDv7 whose last six bits are the partition it lives in.
	ID string `json:"id"`
	// Number counts incidents from 1; INC-42 is number 42.
	Number int64 `json:"number"`
	// Key is the dedup key: while an incident with it is active, the same key means that incident.
	Key         string   `json:"key,omitempty"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Severity    Severity `json:"severity"`
	Status      Status   `json:"status"`
	Tags        []string `json:"tags"`
	// Source is the tool that opened it; empty when a person did.
	Source  string `json:"source,omitempty"`
	Service string `json:"service,omitempty"`
	// Fields are the user's own, by name, typed as configured.
	Fields Data `json:"fields"`
	// Roles maps a role to a person: commander, owner and the user's own.
	Roles       map[string]string `json:"roles"`
	Responders  []string          `json:"responders"`
	Oncalls     []Oncall          `json:"oncalls"`
	Subscribers []string          `json:"subscribers"`

	Acknowledged   bool   `json:"acknowledged"`
	AcknowledgedBy string `json:"acknowledged_by,omitempty"`
	Postmortem     string `json:"postmortem,omitempty"`

	DeclaredAt        time.Time `json:"declared_at"`
	AcknowledgedAt    time.Time `json:"acknowledged_at,omitzero"`
	MitigatedAt       time.Time `json:"mitigated_at,omitzero"`
	ClosedAt          time.Time `json:"closed_at,omitzero"`
	ReopenedAt        time.Time `json:"reopened_at,omitzero"`
	SeverityChangedAt time.Time `json:"severity_changed_at,omitzero"`
	// UpdatedAt is the last change of any kind.
	UpdatedAt time.Time `json:"updated_at"`
	// LastUpdateAt is when a person last said or changed something.
	LastUpdateAt time.Time `json:"last_update_at"`
	// LastActivityAt is when a person, a source or a rule last did something to it; outcomes of deliveries do not count.
	LastActivityAt time.Time `json:"last_activity_at"`

	Alerts []AlertState `json:"alerts"`
	Links  []Link       `json:"links"`
	Tasks  []Task       `json:"tasks"`
	// Related are the other incidents it has to do with.
	Related []Relation `json:"related"`
	// Past holds what PastFields said before and no longer, by field, the latest last, each value once, at most MaxPast.
	Past map[string][]string `json:"past,omitempty"`
	// Episode counts its lives: 1 when it is declared, one more each time it is reopened.
	Episode int `json:"episode"`
	// Version is the seq of the last event; a change may be made to depend on it.
	Version int64 `json:"version"`
}

// Oncall is a rotation that was brought in, and whom that meant then.
type Oncall struct {
	Rotation string    `json:"rotation"`
	Person   string    `json:"person"`
	At       time.Time `json:"at"`
}

// Link is an address that belongs to an incident.
type Link struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
}

// Task is a follow-up somebody should do.
type Task struct {
	ID       string    `json:"id"`
	Text     string    `json:"text"`
	Assignee string    `json:"assignee,omitempty"`
	Done     bool      `json:"done"`
	DoneAt   time.Time `json:"done_at,omitzero"`
}

// Exists reports whether the incident has been declared.
func (i *Incident) Exists() bool { return i.ID != "" && i.Status != "" }

// Name is how people refer to it: INC-42.
func (i *Incident) Name() string { return fmt.Sprintf("INC-%d", i.Number) }

// NumberOf answers the number in an incident's name: INC-42, or 42.
func NumberOf(name string) (int64, bool) {
	digits := name
	if len(name) > 4 && strings.EqualFold(name[:4], "INC-") {
		digits = name[4:]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0
}

// OpenSince is when its present episode began.
func (i *Incident) OpenSince() time.Time {
	if i.ReopenedAt.After(i.DeclaredAt) {
		return i.ReopenedAt
	}
	return i.DeclaredAt
}

// FiringAlerts counts the alerts that have not resolved.
func (i *Incident) FiringAlerts() int {
	n := 0
	for _, a := range i.Alerts {
		if a.Status == AlertIsFiring {
			n++
		}
	}
	return n
}

// OncallAdded reports whether the rotation has been brought in.
func (i *Incident) OncallAdded(rotation string) bool {
	for _, o := range i.Oncalls {
		if o.Rotation == rotation {
			return true
		}
	}
	return false
}
