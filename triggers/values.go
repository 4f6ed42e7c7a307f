package triggers

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// describe says what kind of value it is, for a reason people read; it never shows the value.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case string:
		return "text"
	case []any, []string:
		return "a list"
	case map[string]any:
		return "an object"
	case int, float64, json.Number:
		return "a number"
	}
	return fmt.Sprintf("%T", v)
}

// toText accepts text, numbers and booleans; nothing is "".
func toText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case fmt.Stringer: // json.Number, times and durations
		return v.String(), nil
	}
	return "", fmt.Errorf("want text, got %s", describe(v))
}

// errNothing means that there is nothing to be read, which by itself is no mistake.
var errNothing = errors.New("it gave nothing")

func needText(v any) (string, error) {
	s, err := toText(v)
	if err == nil && strings.TrimSpace(s) == "" {
		err = errNothing
	}
	return s, err
}

// toStatus accepts the words tools use, and true for firing.
func toStatus(v any) (ifsev.AlertStatus, error) {
	if firing, ok := v.(bool); ok {
		if firing {
			return ifsev.AlertIsFiring, nil
		}
		return ifsev.AlertIsResolved, nil
	}
	word, err := needText(v)
	if err != nil {
		return "", err
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "firing", "fired", "alerting", "alert", "alarm", "trigger", "triggered", "problem", "down", "open", "opened", "new",
		"created", "active", "activated", "acknowledged", "critical", "error", "warning", "fail", "failed", "failing", "failure",
		"unhealthy":
		return ifsev.AlertIsFiring, nil
	case "resolved", "resolve", "ok", "okay", "up", "close", "closed", "recovery", "recovered", "normal", "inactive", "healthy",
		"success", "passing", "passed", "clear", "cleared", "done", "fixed":
		return ifsev.AlertIsResolved, nil
	}
	return "", fmt.Errorf("the status %q is not known: write an expression that gives firing or resolved", clip(word, 40))
}

// toSeverity accepts 1 to 5, the configured names, and the words tools use; a word nobody knows and any other number
// mean 3, because an alert is not lost for it.
func toSeverity(v any, scheme ifsev.Severities) (ifsev.Severity, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		return severityWord(v, scheme), nil
	case int:
		return severityNumber(float64(v)), nil
	case float64:
		return severityNumber(v), nil
	case json.Number: // larger than any
		return severityNumber(math.Inf(1)), nil
	}
	return 0, fmt.Errorf("want a severity from 1 (the worst) to 5, or a word, got %s", describe(v))
}

func severityNumber(n float64) ifsev.Severity {
	if n != math.Trunc(n) || n < 1 || n > 5 {
		return 3
	}
	return ifsev.Severity(n)
}

func severityWord(word string, scheme ifsev.Severities) ifsev.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical", "crit", "page", "emergency", "emerg", "fatal", "disaster", "p0", "sev0":
		return 1
	case "error", "err", "major", "high":
		return 2
	case "warning", "warn", "minor", "average", "medium", "moderate":
		return 3
	case "low":
		return 4
	case "info", "information", "informational", "notice", "debug", "none":
		return 5
	}
	if s, err := scheme.Parse(word); err == nil {
		return s
	}
	return 3
}

// toTags accepts a list, or a text with commas or blanks between. Beside an error it answers what fitted of a list.
func toTags(v any) (tags []string, err error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return splitTags(v), nil
	case []string:
		return v, nil
	case []any:
		tags = make([]string, 0, len(v))
		for _, one := range v {
			tag, bad := toText(one)
			if bad != nil {
				err = fmt.Errorf("want a list of texts, with %s in it", describe(one))
				continue
			}
			tags = append(tags, tag)
		}
		return tags, err
	}
	return nil, fmt.Errorf("want a list of texts, got %s", describe(v))
}

func splitTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' })
}

// toTime accepts RFC 3339, `2006-01-02 15:04:05` (UTC), and epoch seconds, milliseconds, microseconds or nanoseconds;
// nothing, zero and the year 1 are no time.
func toTime(v any) (time.Time, error) {
	switch v := v.(type) {
	case nil:
		return time.Time{}, nil
	case time.Time:
		return v.UTC(), nil
	case int:
		return epoch(int64(v)), nil
	case float64:
		if math.IsNaN(v) || math.Abs(v) > 1e18 {
			return time.Time{}, errors.New("want a time, got a number that is none")
		}
		if math.Abs(v) < 1e11 {
			return epochFraction(v), nil
		}
		return epoch(int64(v)), nil
	case string:
		return parseTime(strings.TrimSpace(v))
	}
	return time.Time{}, fmt.Errorf("want a time, got %s", describe(v))
}

func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{
		time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700",
		"2006-01-02 15:04:05 -0700", time.RFC1123Z, time.RFC1123,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() <= 1 {
				return time.Time{}, nil
			}
			return t.UTC(), nil
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return epoch(n), nil
		}
		return toTime(f)
	}
	return time.Time{}, fmt.Errorf("want a time such as 2026-01-02T15:04:05Z or epoch seconds, got %q", clip(s, 40))
}

// epoch tells the unit by the size: seconds reach the year 5138 before they look like milliseconds.
func epoch(n int64) time.Time {
	size := n
	if size < 0 {
		size = -size
	}
	switch {
	case n == 0:
		return time.Time{}
	case size < 1e11:
		return time.Unix(n, 0).UTC()
	case size < 1e14:
		return time.UnixMilli(n).UTC()
	case size < 1e17:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

func epochFraction(f float64) time.Time {
	if f == 0 {
		return time.Time{}
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC()
}

// plainValue makes JSON of what an expression may give beside it.
func plainValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case time.Duration:
		return ifsev.FormatDuration(v)
	}
	return v
}
