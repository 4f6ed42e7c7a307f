package actions

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

// Whatever the header says, the wait is between nothing and an hour, and only a failure that may be over has one.
func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{1,30}`), rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9])?`),
			rapid.Custom(func(t *rapid.T) string {
				return noon().Add(time.Duration(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "ns"))).UTC().Format(http.TimeFormat)
			})).Draw(t, "header")
		status := rapid.IntRange(100, 999).Draw(t, "status")
		f := verdict(status, http.Header{"Retry-After": {text}}, noon())
		if (f == nil) != (status >= 200 && status < 300) {
			t.Fatalf("%d: %+v", status, f)
		}
		if f != nil && (f.RetryAfter < 0 || f.RetryAfter > retryAfterLimit || f.Permanent && f.RetryAfter != 0 || f.Reason == ifsev.ReasonNone) {
			t.Fatalf("%d with %q: %+v", status, text, f)
		}
	})
}

func TestExcerptCutsBetweenLetters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(3, 40).Draw(t, "limit")
		got := excerpt(text, limit)
		if len(got) > limit {
			t.Fatalf("%q has %d bytes, want at most %d", got, len(got), limit)
		}
		for _, r := range got {
			if r < ' ' || r == '\uFFFD' && !containsReplacement(text) {
				t.Fatalf("%q holds %q", got, r)
			}
		}
	})
}

func containsReplacement(s string) bool {
	for _, r := range s {
		if r == '\uFFFD' {
			return true
		}
	}
	return false
}
