package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

func (r *reader) rotations(n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		name, ok := r.name(p.Key, "a rotation")
		if !ok {
			continue
		}
		r.oneMeaning(p.Key, name, "a rotation")
		r.config.Directory.Rotations[name] = r.rotation(p.Value)
	}
}

func (r *reader) rotation(n strictyaml.Node) ifsev.Rotation {
	o := n.Object(&r.Problems)
	rot := ifsev.Rotation{Zone: r.config.Zone, Every: ifsev.Week}
	if z, ok := r.location(o.Take("timezone")); ok {
		rot.Zone = z
	}
	people := o.Need("people")
	rot.People = r.names(people)
	if people.Exists() && len(rot.People) == 0 {
		r.report(people, "a rotation needs at least one person", "")
	}
	rot.Start = r.wallClock(o.Need("start"), rot.Zone)
	if every := o.Take("every"); every.Exists() {
		d, ok := every.Duration(&r.Problems)
		if ok && d < time.Minute {
			r.report(every, "a turn lasts at least 1m", "write it like 1w or 12h")
		}
		rot.Every = d
	}
	overrides := o.Take("overrides")
	if k := overrides.Kind(); k == strictyaml.Map || k == strictyaml.Scalar {
		r.report(overrides, "want a list of overrides, each with person, from and until", "")
	}
	for _, item := range overrides.Items() {
		rot.Overrides = append(rot.Overrides, r.override(item, rot.Zone))
	}
	o.Done("a rotation")
	return rot
}

// names reads names of people, who must exist.
func (r *reader) names(n strictyaml.Node) []string {
	list := r.texts(n)
	items := n.Items()
	if n.Kind() == strictyaml.Scalar {
		items = []strictyaml.Node{n}
	}
	for _, item := range items {
		r.mustBePerson(item)
	}
	return list
}

func (r *reader) mustBePerson(n strictyaml.Node) {
	name := n.Raw()
	if _, ok := r.config.Directory.People[name]; !ok && name != "" {
		r.report(n, fmt.Sprintf("there is no person %q", name), r.near(name, sortedNames(r.config.Directory.People), "people"))
	}
}

func (r *reader) override(n strictyaml.Node, zone *time.Location) ifsev.Override {
	o := n.Object(&r.Problems)
	person := o.Need("person")
	ov := ifsev.Override{Person: r.text(person)}
	r.mustBePerson(person)
	ov.From = r.wallClock(o.Need("from"), zone)
	until := o.Need("until")
	ov.Until = r.wallClock(until, zone)
	if !ov.From.IsZero() && !ov.Until.IsZero() && !ov.From.Before(ov.Until) {
		r.report(until, "until must be after from", "")
	}
	o.Done("an override")
	return ov
}

// wallClock reads a time of the zone such as 2026-01-05T09:00, or one that says its own offset.
func (r *reader) wallClock(n strictyaml.Node, zone *time.Location) time.Time {
	text := strings.Replace(r.text(n), " ", "T", 1)
	if text == "" || !known(text) {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t
		}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04Z07:00", text)
	}
	if err != nil {
		r.report(n, fmt.Sprintf("%q is no time", n.Raw()), "write it like 2026-01-05T09:00")
	}
	return t
}
