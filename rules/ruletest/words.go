package ruletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

func quoted(s string) string { return `"` + s + `"` }

// orList writes a list for a message: a, b or c.
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// nearest suggests a known name; failing that the whole list, if it is short, or what to do.
func nearest(name string, known []string, otherwise string) string {
	if near, ok := strictyaml.Nearest(name, known); ok {
		return "did you mean " + near + "?"
	}
	if otherwise == "" && len(known) > 0 && len(known) <= 12 {
		return "it may be " + orList(known)
	}
	return otherwise
}

// since writes an instant as tests write it: how long after the start.
func since(start, at time.Time) string {
	d := at.Sub(start)
	text := ifsev.FormatDuration(d)
	if whole, err := ifsev.ParseDuration(text); err == nil && whole != d {
		return text + "+" // just after: a strict comparison becomes true one nanosecond later
	}
	return text
}

// show writes a value for people, on one line.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return quoted(oneLine(v))
	case time.Time:
		if v.IsZero() {
			return "nothing"
		}
		return v.UTC().Format(time.RFC3339)
	case []string:
		if len(v) == 0 {
			return "none"
		}
		return "[" + strings.Join(v, ", ") + "]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

const longLine = 200

// oneLine makes a text fit for one line of a report.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > longLine {
		return string(r[:longLine-1]) + "…"
	}
	return s
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}
