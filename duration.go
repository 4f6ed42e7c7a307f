package ifsev

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Day and Week are the lengths that `1d` and `1w` stand for; a duration is elapsed time, so a day has 24 hours
// whatever the calendar says.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
)

var durationUnits = []struct {
	name string
	unit time.Duration
}{
	{"w", Week}, {"d", Day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// ParseDuration reads `90s`, `20m`, `1h30m`, `2d`, `1w`: whole numbers with the units ms, s, m (minutes), h, d and w,
// each followed directly by the next. The error says what was expected. Negative durations do not exist here.
func ParseDuration(s string) (time.Duration, error) {
	bad := fmt.Errorf("bad duration %q: write it like 90s, 20m, 1h30m, 2d or 1w", s)
	rest, total := s, time.Duration(0)
	for first := true; rest != "" || first; first = false {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil {
			return 0, bad
		}
		rest = rest[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"))
		unit, ok := durationUnit(rest[:letters])
		if !ok {
			return 0, bad
		}
		rest = rest[letters:]
		if n > int64((math.MaxInt64-total)/unit) {
			return 0, fmt.Errorf("duration %q is longer than 292 years: write a shorter one", s)
		}
		total += time.Duration(n) * unit
	}
	return total, nil
}

func durationUnit(name string) (time.Duration, bool) {
	for _, u := range durationUnits {
		if u.name == name {
			return u.unit, true
		}
	}
	return 0, false
}

// FormatDuration writes a duration as ParseDuration reads it, largest unit first, to the second above one minute and
// to the millisecond below; `0s` for nothing. Weeks are written as days, which is how people say them.
func FormatDuration(d time.Duration) string {
	if d < 0 {
		if d == math.MinInt64 {
			d++
		}
		return "-" + FormatDuration(-d)
	}
	grain := time.Millisecond
	if d >= time.Minute {
		grain = time.Second
	}
	d = d.Truncate(grain)
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range durationUnits[1:] {
		if n := d / u.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d %= u.unit
		}
	}
	return b.String()
}
