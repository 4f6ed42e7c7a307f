package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// Two instants at which different calendars and hours hold.
var (
	weekday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	weekend = time.Date(2026, 3, 7, 2, 0, 0, 0, time.UTC)
)

// incidents makes incidents that suit the condition of a rule, as far as its facts say: several severities and
// statuses of each way in which it can hold.
func (w *witness) incidents(n *node, now time.Time) []ifsev.Incident {
	const mostWays, mostStates = 6, 6
	var out []ifsev.Incident
	ways := n.facts.Ways()
	for _, way := range ways[:min(len(ways), mostWays)] {
		states := 0
		for s := ifsev.WorstSeverity; s <= ifsev.MildestSeverity; s++ {
			for _, status := range ifsev.Statuses() {
				suits := way.And(lang.IsBetween("severity", int(s), int(s))).And(lang.Is("status", string(status))).Possible()
				if states++; !suits || states > mostStates*4 {
					continue
				}
				out = append(out, w.incident(way, s, status, now))
			}
		}
	}
	return out
}

// tagged are incidents with the tags that rules take off.
func (w *witness) tagged(n *node, now time.Time) []ifsev.Incident {
	const most = 4
	var tags []string
	for _, m := range w.nodes {
		for _, e := range m.effects {
			word, list, ok := membership(e.field)
			name, err := strconv.Unquote(word)
			if ok && list == "tags" && e.to == no && err == nil && !slices.Contains(tags, name) && len(tags) < most {
				tags = append(tags, name)
			}
		}
	}
	if len(tags) == 0 {
		return nil
	}
	plain := w.incidents(n, now)
	for i := range plain {
		plain[i].Tags = ifsev.CleanTags(append(plain[i].Tags, tags...))
	}
	return plain
}

func (w *witness) incident(way lang.Facts, severity ifsev.Severity, status ifsev.Status, now time.Time) ifsev.Incident {
	inc := ifsev.Incident{
		ID: "00000000-0000-7000-8000-000000000001", Number: 1, Title: "witness", Severity: severity, Status: status, Tags: []string{},
		Fields: ifsev.Data{}, Roles: map[string]string{}, Responders: []string{}, Oncalls: []ifsev.Oncall{}, Subscribers: []string{},
		Alerts: []ifsev.AlertState{}, Links: []ifsev.Link{}, Tasks: []ifsev.Task{}, Episode: 1, Version: 1,
		DeclaredAt: now, UpdatedAt: now, LastUpdateAt: now, LastActivityAt: now, SeverityChangedAt: now,
	}
	if status == ifsev.StatusMitigated {
		inc.MitigatedAt = now
	}
	if !status.Active() {
		inc.ClosedAt = now
	}
	s := suit{way: way, inc: &inc, now: now}
	for _, subject := range way.Subjects() {
		s.apply(subject.Text)
	}
	return inc
}

// suit makes an incident be as a way asks.
type suit struct {
	way lang.Facts
	inc *ifsev.Incident
	now time.Time
}

func (s *suit) apply(subject string) {
	lo, _, bounded := s.way.Bounds(subject)
	words, worded := s.way.Texts(subject)
	if word, list, ok := membership(subject); ok && bounded && lo == 1 {
		if name, err := strconv.Unquote(word); err == nil {
			s.member(name, list)
		}
	}
	if rotation, ok := strings.CutPrefix(subject, "oncall_added("); ok && bounded && lo == 1 {
		if name, err := strconv.Unquote(strings.TrimSuffix(rotation, ")")); err == nil {
			s.member(name, "oncalls")
		}
	}
	if worded && len(words) > 0 {
		s.text(subject, words[0])
	}
	if bounded {
		s.number(subject, lo)
	}
}

func (s *suit) member(name, list string) {
	switch list {
	case "tags":
		s.inc.Tags = append(s.inc.Tags, name)
	case "responders":
		s.inc.Responders = append(s.inc.Responders, name)
	case "subscribers":
		s.inc.Subscribers = append(s.inc.Subscribers, name)
	case "oncalls":
		s.inc.Oncalls = append(s.inc.Oncalls, ifsev.Oncall{Rotation: name, At: s.now})
	}
}

func (s *suit) text(subject, word string) {
	switch subject {
	case "title":
		s.inc.Title = word
	case "description":
		s.inc.Description = word
	case "service":
		s.inc.Service = word
	case "source":
		s.inc.Source = word
	case "key":
		s.inc.Key = word
	case "postmortem":
		s.inc.Postmortem = word
	case "commander", "owner":
		s.inc.Roles[subject] = word
	}
	if name, ok := strings.CutPrefix(subject, "fields."); ok {
		s.inc.Fields[name] = word
	}
	if name, ok := strings.CutPrefix(subject, "roles."); ok {
		s.inc.Roles[name] = word
	}
}

func (s *suit) number(subject string, n int64) {
	switch subject {
	case "acknowledged":
		if n == 1 {
			s.inc.Acknowledged, s.inc.AcknowledgedAt = true, s.now
		}
	case "firing_alerts", "alerts":
		for len(s.inc.Alerts) < int(min(n, 20)) {
			s.inc.Alerts = append(s.inc.Alerts, ifsev.AlertState{Source: "witness", Fingerprint: strconv.Itoa(len(s.inc.Alerts)), Status: ifsev.AlertIsFiring})
		}
	case "tasks_open":
		for len(s.inc.Tasks) < int(min(n, 20)) {
			s.inc.Tasks = append(s.inc.Tasks, ifsev.Task{ID: "T" + strconv.Itoa(len(s.inc.Tasks)+1), Text: "witness"})
		}
	case "open_for", "since(declared_at)":
		s.inc.DeclaredAt = s.ago(n)
	case "since(last_update_at)":
		s.inc.LastUpdateAt = s.ago(n)
	case "since(last_activity_at)":
		s.inc.LastActivityAt = s.ago(n)
	case "since(severity_changed_at)":
		s.inc.SeverityChangedAt = s.ago(n)
	}
	if name, ok := strings.CutPrefix(subject, "fields."); ok && n > -1<<52 {
		s.inc.Fields[name] = int(n)
	}
}

func (s *suit) ago(n int64) time.Time {
	return s.now.Add(-time.Duration(max(n, 0)))
}

// cause is an incident before an event, and what makes the event.
type cause struct {
	before     ifsev.Incident
	submission rules.Submission
}

// without is a list without a word.
func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(w string) bool { return w == word })
}
