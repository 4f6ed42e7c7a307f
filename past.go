package ifsev

import (
	"maps"
	"slices"
	"strconv"
)

// MaxPast is how many former values of one field an incident remembers; the one it had longest ago is forgotten first.
const MaxPast = 50

// PastFields lists the fields whose former values an incident remembers. Of tags it remembers each that was removed.
func PastFields() []string {
	return []string{"severity", "status", "service", RoleCommander, RoleOwner, "tags"}
}

// Was reports whether the field ever had the value and has had another since: an incident that is, and has always been,
// SEV1 was never SEV1. Severities are written as numbers. Of a tag it says whether it was ever removed.
func (i *Incident) Was(field, value string) bool { return slices.Contains(i.Past[field], value) }

// remember notes in after what it no longer says and before still said.
func remember(before, after *Incident) {
	if !before.Exists() {
		return
	}
	note := func(field string, gone ...string) {
		if len(gone) > 0 {
			after.Past = withPast(after.Past, field, gone)
		}
	}
	changed := func(field, from, to string) {
		if from != "" && from != to {
			note(field, from)
		}
	}
	changed("severity", strconv.Itoa(int(before.Severity)), strconv.Itoa(int(after.Severity)))
	changed("status", string(before.Status), string(after.Status))
	changed("service", before.Service, after.Service)
	for _, role := range []string{RoleCommander, RoleOwner} {
		changed(role, before.Roles[role], after.Roles[role])
	}
	note("tags", without(before.Tags, after.Tags)...)
}

// withPast answers a new map in which the values are the field's latest.
func withPast(past map[string][]string, field string, gone []string) map[string][]string {
	next := maps.Clone(past)
	if next == nil {
		next = map[string][]string{}
	}
	values := append(without(past[field], gone), gone...)
	next[field] = values[max(0, len(values)-MaxPast):]
	return next
}
