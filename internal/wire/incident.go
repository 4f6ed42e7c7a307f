package wire

import (
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
