package calendar

import (
	"testing"
	"time"
)

func TestLongest(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	office := []Span{{9 * h, 12 * h}, {13 * h, 17*h + 30*time.Minute}}
	whole, night := []Span{{0, 24 * h}}, []Span{{22 * h, 30 * h}}
	for name, c := range map[string]struct {
		week Week
		want time.Duration
		ends bool
	}{
		"with a break":            {Week{time.Monday: office}, 4*h + 30*time.Minute, true},
		"past midnight":           {Week{time.Friday: night}, 8 * h, true},
		"into the next day":       {Week{time.Friday: night, time.Saturday: {{6 * h, 10 * h}}}, 12 * h, true},
		"over the week's end":     {Week{time.Saturday: whole, time.Sunday: whole, time.Monday: {{0, h}}}, 49 * h, true},
		"all weekdays":            {Week{time.Monday: whole, time.Tuesday: whole, time.Wednesday: whole, time.Thursday: whole, time.Friday: whole}, 120 * h, true},
		"always":                  {Week{whole, whole, whole, whole, whole, whole, whole}, 14 * 24 * h, false},
		"always, but for an hour": {Week{whole, whole, whole, {{0, 23 * h}}, whole, whole, whole}, 167 * h, true},
	} {
		if got, ends := New(nil, c.week).Longest(); got != c.want || ends != c.ends {
			t.Errorf("%s: %s, %v", name, got, ends)
		}
	}
}
