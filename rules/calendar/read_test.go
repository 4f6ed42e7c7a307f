package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/schematest"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// readText reads the calendars of a file.
func readText(text string) ([]Entry, strictyaml.Problems) {
	file, problems := strictyaml.Parse("calendars.yaml", []byte(text))
	entries := Read(file.Root(), time.UTC, &problems)
	return entries, problems
}

// goodCalendars are the ways one may be written, and what they are.
var goodCalendars = map[string]string{
	`{}`:                              "mon 00:00-24:00, tue 00:00-24:00, wed 00:00-24:00, thu 00:00-24:00, fri 00:00-24:00, UTC",
	`{days: mon, hours: 09:00-17:30}`: "mon 09:00-17:30, UTC",
	`{days: [mon, wed], hours: "09:00 - 17:30"}`:                "mon 09:00-17:30, wed 09:00-17:30, UTC",
	`{days: sat-mon, hours: ["13:00-17:00", "09:00-12:00"]}`:    "mon 09:00-12:00, mon 13:00-17:00, sat 09:00-12:00, sat 13:00-17:00, sun 09:00-12:00, sun 13:00-17:00, UTC",
	`{hours: {mon-tue: "22:00-06:00", fri: ["09:00-10:00"]}}`:   "mon 22:00-06:00, tue 22:00-06:00, fri 09:00-10:00, UTC",
	`{days: mon, hours: "18:00-24:00"}`:                         "mon 18:00-24:00, UTC",
	`{days: mon, hours: "18:00-00:00"}`:                         "mon 18:00-24:00, UTC",
	`{days: mon, timezone: Asia/Kathmandu}`:                     "mon 00:00-24:00, Asia/Kathmandu",
	`{days: mon, holidays: []}`:                                 "mon 00:00-24:00, UTC",
	`{days: mon, holidays: [2026-12-25]}`:                       "mon 00:00-24:00, UTC, 2026-12-25",
	`{days: mon, holidays: ["2026-12-31..2027-01-01"]}`:         "mon 00:00-24:00, UTC, 2026-12-31, 2027-01-01",
	`{days: mon, holidays: [2026-12-31 ... 2027-01-01]}`:        "mon 00:00-24:00, UTC, 2026-12-31, 2027-01-01",
	`{days: mon, holidays: [2026-12-31…2027-01-01]}`:            "mon 00:00-24:00, UTC, 2026-12-31, 2027-01-01",
	`{days: mon, holidays: [{every: 02-29}]}`:                   "mon 00:00-24:00, UTC, every 02-29",
	`{days: mon, holidays: [{every: 12-31..01-02}]}`:            "mon 00:00-24:00, UTC, every 01-01, every 01-02, every 12-31",
	`{days: mon, holidays: [{every: 02-28..03-01}]}`:            "mon 00:00-24:00, UTC, every 02-28, every 02-29, every 03-01",
	`{days: mon, holidays: [2024-02-28..2024-03-01]}`:           "mon 00:00-24:00, UTC, 2024-02-28, 2024-02-29, 2024-03-01",
	`{days: mon, holidays: [{every: "01-01"}, {every: 01-01}]}`: "mon 00:00-24:00, UTC, every 01-01",
}

