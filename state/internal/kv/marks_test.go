package kv

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
)

func item() state.OutboxItem {
	return state.OutboxItem{ID: "id", Destination: "destination", Action: "action", Rule: "rule", Body: []byte("body")}
}

func TestDay(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		at   time.Time
		want int64
	}{
		{midnight, day(midnight)}, {midnight.Add(-1), day(midnight) - 1}, {midnight.Add(bucket - 1), day(midnight)},
		{time.Unix(0, 0), 0}, {time.Unix(-1, 0), -1}, {time.Unix(-86400, 0), -1}, {time.Unix(-86401, 0), -2},
	} {
		if got := day(tc.at); got != tc.want {
			t.Errorf("day of %s: %d, want %d", tc.at, got, tc.want)
		}
	}
}
