package state

import (
	"slices"
	"strings"
)

// Match reports whether the query chooses the incident; Before and Limit are for the store to keep.
func (q *Query) Match(s *Summary) bool {
	if len(q.Statuses) > 0 && !slices.Contains(q.Statuses, s.Status) {
		return false
	}
	if len(q.Severities) > 0 && !slices.Contains(q.Severities, s.Severity) {
		return false
	}
	for _, tag := range q.Tags {
		if !slices.Contains(s.Tags, tag) {
			return false
		}
	}
	if q.Text == "" {
		return true
	}
	text := strings.ToLower(q.Text)
	for _, in := range []string{s.Title, s.Key, s.Service} {
		if strings.Contains(strings.ToLower(in), text) {
			return true
		}
	}
	return false
}
