package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

// Between changes nobody needs to look: deciding at the wakes alone gives the same firings, at the same instants, as
// deciding every eleven minutes as well, over both clock changes.
func TestWakesMissNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		changes := anyChanges(rt)
		start := rapid.SampledFrom([]time.Time{
			storyStart, time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC),
		}).Draw(rt, "start")
		text := anyRules(rt, start)
		alone := playOut(t, text, start, changes, 0)
		watched := playOut(t, text, start, changes, 11*time.Minute)
		if !slices.Equal(alone, watched) {
			rt.Fatalf("%s\n%v\nby wakes alone:\n%s\nwatched all the time:\n%s", text, changes, strings.Join(alone, "\n"), strings.Join(watched, "\n"))
		}
	})
}

type timedChange struct {
	at     time.Duration
	change ifsev.Change
	what   string
}

func anyChanges(rt *rapid.T) []timedChange {
	var out []timedChange
	at := time.Duration(0)
	for range rapid.IntRange(0, 6).Draw(rt, "changes") {
		at += time.Duration(rapid.IntRange(1, 7200).Draw(rt, "seconds")) * time.Second
		c := timedChange{at: at}
		switch c.what = rapid.SampledFrom([]string{"severity", "ack", "note", "close", "reopen"}).Draw(rt, "what"); c.what {
		case "severity":
			s := ifsev.Severity(rapid.IntRange(1, 3).Draw(rt, "severity"))
			c.change.Severity = &s
		case "ack":
			c.change.Acknowledge = "alice"
		case "note":
			c.change.Note = "n"
		case "close":
			c.change = status(ifsev.StatusClosed)
		case "reopen":
			c.change = status(ifsev.StatusOpen)
		}
		out = append(out, c)
	}
	return out
}

func anyRules(rt *rapid.T, start time.Time) string {
	var b strings.Builder
	b.WriteString("timezone: Europe/Berlin\n")
	b.WriteString("calendars:\n  nights: {days: sat-sun, hours: [\"22:30-02:15\", \"02:40-03:05\"], holidays: [2026-03-02]}\n  always: {days: mon-sun}\nrules:\n")
	count := rapid.IntRange(1, 4).Draw(rt, "rules")
	for i := range count {
		if fmt.Fprintf(&b, "  r%d:\n    if: '%s'\n", i, anyCondition(rt)); rapid.IntRange(0, 4).Draw(rt, "scheduled") == 0 {
			fmt.Fprintf(&b, "    when: {schedule: %q}\n", rapid.SampledFrom([]string{"30 2 * * *", "*/20 * * * *", "0 3,9,11 * * *"}).Draw(rt, "schedule"))
		} else {
			anyStateKeys(rt, &b)
		}
		if rapid.Bool().Draw(rt, "cooldown") {
			b.WriteString("    cooldown: 50m\n")
		}
		if rapid.IntRange(0, 4).Draw(rt, "shadow") == 0 {
			b.WriteString("    shadow: true\n")
		}
		fmt.Fprintf(&b, "    mode: %s\n    then: %s\n", rapid.SampledFrom([]string{"queue", "skip", "restart"}).Draw(rt, "mode"), anySteps(rt))
	}
	b.WriteString("silences:\n")
	for range rapid.IntRange(1, 2).Draw(rt, "silences") {
		until := start.Add(time.Duration(rapid.IntRange(0, 9*3600).Draw(rt, "until")) * time.Second)
		fmt.Fprintf(&b, "  - {if: '%s', until: %s, rules: r%d}\n", anyCondition(rt), until.Format(time.RFC3339), rapid.IntRange(0, count-1).Draw(rt, "silenced"))
	}
	return b.String()
}

func anyCondition(rt *rapid.T) string {
	conditions := rapid.SliceOfN(rapid.SampledFrom([]string{
		"severity <= 2", "severity == 1", "not acknowledged", `status == "open"`, "open_for > 17m", "open_for >= 40m", "since(last_update_at) >= 30m",
		"since(severity_changed_at) < 25m", `between("22:30", "03:10")`, "hour() >= 2", `weekday() == "sun"`,
		`business_hours("nights")`, `business_time_since(declared_at, "nights") >= 50m`, `business_time_since(last_update_at, "always") > 33m`,
		`now > business_days_after(declared_at, 1, "nights")`, `was("severity", 1)`, `was("status", "closed")`,
	}), 1, 3).Draw(rt, "conditions")
	return strings.Join(conditions, rapid.SampledFrom([]string{" and ", " or "}).Draw(rt, "join"))
}

// anyStateKeys draws the keys only rules that watch the state have.
func anyStateKeys(rt *rapid.T, b *strings.Builder) {
	fmt.Fprintf(b, "    rearm: %s\n", rapid.SampledFrom([]string{"episode", "when_false", "never"}).Draw(rt, "rearm"))
	if rapid.Bool().Draw(rt, "for") {
		b.WriteString("    for: 7m\n")
	}
	if rapid.Bool().Draw(rt, "otherwise") {
		b.WriteString("    otherwise: [{note: over}]\n")
	}
	if rapid.Bool().Draw(rt, "ladder") {
		b.WriteString("    after: {3m: [{page: alice}], 1h: [{set: {severity: 1}}]}\n")
	}
	if rapid.Bool().Draw(rt, "every") {
		b.WriteString("    every: 45m\n    max: 5\n")
	}
}

func anySteps(rt *rapid.T) string {
	return rapid.SampledFrom([]string{
		"[{page: alice}]", "[{wait: 11m}, {note: waited}]", `[{note: "${item}", each: '["a", "b"]'}, {wait: 70m, each: '["a", "b"]'}, {note: "${open_for}"}]`,
	}).Draw(rt, "steps")
}

// playOut tells what fired when, deciding at every wake and change and, if tick is set, at every tick as well.
func playOut(t *testing.T, text string, start time.Time, changes []timedChange, tick time.Duration) []string {
	t.Helper()
	s := tell(t, text)
	s.now = start
	s.declare(ifsev.Declaration{Title: "x", Severity: 2})
	var log []string
	read := func() {
		for _, ev := range s.last.Events {
			if ev.Actor.Kind == ifsev.RuleActor {
				log = append(log, fmt.Sprint(s.now.Sub(start), " ", ev.Actor.Name, " ", ev.Type, " ", ev.Data["branch"], ev.Data["text"]))
			}
		}
		for _, v := range s.last.Verdicts {
			if v.Kind == VerdictFired && v.Held == HeldShadow {
				log = append(log, fmt.Sprint(s.now.Sub(start), " ", v.Rule, " in shadow"))
			}
		}
		s.last = Decision{}
	}
	read()
	end := start.Add(14 * time.Hour)
	nextTick := end
	if tick > 0 {
		nextTick = start.Add(tick)
	}
	for {
		next := end
		if tick > 0 && nextTick.Before(next) {
			next = nextTick
		}
		if w := s.doc.Wake; !w.IsZero() && w.Before(next) {
			next = w
		}
		change := len(changes) > 0 && !start.Add(changes[0].at).After(next)
		if change {
			next = start.Add(changes[0].at)
		}
		if !next.Before(end) {
			return log
		}
		s.now = next
		if change {
			s.change(changes[0].change)
			changes = changes[1:]
		} else {
			s.decide()
		}
		if tick > 0 && !nextTick.After(next) {
			nextTick = nextTick.Add(tick)
		}
		read()
	}
}
