package config

import (
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/calendar"
)

// calendars reads the calendars that every rule file knows.
func (r *reader) calendars(n strictyaml.Node) {
	for _, e := range calendar.Read(n, r.config.Zone, &r.Problems) {
		r.config.Calendars[e.Name] = e.Calendar
	}
}
