package record

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/calendar"
)

// World is what rules are checked against, as far as deciding needs it.
type World struct {
	Zone        string              `json:"zone,omitempty"`
	URL         string              `json:"url,omitempty"`
	Severities  ifsev.Severities    `json:"severities"`
	Fields      []ifsev.FieldSpec   `json:"fields,omitempty"`
	People      []string            `json:"people,omitempty"`
	Roles       []string            `json:"roles,omitempty"`
	Rotations   map[string]Rotation `json:"rotations,omitempty"`
	Connections []Connection        `json:"connections,omitempty"`
	// Calendars are those of the configuration.
	Calendars map[string]*calendar.Calendar `json:"calendars,omitempty"`
}

// Connection is a way to the outside.
type Connection struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Host string `json:"host,omitempty"`
}

// Rotation is who is on call when.
type Rotation struct {
	People    []string   `json:"people"`
	Start     time.Time  `json:"start"`
	Every     string     `json:"every"`
	Zone      string     `json:"zone,omitempty"`
	Overrides []Override `json:"overrides,omitempty"`
}

// Override puts a person on call for a while.
type Override struct {
	Person string    `json:"person"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// WorldOf writes a world down.
func WorldOf(w *rules.World) World {
	out := World{Zone: zoneName(w.Zone), URL: w.URL, Severities: w.Severities, Fields: w.Fields, Calendars: w.Calendars}
	for _, c := range w.Connections {
		out.Connections = append(out.Connections, Connection(c))
	}
	slices.SortFunc(out.Connections, func(a, b Connection) int { return cmp.Compare(a.Name, b.Name) })
	d := w.Directory
	if d == nil {
		return out
	}
	out.People, out.Roles = slices.Sorted(maps.Keys(d.People)), d.Roles
	if len(d.Rotations) > 0 {
		out.Rotations = make(map[string]Rotation, len(d.Rotations))
	}
	for name, r := range d.Rotations {
		kept := Rotation{People: r.People, Start: r.Start, Every: ifsev.FormatDuration(r.Every), Zone: zoneName(r.Zone)}
		for _, o := range r.Overrides {
			kept.Overrides = append(kept.Overrides, Override(o))
		}
		out.Rotations[name] = kept
	}
	return out
}

func zoneName(z *time.Location) string {
	if z == nil {
		return ""
	}
	return z.String()
}

// Rules makes the world again, for the kinds of action there are here.
func (w *World) Rules(actions []ifsev.ActionSpec) (rules.World, error) {
	out := rules.World{Actions: actions, URL: w.URL, Severities: w.Severities, Fields: w.Fields, Calendars: w.Calendars}
	var err error
	if out.Zone, err = zone(w.Zone); err != nil {
		return out, err
	}
	for _, c := range w.Connections {
		out.Connections = append(out.Connections, ifsev.Connection(c))
	}
	out.Directory = &ifsev.Directory{People: map[string]ifsev.Person{}, Rotations: map[string]ifsev.Rotation{}, Roles: w.Roles}
	for _, name := range w.People {
		out.Directory.People[name] = ifsev.Person{Name: name}
	}
	for name, r := range w.Rotations {
		if out.Directory.Rotations[name], err = r.again(); err != nil {
			return out, fmt.Errorf("the rotation %s: %w", name, err)
		}
	}
	return out, nil
}

func (r *Rotation) again() (ifsev.Rotation, error) {
	out := ifsev.Rotation{People: r.People, Start: r.Start}
	var err error
	if out.Every, err = ifsev.ParseDuration(r.Every); err != nil {
		return out, err
	}
	for _, o := range r.Overrides {
		out.Overrides = append(out.Overrides, ifsev.Override(o))
	}
	out.Zone, err = zone(r.Zone)
	return out, err
}

func zone(name string) (*time.Location, error) {
	z, err := time.LoadLocation(name) // "" is UTC
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known here", name)
	}
	return z, nil
}
