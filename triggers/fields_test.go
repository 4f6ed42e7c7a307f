package triggers

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
)

func TestFieldsHaveTheirTypes(t *testing.T) {
	t.Parallel()
	noonText := "2026-11-23T12:00:00Z"
	for _, c := range []struct {
		kind ifsev.ValueType
		in   any
		want any // an error's text where it does not fit
	}{
		{"string", "eu", "eu"}, {"string", 7, "7"}, {"string", true, "true"}, {"string", json.Number("12345678901234567890"), "12345678901234567890"},
		{"string", []any{}, "want text, got a list"},
		{"int", 7, 7}, {"int", 7.0, 7}, {"int", "7", 7}, {"int", " 7 ", 7}, {"int", "seven", `want a whole number, got "seven"`},
		{"int", 7.5, "want a whole number, got a number"}, {"int", "7.5", "want a whole number, got a number"}, {"int", true, "want a whole number, got true or false"},
		{"int", json.Number("12345678901234567890"), "want a whole number, got a number"}, {"int", `"7"`, "want a whole number, got text"},
		{"number", 7, 7}, {"number", "7.5", 7.5}, {"number", map[string]any{}, "want a number, got an object"},
		{"bool", true, true}, {"bool", "False", false}, {"bool", "1", true}, {"bool", 0, false}, {"bool", "maybe", "want true or false, got text"},
		{"time", noonText, noonText}, {"time", noon, noonText}, {"time", int(noon.Unix()), noonText}, {"time", "noon", `want a time such as 2026-01-02T15:04:05Z or epoch seconds, got "noon"`},
		{"duration", "90m", "1h30m"}, {"duration", 90, "1m30s"}, {"duration", 20 * time.Minute, "20m"}, {"duration", "soon", `bad duration "soon": write it like 90s, 20m, 1h30m, 2d or 1w`},
		{"duration", -1, "want a duration such as 20m, got a number"}, {"duration", math.MaxInt, "want a duration such as 20m, got a number"},
		{"strings", []any{"a", 1}, []string{"a", "1"}}, {"strings", "a, b", []string{"a", "b"}}, {"strings", 1, "want a list of texts, got a number"},
		{"any", map[string]any{"a": 1}, map[string]any{"a": 1}}, {"any", time.Hour, "1h"},
	} {
		got, err := toField(ifsev.FieldSpec{Type: c.kind}, c.in)
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %v: %s", c.kind, c.in, diff)
		}
	}
}

func TestFieldsThatDoNotFitAreLeftOut(t *testing.T) {
	t.Parallel()
	d := decoder(t, "json", Options{
		Map: paths(map[string]string{
			"title": "item.t", "description": "item.d", "fields.region": "item.region", "fields.count": "item.count", "fields.blob": "item.blob",
			"fields.zones": "item.zones",
		}),
		Fields: []ifsev.FieldSpec{
			{Name: "region", Type: "string", Values: []string{"eu", "us"}}, {Name: "count", Type: "int"}, {Name: "blob", Type: "any"},
			{Name: "zones", Type: "strings", Values: []string{"a", "b"}},
		},
	})
	a := decode(t, d, `{"t":"x","d":"why","region":"ap","count":"3","blob":"`+strings.Repeat("x", ifsev.MaxFieldsBytes)+`","zones":["a","c"]}`)[0]
	if a.Reason != "" {
		t.Fatalf("an alert is not lost for a field: %s", a.Reason)
	}
	if diff := cmp.Diff(ifsev.Data{"count": 3}, a.Alert.Fields); diff != "" {
		t.Error(diff)
	}
	want := "why\n\nThe field blob was left out: the fields hold more than 65536 bytes.\n" +
		"The field region was left out: want eu, us, got \"ap\".\nThe field zones was left out: want a, b, got \"c\"."
	if diff := cmp.Diff(want, a.Alert.Description); diff != "" {
		t.Error(diff)
	}
}
