package lang

import (
	"testing"
	"time"
)

func TestUsesTime(t *testing.T) {
	t.Parallel()
	s, err := NewScope([]Variable{{Name: "at", Type: Time}, {Name: "n", Type: Int}}, nil, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]bool{
		"n > 1": false, "since(at) > 5m": true, "until(at) < 5m": true, "now > at": true, "hour() > 8": true, "n == 1 and between('09:00', '17:00')": true,
	} {
		c, err := s.Condition(source)
		if err != nil {
			t.Fatal(err)
		}
		if c.UsesTime() != want {
			t.Errorf("%s: UsesTime is %v", source, c.UsesTime())
		}
	}
}
