package state

import (
	"testing"
	"time"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 4, 28, 19, 405_000_001, time.UTC)
	ordered := []Place{{}, {Created: at, Seq: 7}, {Created: at, Seq: 8}, {Created: at, Partition: 3, Seq: 1}, {Created: at.Add(1)}}
	for i, p := range ordered {
		for j, q := range ordered {
			if got := p.Compare(q); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%v and %v: %d", p, q, got)
			}
		}
		if i == 0 {
			continue // before all, and never written
		}
		if again, err := ParsePlace(p.String()); err != nil || again != p {
			t.Errorf("%v came back as %v, %v", p, again, err)
		}
	}
}

func TestNoPlaces(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1", "1.2", "1.2.3.4", "x!.1.1", "1.-1.1", "1.zzz.1", "+1.1.1", "01.1.1", "A.1.1", "zzzzzzzzzzzzzzz.1.1"} {
		if p, err := ParsePlace(text); err == nil {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
}
