package ifsev_test

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	r := ifsev.Retry{Min: time.Second, Max: 5 * time.Second}
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 1_000_000: 5 * time.Second} {
		if got := r.Backoff(n); got != want {
			t.Errorf("after attempt %d: %s, want %s", n, got, want)
		}
	}
	if got := (ifsev.Retry{Min: time.Hour, Max: time.Minute}).Backoff(1); got != time.Minute {
		t.Errorf("max is not the most: %s", got)
	}
}