func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range goodCalendars {
		entries, problems := readText("x: " + text + "\n")
		if len(problems) > 0 || len(entries) != 1 || entries[0].Name != "x" {
			t.Errorf("%s: %v %v", text, entries, problems)
			continue
		}
		if got := entries[0].Calendar.String(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// A range over New Year goes around, with the leap day in it.
func TestYearlyRangesGoAround(t *testing.T) {
	t.Parallel()
	h, err := ParseYearly("12-24..03-01")
	if err != nil {
		t.Fatal(err)
	}
	c := New(time.UTC, Week{}, h)
	if len(c.yearly) != h.Days() || h.Days() != 8+31+29+1 {
		t.Errorf("%d days, %d of them different", h.Days(), len(c.yearly))
	}
	for _, d := range []monthDay{{12, 24}, {12, 31}, {1, 1}, {2, 29}, {3, 1}} {
		if !c.yearly[d] {
			t.Errorf("%s is missing", d)
		}
	}
	for _, d := range []monthDay{{12, 23}, {3, 2}} {
		if c.yearly[d] {
			t.Errorf("%s is too much", d)
		}
	}
}

// What is wrong with one calendar is said, and the others are read; the broken one is known all the same.
func TestABrokenCalendarIsKnown(t *testing.T) {
	t.Parallel()
	entries, problems := readText("a: {hours: nine}\nb: {days: mon}\n'no name': {}\n")
	if len(problems) != 2 || len(entries) != 2 || entries[0].Name != "a" || entries[0].Calendar == nil || entries[1].Calendar.String() != "mon 00:00-24:00, UTC" {
		t.Errorf("%v\n%v", entries, problems)
	}
}

// A file that asks for much is stopped early.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	var many, aliased strings.Builder
	for i := range MaxCalendars + 5 {
		fmt.Fprintf(&many, "c%d: {}\n", i)
	}
	if entries, problems := readText(many.String()); len(entries) != MaxCalendars || len(problems) != 1 {
		t.Errorf("%d entries, %d problems", len(entries), len(problems))
	}
	aliased.WriteString("a: {holidays: &h [")
	for year := range 25 {
		fmt.Fprintf(&aliased, "%d-01-01..%d-12-31, ", 2000+year, 2000+year)
	}
	aliased.WriteString("]}\n")
	for i := range 50 {
		fmt.Fprintf(&aliased, "c%d: {holidays: *h}\n", i)
	}
	_, problems := readText(aliased.String())
	if len(problems) == 0 || !strings.Contains(problems[0].Message, "more than 10000 holidays") {
		t.Errorf("%v", problems)
	}
	broken := "a: {holidays: &h [" + strings.Repeat("x, ", 500) + "]}\n"
	for i := range 50 {
		broken += fmt.Sprintf("c%d: {holidays: *h}\n", i)
	}
	if _, problems := readText(broken); len(problems) > 600 {
		t.Errorf("%d problems", len(problems))
	}
}

// refused holds a text against the schema of calendars.
func refused(tb testing.TB) func(text string) error {
	tb.Helper()
	b, err := Schema().MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	return schematest.Compile(tb, b)
}

// The schema takes what Read takes, and refuses what is wrong in itself.
func TestSchemaAgreesWithRead(t *testing.T) {
	t.Parallel()
	s := refused(t)
	valid := func(text string) bool { return s("x: "+text+"\n") == nil }
	for text := range goodCalendars {
		if !valid(text) {
			t.Errorf("the schema refuses %s", text)
		}
	}
	for _, text := range []string{
		`{days: monday}`, `{days: []}`, `{days: mon, hours: 9-17}`, `{hours: "09:00-25:00"}`, `{hours: {}}`, `{hours: {monday: "09:00-17:00"}}`, `{hours: []}`,
		`{holidays: 2026-12-25}`, `{holidays: [12-25]}`, `{holidays: [{every: 2026-12-25}]}`, `{holidays: [{on: 12-25}]}`, `{holiday: []}`, `office`, ``,
	} {
		if _, problems := readText("x: " + text + "\n"); len(problems) == 0 {
			t.Errorf("Read takes %s", text)
		}
		if valid(text) {
			t.Errorf("the schema takes %s", text)
		}
	}
}

// Whatever stands there, it is read or refused with its place; what is read is written as what is read again.
func FuzzRead(f *testing.F) {
	for text := range goodCalendars {
		f.Add("x: " + text + "\n")
	}
	f.Add("a: &a {days: [mon, tue-thu], hours: {mon: x}}\nb: *a\n")
	s := refused(f)
	f.Fuzz(func(t *testing.T, text string) {
		entries, problems := readText(text)
		for _, p := range problems {
			if p.Line == 0 && p.Message == "" {
				t.Errorf("a problem without place or words: %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		file, _ := strictyaml.Parse("calendars.yaml", []byte(text))
		if !file.Root().Exists() {
			return
		}
		if err := s(text); err != nil {
			t.Errorf("the schema refuses what Read takes: %v", err)
		}
		at := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
		for _, e := range entries {
			if _, until := e.Calendar.At(at); !until.After(at) {
				t.Errorf("%s: nothing ends", e.Calendar)
			}
			_, _ = e.Calendar.After(at, 3)
			if d, ok := e.Calendar.Between(at, at.Add(1000*time.Hour)); !ok || d < 0 || d > 1001*time.Hour {
				t.Errorf("%s: %v in a thousand hours", e.Calendar, d)
			}
		}
	})
}
