package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// cronField is one of the five fields of a schedule.
type cronField struct {
	name       string
	least      int
	most       int
	words      []string       // names for its numbers, the first for least
	more       *regexp.Regexp // what else it may say
	moreSample string
}

func cronFields() []cronField {
	return []cronField{
		{name: "minute", most: 59}, {name: "hour", most: 23},
		{name: "day of the month", least: 1, most: 31, more: regexp.MustCompile(`^(L|\d{1,2}W)$`), moreSample: "L (the last), 15W (the weekday nearest to the 15th)"},
		{name: "month", least: 1, most: 12, words: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
		{name: "weekday", most: 7, words: strings.Fields("SUN MON TUE WED THU FRI SAT"), more: regexp.MustCompile(`^[0-7](L|#[1-5])$`), moreSample: "5L (the last Friday), 1#2 (the second Monday)"},
	}
}

const cronExample = "write it like 0 9 * * mon-fri: minute, hour, day of the month, month, weekday"

// cronMacros are the names other tools have for schedules.
func cronMacros() map[string]string {
	return map[string]string{
		"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *",
		"@midnight": "0 0 * * *", "@hourly": "0 * * * *",
	}
}

// readSchedule reads a schedule of the zone; false where it is wrong.
func (l *loader) readSchedule(n strictyaml.Node, zone *time.Location) (*Schedule, bool) {
	text, ok := n.Text(&l.errors)
	if !ok || !l.affords(n) {
		return nil, false
	}
	if same, known := cronMacros()[strings.ToLower(strings.TrimSpace(text))]; known {
		l.errors.Add(n.Problem("a schedule is written with five fields", "write "+same))
		return nil, false
	}
	parts := strings.Fields(text)
	if fields := cronFields(); len(parts) != len(fields) {
		l.errors.Add(n.Problem(fmt.Sprintf("a schedule has five fields, and here are %d", len(parts)), cronExample))
		return nil, false
	}
	for i, f := range cronFields() {
		if message, hint := f.wrong(parts[i]); message != "" {
			l.errors.Add(n.Problem(fmt.Sprintf("the %s of the schedule: %s", f.name, message), hint))
			ok = false
		}
	}
	if !ok {
		return nil, false
	}
	s := &Schedule{source: text, zone: zone, hourly: parts[1] == "*"}
	// From any day on: a schedule of February 30th finds none.
	if s.tick(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), false).IsZero() {
		l.errors.Add(n.Problem("there is no day on which this schedule is due", "look at the day of the month and the month"))
		return nil, false
	}
	return s, true
}

// wrong says what is wrong with a field, and what to do about it.
func (f *cronField) wrong(text string) (message, hint string) {
	for part := range strings.SplitSeq(strings.ToUpper(text), ",") {
		if f.more != nil && f.more.MatchString(part) {
			continue
		}
		span, step, stepped := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1 || n > f.most) {
			return fmt.Sprintf("%q is no step", step), fmt.Sprintf("write a number from 1 to %d behind the /", f.most)
		}
		if span == "*" {
			continue
		}
		from, to, ranged := strings.Cut(span, "-")
		first, ok := f.number(from)
		last, fine := first, true
		if ranged {
			last, fine = f.number(to)
		}
		switch {
		case !ok || !fine:
			return fmt.Sprintf("%q is none", strings.ToLower(part)), f.takes()
		case first > last:
			return fmt.Sprintf("%s runs backwards", strings.ToLower(span)), "write it as two, such as fri-sat,sun-mon"
		}
	}
	return "", ""
}

// number reads a number or a name of the field.
func (f *cronField) number(text string) (int, bool) {
	for i, w := range f.words {
		if text == w {
			return f.least + i, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.least && n <= f.most && strings.Trim(text, "0123456789") == ""
}

func (f *cronField) takes() string {
	hint := fmt.Sprintf("it takes *, numbers from %d to %d, ranges such as %d-%d, lists with commas, and steps such as */%d", f.least, f.most, f.least+1, f.least+4, 2)
	if len(f.words) > 0 {
		hint += "; names such as " + strings.ToLower(f.words[1])
	}
	if f.moreSample != "" {
		hint += "; " + f.moreSample
	}
	return hint
}
