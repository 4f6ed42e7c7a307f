package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/calendar"
)

const officeRule = `
rules:
  r:
    if: severity == 3 and business_hours("office")
    then: [{note: "the office is open"}]
`

func officeWith(hours string) string {
	return "calendars:\n  office: {" + hours + "}\n  shop: {days: sat}\n" + officeRule
}

// A rule that uses a calendar is another one when the calendar says something else, and no other rule is.
func TestHashOfCalendars(t *testing.T) {
	t.Parallel()
	const base = `days: mon-fri, hours: "09:00-17:30", holidays: [2026-12-25, {every: 01-01}]`
	hash := func(t *testing.T, text string) string {
		t.Helper()
		return mustLoad(t, text).Rules[0].Hash
	}
	want := hash(t, officeWith(base))
	for name, c := range map[string]struct {
		text    string
		changes bool
	}{
		"written otherwise":   {officeWith(`holidays: [{every: "01-01"}, 2026-12-25, 2026-12-25], hours: {mon-wed: "09:00-17:30", thu-fri: ["09:00-17:30"]}`), false},
		"another calendar":    {strings.Replace(officeWith(base), "days: sat", "days: sun", 1), false},
		"hours":               {officeWith(strings.Replace(base, "17:30", "17:00", 1)), true},
		"days":                {officeWith(strings.Replace(base, "mon-fri", "mon-sat", 1)), true},
		"a holiday":           {officeWith(strings.Replace(base, "2026-12-25", "2026-12-26", 1)), true},
		"a yearly holiday":    {officeWith(strings.Replace(base, "01-01", "01-02", 1)), true},
		"its zone":            {officeWith(base + ", timezone: Europe/Berlin"), true},
		"another is asked":    {strings.Replace(officeWith(base), `business_hours("office")`, `business_hours("shop")`, 1), true},
		"the name in quotes'": {strings.Replace(officeWith(base), `business_hours("office")`, `business_hours('office')`, 1), true},
	} {
		if got := hash(t, c.text); (got != want) != c.changes {
			t.Errorf("%s: changed is %v", name, got != want)
		}
	}
}

// So is a rule that uses it through a named condition, in a step, or from the configuration.
func TestHashOfCalendarsUsedIndirectly(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"define":    "define:\n  late: [\"business_time_since(declared_at, 'office') > 4h\"]\n  later: late\nrules:\n  r: {if: later, then: [mitigate]}\n",
		"template":  "rules:\n  r: {if: severity == 1, then: [{note: \"due ${business_days_after(now, 2, 'office')}\"}]}\n",
		"condition": "rules:\n  r: {when: declared, if: business_hours('office'), then: [mitigate]}\n",
	} {
		hashes := map[string]bool{}
		for _, hours := range []string{"09:00-17:00", "09:00-18:00"} {
			hashes["file "+mustLoad(t, fmt.Sprintf("calendars: {office: {hours: %q}}\n%s", hours, text)).Rules[0].Hash] = true
			w := testWorld()
			span, err := calendar.ParseSpan(hours)
			if err != nil {
				t.Fatal(err)
			}
			w.Calendars = map[string]*calendar.Calendar{"office": calendar.New(time.UTC, calendar.Week{1: {span}})}
			hashes["configuration "+mustLoadIn(t, w, text).Rules[0].Hash] = true
		}
		if len(hashes) != 4 {
			t.Errorf("%s: the hash does not change with the calendar: %v", name, hashes)
		}
	}
}

// A calendar is known in all files, and its hours are of the zone of its own file; the configuration's are known too.
func TestCalendarsOfSeveralFiles(t *testing.T) {
	t.Parallel()
	w := testWorld()
	w.Calendars = map[string]*calendar.Calendar{"shop": calendar.Weekdays(time.UTC)}
	files := []Source{
		{"a.yaml", "rules:\n  r: {if: severity == 2 and business_hours('office'), then: [mitigate]}\n  s: {if: business_hours('shop'), then: [mitigate]}\n"},
		{"b.yaml", "timezone: America/New_York\ncalendars:\n  office: {hours: \"09:00-17:30\"}\n"},
	}
	set, errs, _ := Load(files, w)
	if errs != nil {
		t.Fatal(errs.Text())
	}
	env := set.words.env(testIncident())
	for at, want := range map[string]bool{"2026-11-23T13:59:59Z": false, "2026-11-23T14:00:00Z": true, "2026-11-23T22:29:59Z": true, "2026-11-23T22:30:00Z": false} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := set.Rules[0].If.Eval(env, now); err != nil || got.Value != want {
			t.Errorf("%s: %+v %v, want %v", at, got, err, want)
		}
	}
	if len(w.Calendars) != 1 {
		t.Error("the calendars of the files were written into the world")
	}

	files[1].Text += "  shop: {}\n"
	files = append(files, Source{"c.yaml", "calendars:\n  office: {}\n"})
	_, errs, _ = Load(files, w)
	for _, want := range []string{
		`b.yaml:4:3: the configuration has a calendar "shop" already`, `c.yaml:2:3: there are two calendars "office"; the first is in b.yaml:3`,
	} {
		if !strings.Contains(errs.Text(), want) {
			t.Errorf("%q is not said:\n%s", want, errs.Text())
		}
	}
}

