package rules

import (
	"fmt"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/calendar"
)

// readCalendars collects the calendars of all files, beside those of the world: each is known in every file, and counts
// in the time zone of its own. A broken one is known too, so that what uses it is still checked.
func (l *loader) readCalendars() {
	seen := map[string]strictyaml.Node{}
	for _, f := range l.files {
		for _, e := range calendar.Read(f.calendars, f.zone, &l.errors) {
			first, twice := seen[e.Name]
			switch {
			case twice:
				l.errors.Add(e.Key.Problem(fmt.Sprintf("there are two calendars %q; the first is in %s", e.Name, at(first)), "keep one of them; a calendar is known in all files"))
			case l.world().Calendars[e.Name] != nil:
				l.errors.Add(e.Key.Problem(fmt.Sprintf("the configuration has a calendar %q already", e.Name), "give this one another name"))
			default:
				seen[e.Name] = e.Key
				l.set.words.calendars[e.Name] = e.Calendar
			}
		}
	}
}

// calendarsIn collects the calendars that a text may name, each as it is written in one line. A name that means
// something else costs a hash that changes more often than it must, never one that does not.
func (l *loader) calendarsIn(text string, used map[string]string) {
	if !strings.Contains(text, "business_") {
		return
	}
	for name, c := range l.set.words.calendars {
		if strings.Contains(text, name) {
			used[name] = c.String()
		}
	}
}
