package config

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

func (r *reader) people(n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		if name, ok := r.name(p.Key, "a person"); ok {
			r.oneMeaning(p.Key, name, "a person")
			r.config.Directory.People[name] = r.person(p.Value)
		}
	}
}

func (r *reader) person(n strictyaml.Node) ifsev.Person {
	o := n.Object(&r.Problems)
	p := ifsev.Person{
		Name: r.text(o.Take("name")), Email: r.email(o.Take("email")), Slack: r.text(o.Take("slack")),
		PagerDuty: r.text(o.Take("pagerduty")), Page: r.text(o.Take("page")),
	}
	if page := o.Take("page"); p.Page != "" {
		r.checks = append(r.checks, func() { r.checkPage(page, p.Page) })
	}
	if notify := o.Take("notify"); notify.Exists() {
		inner := notify.Object(&r.Problems)
		p.NotifySeverity = r.severity(inner.Take("severity"))
		inner.Done("notify")
	}
	o.Done("a person")
	return p
}

func (r *reader) email(n strictyaml.Node) string {
	text := r.text(n)
	if text == "" {
		return ""
	}
	if a, err := mail.ParseAddress(text); err != nil || a.Name != "" {
		r.report(n, fmt.Sprintf("%q is no mail address", text), "write it like alice@example.com")
		return ""
	}
	return text
}

// severity reads one as people write it. The scheme is read before the people are.
func (r *reader) severity(n strictyaml.Node) ifsev.Severity {
	text := r.text(n)
	if text == "" {
		return 0
	}
	s, err := r.config.Severities.Parse(text)
	if err != nil {
		r.report(n, err.Error(), "")
	}
	return s
}

// checkPage looks whether the connection somebody wants to be paged through exists. One of any kind can page a person.
func (r *reader) checkPage(n strictyaml.Node, name string) {
	if _, ok := r.config.Connections[name]; !ok {
		r.report(n, fmt.Sprintf("there is no connection %q", name), r.near(name, sortedNames(r.config.Connections), "connections"))
	}
}

// near suggests a known name, or says where to add the missing one.
func (r *reader) near(name string, known []string, where string) string {
	if word, ok := strictyaml.Nearest(name, known); ok {
		return "did you mean " + word + "?"
	}
	return "add it under " + where
}

func (r *reader) roles(n strictyaml.Node) {
	d := r.config.Directory
	items := n.Items()
	if n.Kind() == strictyaml.Scalar || n.Kind() == strictyaml.Map {
		r.report(n, "want a list of names", "write roles: [comms, scribe]")
	}
	for _, item := range items {
		name, ok := r.name(item, "a role")
		if ok && !slices.Contains(d.Roles, name) {
			d.Roles = append(d.Roles, name)
		}
	}
	for _, item := range items {
		r.oneMeaning(item, item.Raw(), "a role")
	}
}

// oneMeaning reports a name that means a person or rotation already: `page: NAME` must say one thing.
func (r *reader) oneMeaning(n strictyaml.Node, name, what string) {
	d := r.config.Directory
	other := ""
	if _, ok := d.People[name]; ok {
		other = "a person"
	} else if _, ok := d.Rotations[name]; ok && what != "a rotation" {
		other = "a rotation"
	} else if slices.Contains(builtinRoles(), name) && what != "a role" {
		other = "a role"
	}
	if other != "" {
		r.report(n, fmt.Sprintf("%q is the name of %s and of %s", name, other, what), "give one of them another name, so that it is clear who is paged")
	}
}

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
	if text == "" {
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