// A SEV3 at night is announced at nine, after the weekend and the holiday; nothing looks in between.
func TestAnnouncedAtNine(t *testing.T) {
	t.Parallel()
	s := tell(t, `
timezone: Europe/Berlin
calendars:
  office: {hours: "09:00-17:30", holidays: [2026-03-09]}
rules:
  at-nine: {if: severity == 3 and business_hours("office"), then: [{page: alice}]}
  waits: {if: 'business_time_since(declared_at, "office") >= 4h and not acknowledged', then: [{page: bob}]}
  days: {if: 'now > business_days_after(declared_at, 2, "office")', then: [{page: carol}]}
`)
	s.until("110h").declare(ifsev.Declaration{Title: "x", Severity: 3}) // Friday the 6th, 23:00Z: midnight in Berlin
	if wake := s.doc.Wake; !wake.Equal(time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("the next look is at %v", wake)
	}
	s.until("190h59m59s").saw()
	s.until("191h").saw("7d23h at-nine", "7d23h page alice")
	s.until("195h").saw("8d3h waits", "8d3h page bob")
	s.until("20d").saw("8d14h days", "8d14h page carol")
}

// What has waited when a set is loaded again with other hours waits by the new ones.
func TestReloadWithOtherHours(t *testing.T) {
	t.Parallel()
	rules := func(hours string) string {
		return "calendars:\n  office: {hours: \"" + hours + "\"}\nrules:\n  nine: {if: 'severity == 3 and business_hours(\"office\")', then: [{page: alice}]}\n"
	}
	s := tell(t, rules("14:00-17:00"))
	s.declare(ifsev.Declaration{Title: "x", Severity: 3}).until("1h")
	s.use(rules("12:00-17:00"))
	s.decide()
	s.until("2h59m59s").saw()
	s.until("1d").saw("3h nine", "3h page alice")
}

// A rule may ask what an incident was, and is looked at when that changes though nothing else it reads does.
func TestWas(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  was-worst: {if: 'was("severity", 1)', then: [{page: alice}]}
  was-mitigated: {if: 'was("status", "mitigated") and status == "open"', then: [{page: bob}]}
  lost-commander: {if: 'was("commander", "carol") and commander == ""', then: [{page: carol}]}
  was-tagged: {if: 'was("tags", "database")', then: [{page: manager}]}
`)
	s.declare(ifsev.Declaration{Title: "x", Severity: 1, Tags: []string{"database"}, Commander: "carol"}).saw()
	s.until("1m").change(sev(2)).saw("1m was-worst", "1m page alice")
	s.until("2m").change(sev(1)).saw()
	s.until("3m").change(status(ifsev.StatusMitigated)).saw()
	s.until("4m").change(status(ifsev.StatusOpen)).saw("4m was-mitigated", "4m page bob")
	s.until("5m").change(ifsev.Change{Roles: map[string]string{"commander": ""}}).saw("5m lost-commander", "5m page carol")
	s.until("6m").change(ifsev.Change{RemoveTags: []string{"database"}}).saw("6m was-tagged", "6m page manager")
}

func TestWasOfValues(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v, inc := newVocabulary(&w), testIncident()
	inc.Past = map[string][]string{"severity": {"3", "1"}, "status": {"mitigated"}, "service": {"pay"}, "owner": {"bob"}, "tags": {"eu"}}
	for src, want := range map[string]bool{
		`was("severity", 1)`: true, `was("severity", 3)`: true, `was("severity", 2)`: false, `was("severity", severity - 1)`: true,
		`was("status", "mitigated")`: true, `was("status", "closed")`: false, `was("service", "pay") and not was("service", service)`: true,
		`was("owner", "bob")`: true, `was("commander", "bob")`: false, `was("tags", "eu")`: true, `was("tags", title)`: false,
		`was("service", fields.region)`: false, `was("service", nil)`: false, `any(["a", "pay"], was("service", it))`: true,
		`was("severity", 6 / 2)`: true,
	} {
		if got := holds(t, v, inc, src, monday); got != want {
			t.Errorf("%s is %v", src, got)
		}
	}
	if holds(t, v, testIncident(), `was("severity", 1)`, monday) {
		t.Error("an incident without a past has one")
	}
}
