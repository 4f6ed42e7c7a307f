package calendar

import (
	"encoding/json"
	"testing"
	"time"
)

func TestJSONMakesTheSameCalendar(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night := []Span{{22 * time.Hour, 48 * time.Hour}}
	holiday := func(text string, parse func(string) (Holiday, error)) Holiday {
		h, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	for _, c := range []*Calendar{
		Weekdays(nil),
		New(berlin, Week{time.Monday: {{9 * time.Hour, 12 * time.Hour}, {13 * time.Hour, 17*time.Hour + 30*time.Minute}}, time.Saturday: night},
			holiday("2026-04-03", ParseHoliday), holiday("2026-08-01", ParseHoliday), holiday("12-25", ParseYearly), holiday("02-29", ParseYearly)),
	} {
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again Calendar
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		if again.String() != c.String() || again.week[time.Saturday] != nil && again.week[time.Saturday][0] != night[0] {
			t.Errorf("%s\n%s", c, &again)
		}
	}
	for _, bad := range []string{`[]`, `{"zone":"X/Y"}`, `{"week":{"someday":[[1,2]]}}`, `{"holidays":["soon"]}`, `{"yearly":["2026-01-01"]}`} {
		if err := json.Unmarshal([]byte(bad), new(Calendar)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
