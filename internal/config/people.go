package config

import (
	"fmt"
	"net/mail"
	"slices"

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
	if text == "" || !known(text) {
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
	if text == "" || !known(text) {
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
