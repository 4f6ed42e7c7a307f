package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// clock writes an instant for people, in their own time zone.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// age says how long ago something was, or how soon it will be, to the coarseness people want.
func age(t, now time.Time) string {
	d := now.Sub(t)
	if d < 0 {
		return "in " + coarse(-d)
	}
	return coarse(d) + " ago"
}

func coarse(d time.Duration) string {
	switch {
	case d < time.Minute:
		d = d.Round(time.Second)
	case d < time.Hour:
		d = d.Truncate(time.Second)
	case d < 48*time.Hour:
		d = d.Truncate(time.Minute)
	default:
		d = d.Truncate(time.Hour)
	}
	return ifsev.FormatDuration(d)
}

// parseSeverity reads what people write for --sev: 1, SEV1, P1.
func parseSeverity(text string) (int, error) {
	s, err := ifsev.Severities{}.Parse(text)
	if err != nil {
		return 0, usagef("--sev %q is not known: write a number from 1 (the worst) to 5", text)
	}
	return int(s), nil
}

// parsePairs reads name=value, several times.
func parsePairs(flag string, pairs []string) (map[string]any, error) {
	out := map[string]any{}
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usagef("--%s wants NAME=VALUE, not %q", flag, p)
		}
		out[name] = parseValue(value)
	}
	return out, nil
}

// parseValue reads a value as JSON has it where it is a number, true, false or null, and as text otherwise.
func parseValue(text string) any {
	v, err := ifsev.DecodeJSON([]byte(text))
	if err != nil {
		return text
	}
	switch v.(type) {
	case nil, bool, int, float64:
		return v
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
