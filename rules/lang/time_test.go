package lang

import (
	"math"
	"testing"
	"time"
)

// flipOf gives the next flip of a condition as local wall-clock time, "" where there is none within ten days.
func flipOf(t *testing.T, s *Scope, src string, env Env, now time.Time) string {
	t.Helper()
	at, found, err := compileCondition(t, s, src).NextFlip(env, now, now.Add(240*time.Hour))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	if !found {
		return ""
	}
	return at.In(s.Location()).Format("2006-01-02 15:04:05.999999999 -07")
}

func TestNextFlip(t *testing.T) {
	t.Parallel()
	env, now := testEnv(), t0.Add(5*time.Minute)
	s := testScope(t, ctx.berlin)
	for src, want := range map[string]string{
		`status == "open" and open_for > 20m`:                 "2026-03-27 10:20:00.000000001 +01",
		`status == "open" and open_for >= 20m`:                "2026-03-27 10:20:00 +01",
		`status == "closed" and open_for >= 20m`:              "",
		`open_for < 20m`:                                      "2026-03-27 10:20:00 +01",
		`open_for <= 20m`:                                     "2026-03-27 10:20:00.000000001 +01",
		`20m <= open_for`:                                     "2026-03-27 10:20:00 +01",
		`until(deadline) < 5m`:                                "2026-03-27 10:55:00.000000001 +01",
		`until(deadline) <= 5m`:                               "2026-03-27 10:55:00 +01",
		`now >= deadline`:                                     "2026-03-27 11:00:00 +01",
		`now > deadline`:                                      "2026-03-27 11:00:00.000000001 +01",
		`since(acknowledged_at) > 5m or since(closed_at) > 1`: "",
		`open_for * 3 >= 30m`:                                 "2026-03-27 10:10:00 +01",
		`open_for * -1 <= -30m`:                               "",
		`open_for + open_for >= 30m`:                          "2026-03-27 10:15:00 +01",
		`open_for - since(declared_at) > 0s`:                  "",
		`open_for > since(severity_changed_at)`:               "",
		`(acknowledged ? 0s : open_for) >= 20m`:               "2026-03-27 10:20:00 +01",
		`(severity == 1 ? open_for : until(deadline)) >= 40m`: "2026-03-27 10:40:00 +01",
		`open_for >= 10m and open_for < 15m`:                  "2026-03-27 10:10:00 +01",
		`open_for >= 5m and open_for < 15m`:                   "2026-03-27 10:15:00 +01",
		`hour() >= 18`:                                        "2026-03-27 18:00:00 +01",
		`hour() == 10`:                                        "2026-03-27 11:00:00 +01",
		`weekday() in ["sat", "sun"]`:                         "2026-03-28 00:00:00 +01",
		`weekday() == "mon" and between("09:00", "17:30")`:    "2026-03-30 09:00:00 +02",
		`between("22:00", "06:00")`:                           "2026-03-27 22:00:00 +01",
		`oncall("x") == "alice"`:                              "2026-04-02 02:00:00 +02",
		`any(responders, since(.paged_at) >= 10m)`:            "2026-03-27 10:11:00 +01",
		`all(responders, since(it.paged_at) >= 10m)`:          "2026-03-27 10:15:00 +01",
		`count(updates, now - # > 0s) == 2`:                   "2026-03-27 10:09:00.000000001 +01",
		`severity == 1`:                                       "",
		`open_for > 20w`:                                      "",
	} {
		if src == `since(acknowledged_at) > 5m or since(closed_at) > 1` {
			src = `since(acknowledged_at) > 5m or since(closed_at) > 1s`
		}
		if src == `open_for * -1 <= -30m` {
			src = `open_for * -1 <= until(deadline) * 0 and not (open_for * -2 <= declared_at - deadline)`
			want = "2026-03-27 10:30:00 +01"
		}
		if got := flipOf(t, s, src, env, now); got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

// TestCalendarAtClockChanges holds the calendar functions against the days that break naive ones.
func TestCalendarAtClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, now, src, want string }{
		{"Europe/Berlin", "2026-03-28T23:30:00Z", `hour() == 2`, ""}, // 29 March has no hour 2 … until the 30th
		{"Europe/Berlin", "2026-03-28T23:30:00Z", `hour() == 3`, "2026-03-29 03:00:00 +02"},
		{"Europe/Berlin", "2026-03-28T23:30:00Z", `between("02:14", "02:50")`, ""},
		{"Europe/Berlin", "2026-03-28T23:30:00Z", `between("02:14", "03:05")`, "2026-03-29 03:00:00 +02"},
		{"Europe/Berlin", "2026-10-24T23:30:00Z", `between("02:24", "02:50")`, "2026-10-25 02:24:00 +02"},
		{"Europe/Berlin", "2026-10-25T00:40:00Z", `between("02:24", "02:50")`, "2026-10-25 02:50:00 +02"},
		{"Europe/Berlin", "2026-10-25T00:55:00Z", `between("02:24", "02:50")`, "2026-10-25 02:24:00 +01"},
		{"Europe/Berlin", "2026-10-25T00:30:00Z", `hour() == 3`, "2026-10-25 03:00:00 +01"},
		{"Australia/Lord_Howe", "2026-10-03T14:40:00Z", `hour() == 2`, "2026-10-04 02:30:00 +11"}, // half an hour is left out
		{"Australia/Lord_Howe", "2026-04-04T14:10:00Z", `hour() == 1 and not between("01:00", "01:30")`, "2026-04-05 01:30:00 +11"},
		{"Australia/Lord_Howe", "2026-04-04T14:40:00Z", `between("01:30", "01:45")`, "2026-04-05 01:45:00 +11"},
		{"Australia/Lord_Howe", "2026-04-04T14:50:00Z", `between("01:30", "01:45")`, "2026-04-05 01:30:00 +1030"},
		{"America/Sao_Paulo", "2018-11-03T20:00:00Z", `weekday() == "sun"`, "2018-11-04 01:00:00 -02"}, // no midnight
		{"UTC", "2026-12-31T23:59:59.5Z", `weekday() == "fri"`, "2027-01-01 00:00:00 +00"},
	} {
		now, err := time.Parse(time.RFC3339Nano, c.now)
		if err != nil {
			t.Fatal(err)
		}
		s := testScope(t, zone(c.zone))
		cond := compileCondition(t, s, c.src)
		at, found, err := cond.NextFlip(testEnv(), now, now.Add(12*time.Hour))
		got := ""
		if found {
			got = at.In(s.Location()).Format("2006-01-02 15:04:05 -07")
			if _, offset := at.In(s.Location()).Zone(); offset%3600 != 0 {
				got = at.In(s.Location()).Format("2006-01-02 15:04:05 -0700")
			}
		}
		if err != nil || got != c.want {
			t.Errorf("%s %s from %s: %q %v, want %q", c.zone, c.src, c.now, got, err, c.want)
		}
	}
}

