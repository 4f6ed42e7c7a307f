package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/nearest"
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

// parseSeverity reads what people write for --sev: a number for 1, SEV1, P1, and a text for what may be a name the
// daemon knows.
func parseSeverity(text string) (any, error) {
	word := strings.TrimSpace(text)
	signed := strings.Trim(word, "0123456789") // what a number leaves, -1 a sign
	if s, err := (ifsev.Severities{}).Parse(word); err == nil && signed != "-" {
		return int(s), nil
	}
	if signed == "" || signed == "-" {
		return nil, usagef("--sev %q is not known: write a number from 1 (the worst) to 5, or the name of a severity", text)
	}
	return text, nil
}

// oneOf says that a flag's value is none of those there are.
func oneOf[T ~string](flag, value string, known []T) error {
	if slices.Contains(known, T(value)) {
		return nil
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	hint := "it is " + nearest.List(words)
	if near, ok := nearest.Word(value, words); ok {
		hint = "did you mean " + near + "?"
	}
	return usagef("--%s %q is not known: %s", flag, value, hint)
}

// notEmpty refuses flags that are given with nothing in them, as those of a script are whose variable is not set.
func notEmpty(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(interface{ GetSlice() []string }); ok {
			values = list.GetSlice()
		}
		if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) == "" }) {
			return usagef("--%s is empty: give it a value, or leave it out", name)
		}
	}
	return nil
}

// written refuses an argument that says nothing.
func written(name, text string) error {
	if strings.TrimSpace(text) == "" {
		return usagef("%s is empty", name)
	}
	return nil
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
