package ifsev_test

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestRotationHandsOverAtTheSameWallClock(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	r := ifsev.Rotation{People: []string{"alice", "bob"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, berlin), Every: ifsev.Week, Zone: berlin}
	for _, c := range []struct {
		at     time.Time
		person string
		until  time.Time
	}{
		{time.Date(2026, 1, 5, 8, 59, 59, 0, berlin), "", time.Date(2026, 1, 5, 9, 0, 0, 0, berlin)},
		{time.Date(2026, 1, 5, 9, 0, 0, 0, berlin), "alice", time.Date(2026, 1, 12, 9, 0, 0, 0, berlin)},
		{time.Date(2026, 1, 12, 9, 0, 0, 0, berlin), "bob", time.Date(2026, 1, 19, 9, 0, 0, 0, berlin)},
		// The clocks go forward on 29 March: that week is an hour shorter, the hand-over stays at nine.
		{time.Date(2026, 3, 30, 8, 59, 0, 0, berlin), "bob", time.Date(2026, 3, 30, 9, 0, 0, 0, berlin)},
		{time.Date(2026, 3, 30, 9, 0, 0, 0, berlin), "alice", time.Date(2026, 4, 6, 9, 0, 0, 0, berlin)},
		// And back on 25 October.
		{time.Date(2026, 10, 26, 8, 59, 0, 0, berlin), "bob", time.Date(2026, 10, 26, 9, 0, 0, 0, berlin)},
		{time.Date(2026, 10, 26, 9, 0, 0, 0, berlin), "alice", time.Date(2026, 11, 2, 9, 0, 0, 0, berlin)},
	} {
		person, until := r.OnCall(c.at)
		if person != c.person || !until.Equal(c.until) {
			t.Errorf("at %v: %q until %v, want %q until %v", c.at, person, until, c.person, c.until)
		}
	}
}

func TestRotationOverride(t *testing.T) {
	t.Parallel()
	day := func(d, h int) time.Time { return time.Date(2026, 1, d, h, 0, 0, 0, time.UTC) }
	r := ifsev.Rotation{
		People: []string{"alice"}, Start: day(1, 0), Every: ifsev.Day,
		Overrides: []ifsev.Override{{Person: "bob", From: day(3, 6), Until: day(3, 18)}, {Person: "carol", From: day(3, 12), Until: day(3, 14)}},
	}
	for _, c := range []struct {
		at, until time.Time
		person    string
	}{
		{day(3, 5), day(3, 6), "alice"}, {day(3, 6), day(3, 12), "bob"}, {day(3, 12), day(3, 14), "carol"},
		{day(3, 14), day(3, 18), "bob"}, {day(3, 18), day(4, 0), "alice"},
	} {
		if person, until := r.OnCall(c.at); person != c.person || !until.Equal(c.until) {
			t.Errorf("at %v: %q until %v, want %q until %v", c.at, person, until, c.person, c.until)
		}
	}
}

// Whoever is on call stays so until the instant OnCall names, and that instant is always ahead.
func TestRotationUntilIsExact(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Europe/Berlin"), zone(t, "America/New_York"), zone(t, "Australia/Lord_Howe"), time.UTC}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		start := time.Date(2026, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.SampledFrom([]int{0, 15, 30}).Draw(t, "minute"), 0, 0, loc)
		r := ifsev.Rotation{
			People: []string{"a", "b", "c"}, Start: start, Zone: loc,
			Every: time.Duration(rapid.IntRange(1, 400).Draw(t, "hours")) * time.Hour,
		}
		at := start.Add(time.Duration(rapid.Int64Range(0, int64(400*ifsev.Day)).Draw(t, "offset")))
		person, until := r.OnCall(at)
		if person == "" || !until.After(at) {
			t.Fatalf("at %v: %q until %v", at, person, until)
		}
		for _, probe := range []time.Time{until.Add(-1), at.Add(until.Sub(at) / 2)} {
			if p, u := r.OnCall(probe); p != person || !u.Equal(until) {
				t.Fatalf("at %v: %q until %v; at %v: %q until %v", at, person, until, probe, p, u)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	d := ifsev.Directory{
		People:    map[string]ifsev.Person{"alice": {}},
		Rotations: map[string]ifsev.Rotation{"database": {People: []string{"bob"}, Start: time.Unix(0, 0), Every: ifsev.Week}, "empty": {}},
		Roles:     []string{ifsev.RoleCommander},
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for target, want := range map[string]string{"alice": "alice", "database": "bob", "commander": "carol"} {
		if got, err := d.Resolve(target, map[string]string{"commander": "carol"}, now); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", target, got, err, want)
		}
	}
	for _, target := range []string{"empty", "nobody", "commander"} {
		if got, err := d.Resolve(target, nil, now); err == nil {
			t.Errorf("Resolve(%q) = %q, want an error", target, got)
		}
	}
	var none *ifsev.Directory
	if _, err := none.Resolve("x", nil, now); err == nil || !none.Empty() || none.Targets() != nil {
		t.Error("no directory at all: want an error and nothing in it")
	}
}
