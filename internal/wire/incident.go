package wire

import (
	"time"

	"github.com/ifsev/ifsev"
)

// Page is one page of a list. Next is the cursor of the page after it; absent on the last.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Incident is an incident as the API shows it.
type Incident struct {
	ifsev.Incident
	// SeverityName is the configured name of the severity, such as SEV1.
	SeverityName string `json:"severity_name"`
	// URL is where people find it; absent where no public address is configured.
	URL string `json:"url,omitempty"`
}

// Summary is an incident in a list: the same names as in Incident, without what only a single one needs.
type Summary struct {
	ID             string            `json:"id"`
	Number         int64             `json:"number"`
	Key            string            `json:"key,omitempty"`
	Title          string            `json:"title"`
	Severity       ifsev.Severity    `json:"severity"`
	SeverityName   string            `json:"severity_name"`
	Status         ifsev.Status      `json:"status"`
	Tags           []string          `json:"tags"`
	Source         string            `json:"source,omitempty"`
	Service        string            `json:"service,omitempty"`
	Roles          map[string]string `json:"roles"`
	Acknowledged   bool              `json:"acknowledged"`
	DeclaredAt     time.Time         `json:"declared_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
	LastActivityAt time.Time         `json:"last_activity_at"`
	URL            string            `json:"url,omitempty"`
	Version        int64             `json:"version"`
}

// Entry is one timeline entry: one event.
type Entry = ifsev.Event

// Chain is what it takes to verify that a timeline was not changed: the commits in order, as they were hashed.
type Chain struct {
	// Head is the incident's present revision.
	Head string `json:"head"`
	// OK says that every commit fits its revision; Error names the first that does not.
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
	// Commits counts what was looked at.
	Commits int `json:"commits"`
}
