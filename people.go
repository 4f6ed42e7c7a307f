package ifsev

import (
	"fmt"
	"sort"
	"time"
)

// Person is somebody who can be told or paged.
type Person struct {
	// Name is how people know them; the key in the directory is what rules say.
	Name      string
	Email     string
	Slack     string
	PagerDuty string
	// Page names the connection a page goes through; empty means the first that fits of PagerDuty, Slack and mail.
	Page string
	// NotifySeverity is the mildest severity they are told of without being asked; zero means none.
	NotifySeverity Severity
}

// The roles every installation has.
const (
	RoleCommander = "commander"
	RoleOwner     = "owner"
)

// Directory is who there is: people, rotations and the names of roles. It does not change once it is made.
type Directory struct {
	People    map[string]Person
	Rotations map[string]Rotation
	// Roles are the names a role may have, commander and owner included.
	Roles []string
}

// Empty reports whether nobody is configured at all.
func (d *Directory) Empty() bool { return d == nil || len(d.People) == 0 && len(d.Rotations) == 0 }

// Targets lists every name that can be paged: people, rotations and roles, sorted.
func (d *Directory) Targets() []string {
	var names []string
	if d == nil {
		return names
	}
	for n := range d.People {
		names = append(names, n)
	}
	for n := range d.Rotations {
		names = append(names, n)
	}
	names = append(names, d.Roles...)
	sort.Strings(names)
	return names
}

// Resolve answers the person a target means at an instant: a person's own name, whoever is on call in a rotation, or
// who holds a role on the incident. The error says what is missing and where to put it.
func (d *Directory) Resolve(target string, roles map[string]string, at time.Time) (string, error) {
	if d != nil {
		if _, ok := d.People[target]; ok {
			return target, nil
		}
		if r, ok := d.Rotations[target]; ok {
			person, _ := r.OnCall(at)
			if person == "" {
				return "", fmt.Errorf("nobody is on call in rotation %q at %s: check its start and people", target, at.UTC().Format(time.RFC3339))
			}
			return person, nil
		}
	}
	if person := roles[target]; person != "" {
		return person, nil
	}
	if d != nil {
		for _, r := range d.Roles {
			if r == target {
				return "", fmt.Errorf("nobody holds the role %q on this incident: assign it first", target)
			}
		}
	}
	return "", fmt.Errorf("no person, rotation or role is called %q: add it under people or rotations in the configuration", target)
}
