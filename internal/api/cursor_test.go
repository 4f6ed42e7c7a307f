package api

import (
	"encoding/base64"
	"math"
	"testing"
)

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 2, 35, 36, 1 << 40, math.MaxInt64 - 1} {
		got, err := parseCursor(listIncidents, cursor{listIncidents, n}.String())
		if err != nil || got != n {
			t.Errorf("%d came back as %d, %v", n, got, err)
		}
	}
	if n, err := parseCursor(listIncidents, ""); n != 0 || err != nil {
		t.Errorf("no cursor = %d, %v", n, err)
	}
}

func TestCursorRefusals(t *testing.T) {
	t.Parallel()
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, text := range map[string]string{
		"garbage":        "!!!",
		"another list":   cursor{listTimeline, 5}.String(),
		"no place":       enc("incidents:"),
		"zero":           enc("incidents:0"),
		"negative":       enc("incidents:-5"),
		"a plus":         enc("incidents:+5"),
		"a leading zero": enc("incidents:05"),
		"capitals":       enc("incidents:A"),
		"padding":        cursor{listIncidents, 5}.String() + "=",
		"too large":      enc("incidents:zzzzzzzzzzzzzzzz"),
		"too long":       enc("incidents:" + string(make([]byte, 100))),
	} {
		if n, err := parseCursor(listIncidents, text); err == nil {
			t.Errorf("%s (%q) was taken as %d", name, text, n)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{listIncidents, 42}.String())
	f.Add("aW5jaWRlbnRzOjA")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseCursor(listIncidents, text)
		if err != nil || text == "" {
			return
		}
		// Whatever is accepted is a cursor we could have given out.
		if n <= 0 || (cursor{listIncidents, n}).String() != text {
			t.Errorf("%q was taken as %d", text, n)
		}
	})
}