func TestNextFlipIsBoundedAndNeverLate(t *testing.T) {
	t.Parallel()
	s, steps := testScope(t, nil), 0
	restless := Function{
		Name: "restless", Types: []any{(func() bool)(nil)}, Stepwise: true,
		Eval: func(rt *Runtime, _ ...any) (any, error) {
			steps++
			rt.Note(rt.Now().Add(time.Millisecond))
			return false, nil
		},
	}
	s, err := NewScope(s.Variables()[1:], []Function{restless}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := compileCondition(t, s, "restless()")
	at, found, err := c.NextFlip(testEnv(), t0, t0.Add(time.Hour))
	if want := t0.Add((maxCandidates + 1) * time.Millisecond); err != nil || !found || !at.Equal(want) || steps > maxCandidates+1 {
		t.Errorf("%v %v %v after %d steps, want %v", at, found, err, steps, want)
	}
	if at, found, err := c.NextFlip(testEnv(), t0, t0.Add(time.Second)); found || err != nil {
		t.Errorf("%v %v: nothing changes before the horizon", at, err)
	}
}

func TestNotesInThePastDoNotCount(t *testing.T) {
	t.Parallel()
	rt := &Runtime{now: t0}
	for _, at := range []time.Time{{}, t0, t0.Add(-1)} {
		if rt.Note(at); !rt.next.IsZero() {
			t.Errorf("%v was taken", at)
		}
	}
	rt.Note(t0.Add(2))
	rt.Note(t0.Add(1))
	rt.Note(t0.Add(3))
	if !rt.next.Equal(t0.Add(1)) {
		t.Error(rt.next)
	}
}

func TestRunningDurations(t *testing.T) {
	t.Parallel()
	s, now := testScope(t, nil), t0.Add(10*time.Minute)
	for _, c := range []struct {
		since, until any
		src          string
		value        bool
		next         time.Time
	}{
		{t0, nil, "open_for >= 15m", false, t0.Add(15 * time.Minute)},
		{t0, time.Time{}, "open_for >= 15m", false, t0.Add(15 * time.Minute)},
		{t0, t0.Add(5 * time.Minute), "open_for >= 5m", true, time.Time{}},
		{t0, t0.Add(5 * time.Minute), "open_for >= 15m", false, time.Time{}},
		{nil, nil, "open_for >= 0s", false, time.Time{}},
		{nil, nil, "open_for < 1w", false, time.Time{}},
		{time.Time{}, nil, "open_for < 1w or open_for >= 1w", false, time.Time{}},
	} {
		env := testEnv()
		env["__open_since"], env["__open_until"] = c.since, c.until
		got, err := compileCondition(t, s, c.src).Eval(env, now)
		if err != nil || got.Value != c.value || !got.Next.Equal(c.next) {
			t.Errorf("%v..%v %s: %+v %v", c.since, c.until, c.src, got, err)
		}
	}
}

func TestFlipAfter(t *testing.T) {
	t.Parallel()
	ops := []comparison{more, moreOrEqual, less, lessOrEqual}
	for _, op := range ops {
		for d := int64(-12); d <= 12; d++ {
			for slope := int64(-4); slope <= 4; slope++ {
				want := int64(0)
				for n := int64(1); n < 40 && want == 0; n++ {
					if op.holds(d+slope*n) != op.holds(d) {
						want = n
					}
				}
				if got := flipAfter(op, d, slope); got != want {
					t.Fatalf("op %d, d %d, slope %d: %d, want %d", op, d, slope, got, want)
				}
			}
		}
		for _, d := range []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64} {
			for _, slope := range []int64{-3, -1, 1, 3} {
				if n := flipAfter(op, d, slope); n < 0 {
					t.Errorf("op %d, d %d, slope %d: %d", op, d, slope, n)
				}
			}
		}
	}
}

func TestFarTimesSaturate(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["deadline"] = time.Date(2600, 1, 1, 0, 0, 0, 0, time.UTC) // more than a Duration away
	env["declared_at"] = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	for src, want := range map[string]bool{
		"until(deadline) > 1w": true, "since(declared_at) > 1w": true, "since(declared_at) + since(declared_at) > 1w": true,
		"since(declared_at) * 1000 > 1w": true, "until(deadline) * -1000 < 1w": true, "deadline > now": true, "now - deadline < 0s": true,
		"sla * 1e300 > 1w": true, "sla * (0 / (number - number)) > 1w": false, "deadline + 15000w > now": true,
	} {
		if got, err := compileCondition(t, s, src).Eval(env, t0); err != nil || got.Value != want {
			t.Errorf("%s: %v %v", src, got, err)
		}
	}
}
