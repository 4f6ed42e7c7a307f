package triggers

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

func TestSeverityWords(t *testing.T) {
	t.Parallel()
	scheme := ifsev.DefaultSeverities()
	scheme[4] = ifsev.SeverityInfo{Name: "DRILL"}
	for word, want := range map[any]ifsev.Severity{
		"critical": 1, "page": 1, "SEV1": 1, "P1": 1, "1": 1, "Disaster": 1, "error": 2, "major": 2, "high": 2, "2": 2, "sev-2": 2,
		"warning": 3, "minor": 3, "Average": 3, "3": 3, "low": 4, "P4": 4, "drill": 4, "info": 5, "none": 5, "INFO": 5,
		"whatever": 3, "": 3, 1: 1, 5: 5, 2.0: 2, nil: 0, "0": 3, 0: 3, 6: 3, -1: 3, 1.5: 3, math.MaxInt: 3, json.Number("99999999999999999999"): 3,
	} {
		if got, err := toSeverity(word, scheme); err != nil || got != want {
			t.Errorf("%v: got %d, %v, want %d", word, got, err, want)
		}
	}
	if got, err := toSeverity(math.NaN(), scheme); err != nil || got != 3 {
		t.Errorf("no number: %d, %v", got, err)
	}
	for _, bad := range []any{true, []any{1}, map[string]any{}} {
		if got, err := toSeverity(bad, scheme); err == nil {
			t.Errorf("%v was taken for %d", bad, got)
		}
	}
}

func TestStatusWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[any]ifsev.AlertStatus{
		"firing": "firing", " DOWN ": "firing", "ALARM": "firing", "PROBLEM": "firing", "triggered": "firing", "acknowledged": "firing", true: "firing",
		"resolved": "resolved", "OK": "resolved", "Up": "resolved", "closed": "resolved", "RECOVERY": "resolved", "normal": "resolved", false: "resolved",
	} {
		if got, err := toStatus(word); err != nil || got != want {
			t.Errorf("%v: got %q, %v, want %q", word, got, err, want)
		}
	}
	for _, bad := range []any{"", nil, "perhaps", 1, []any{}} {
		if got, err := toStatus(bad); err == nil {
			t.Errorf("%v was taken for %q", bad, got)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 22, 11, 26, 5, 0, time.UTC)
	for _, v := range []any{
		"2026-11-22T11:26:05Z", "2026-11-22T12:26:05+01:00", "2026-11-22 11:26:05", "2026-11-22T11:26:05", "2026-11-22T12:26:05+0100",
		"2026-11-22 12:26:05 +0100", int(want.Unix()), int(want.UnixMilli()), int(want.UnixMicro()), int(want.UnixNano()), float64(want.Unix()),
		"1795346765", "1795346765000", "1795346765.0", want, want.In(time.FixedZone("x", 3600)),
	} {
		if got, err := toTime(v); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%v: got %v, %v", v, got, err)
		}
	}
	for _, v := range []any{nil, "", 0, 0.0, "0", "0001-01-01T00:00:00Z", time.Time{}} {
		if got, err := toTime(v); err != nil || !got.IsZero() {
			t.Errorf("%v is no time: got %v, %v", v, got, err)
		}
	}
	if got, _ := toTime(1795346765.25); got.Nanosecond() != 250_000_000 {
		t.Errorf("fractions of a second are kept: %v", got)
	}
	for _, v := range []any{"soon", true, []any{}, math.NaN(), math.Inf(1), 1e300, json.Number("99999999999999999999")} {
		if got, err := toTime(v); err == nil {
			t.Errorf("%v was taken for %v", v, got)
		}
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   any
		want int
	}{{"a, b;c  d\n", 4}, {nil, 0}, {[]string{"a b"}, 1}, {[]any{"a", 1, true}, 3}} {
		if got, err := toTags(c.in); err != nil || len(got) != c.want {
			t.Errorf("%v: got %q, %v", c.in, got, err)
		}
	}
	for _, bad := range []any{1, map[string]any{}, []any{[]any{}}} {
		if _, err := toTags(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
