package ifsev_test

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0s": 0, "90s": 90 * time.Second, "20m": 20 * time.Minute, "1h30m": 90 * time.Minute, "2d": 48 * time.Hour,
		"1w": 7 * 24 * time.Hour, "250ms": 250 * time.Millisecond, "1w2d3h4m5s6ms": 9*24*time.Hour + 3*time.Hour + 4*time.Minute + 5*time.Second + 6*time.Millisecond,
	} {
		if got, err := ifsev.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "20", "m", "20 m", "-5m", "1.5h", "5 minutes", "5min", "1y", "20m30", "99999999999999999999s", "300000w", "９m"} {
		if got, err := ifsev.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s": 0, "1ms": time.Millisecond, "20m": 20 * time.Minute, "1h30m": 90 * time.Minute, "8d": 8 * 24 * time.Hour, "-5m": -5 * time.Minute,
		"12m30s": 12*time.Minute + 30*time.Second + 400*time.Millisecond,
	} {
		if got := ifsev.FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestDurationsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(200*365*ifsev.Day)/int64(time.Second)).Draw(t, "seconds")) * time.Second
		got, err := ifsev.ParseDuration(ifsev.FormatDuration(d))
		if err != nil || got != d {
			t.Fatalf("%v came back as %v, %v", d, got, err)
		}
	})
}
