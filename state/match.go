package state

import (
	"slices"
	"strings"
)

// Matches reports whether the query's filters let the summary through; Before and Limit are not looked at.
func (q Query) Matches(s Summary) bool {
	return (len(q.Statuses) == 0 || slices.Contains(q.Statuses, s.Status)) &&
		(len(q.Severities) == 0 || slices.Contains(q.Severities, s.Severity)) &&
		hasAll(s.Tags, q.Tags) && q.matchesText(s)
}

func hasAll(tags, wanted []string) bool {
	for _, tag := range wanted {
		if !slices.Contains(tags, tag) {
			return false
		}
	}
	return true
}

func (q Query) matchesText(s Summary) bool {
	if q.Text == "" {
		return true
	}
	text := strings.ToLower(q.Text)
	for _, field := range []string{s.Title, s.Key, s.Service} {
		if strings.Contains(strings.ToLower(field), text) {
			return true
		}
	}
	return false
}
