package lang

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev/rules/calendar"
)

// businessScope knows one calendar, Monday to Friday from nine to half past five in Berlin without 30 March, and rules in
// another zone.
func businessScope(tb testing.TB) *Scope {
	tb.Helper()
	span, err := calendar.ParseSpan("09:00-17:30")
	if err != nil {
		tb.Fatal(err)
	}
	holiday, err := calendar.ParseHoliday("2026-03-30")
	if err != nil {
		tb.Fatal(err)
	}
	week := calendar.Week{}
	for d := time.Monday; d <= time.Friday; d++ {
		week[d] = []calendar.Span{span}
	}
	office := calendar.New(ctx.berlin, week, holiday)
	everyDay, err := calendar.ParseYearly("01-01..12-31")
	if err != nil {
		tb.Fatal(err)
	}
	calendars := map[string]*calendar.Calendar{"office": office, "closed": calendar.New(time.UTC, week, everyDay)}
	s, err := NewScope(incidentVariables(), append(testFunctions(), Business(calendars)...), nil, zone("America/New_York"))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestBusinessFlips(t *testing.T) {
	t.Parallel()
	s := businessScope(t)
	env := testEnv() // declared on Friday 27 March at ten in Berlin
	env["acknowledged_at"] = t0.Add(-time.Hour)
	for src, want := range map[string]string{
		`business_hours("office")`:                                                "2026-03-27 12:30:00 -04",
		`not business_hours("office")`:                                            "2026-03-27 12:30:00 -04",
		`business_time_since(declared_at, "office") >= 4h`:                        "2026-03-27 09:00:00 -04",
		`business_time_since(declared_at, "office") > 4h`:                         "2026-03-27 09:00:00.000000001 -04",
		`business_time_since(declared_at, "office") >= 7h30m`:                     "2026-03-27 12:30:00 -04",
		`business_time_since(declared_at, "office") > 7h30m`:                      "2026-03-31 03:00:00.000000001 -04",
		`business_time_since(declared_at, "office") >= 8h`:                        "2026-03-31 03:30:00 -04",
		`8h30m <= business_time_since(declared_at, "office") + 30m`:               "2026-03-31 03:30:00 -04",
		`business_time_since(declared_at, "office") * 2 >= 16h`:                   "2026-03-31 03:30:00 -04",
		`open_for - business_time_since(declared_at, "office") >= 1h`:             "2026-03-27 13:30:00 -04",
		`(let waited = business_time_since(declared_at, "office"); waited >= 8h)`: "2026-03-31 03:30:00 -04",
		`business_time_since(deadline, "office") >= 0s`:                           "2026-03-27 06:00:00 -04",
		`business_time_since(closed_at, "office") >= 1h`:                          "",
		`business_time_since(closed_at, "office") < 1h`:                           "",
		`now >= business_days_after(declared_at, 1, "office")`:                    "2026-03-31 04:00:00 -04",
		`now >= business_days_after(declared_at, 1)`:                              "2026-03-30 05:00:00 -04", // without a calendar the 30th counts
		`now < business_days_after(declared_at, 2, "office")`:                     "2026-04-01 04:00:00 -04",
		`now >= business_days_after(declared_at, count(updates, true), "office")`: "2026-04-01 04:00:00 -04",
		`now >= business_days_after(declared_at, -1, "office") + 30h`:             "2026-03-27 11:00:00 -04",
		`now >= business_days_after(closed_at, 1, "office")`:                      "",
		`declared_at < business_days_after(declared_at, 1, "office")`:             "",
		`any(updates, business_time_since(it, "office") >= 1h)`:                   "2026-03-27 06:02:00 -04",
	} {
		if got := flipOf(t, s, src, env, t0.Add(5*time.Minute)); got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

// What is unset stays unset, however it is asked for.
func TestBusinessOfUnsetTimes(t *testing.T) {
	t.Parallel()
	s, env := businessScope(t), testEnv()
	env["deadline"], env["fields"] = time.Time{}, map[string]any{}
	for _, src := range []string{
		`business_time_since(closed_at, "office")`, `business_time_since(deadline, "office")`, `business_days_after(closed_at, 1)`,
		`business_days_after(fields.due, 1, "office")`, `business_days_after(declared_at, fields.customers)`,
		`business_days_after(declared_at, number * 100)`, `business_days_after(declared_at, -number * 100, "office")`,
	} {
		e, err := s.Expression(src, nil)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if v, err := e.Eval(env, t0); err != nil || v != nil {
			t.Errorf("%s is %v, %v", src, v, err)
		}
		c := compileCondition(t, s, src+" == nil")
		if got, err := c.Eval(env, t0); err != nil || !got.Value {
			t.Errorf("%s == nil: %+v %v", src, got, err)
		}
	}
}

// In steps the values are plain ones.
func TestBusinessInExpressions(t *testing.T) {
	t.Parallel()
	s, env, now := businessScope(t), testEnv(), t0.Add(30*time.Hour)
	for src, want := range map[string]any{
		`business_hours("office")`:                             false,
		`business_time_since(declared_at, "office")`:           7*time.Hour + 30*time.Minute,
		`business_time_since(declared_at, "office") / 2`:       nil,
		`max(business_time_since(declared_at, "office"), 10h)`: 10 * time.Hour,
		`string(business_time_since(declared_at, "office"))`:   "7h30m",
		`business_time_since(now + 96h, "office")`:             -16*time.Hour - 30*time.Minute,
	} {
		e, err := s.Expression(src, nil)
		if want == nil {
			if err == nil {
				t.Errorf("%s compiles", src)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if v, err := e.Eval(env, now); err != nil || v != want {
			t.Errorf("%s is %v (%v), want %v", src, v, err, want)
		}
		if !e.UsesTime() {
			t.Errorf("%s does not use time", src)
		}
	}
	due, err := s.Expression(`business_days_after(now, 2, "office")`, Time)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := due.Eval(env, now); err != nil || !v.(time.Time).Equal(time.Date(2026, 4, 1, 14, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %v", v, err) // Saturday, 16:00 in Berlin, is two hours later there than on Wednesday
	}
}

func TestBusinessIsTraced(t *testing.T) {
	t.Parallel()
	c := compileCondition(t, businessScope(t), `business_hours("office") and business_time_since(declared_at, "office") >= 4h`)
	_, atoms, err := c.Trace(testEnv(), t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range atoms {
		got[a.Text] = a.Value
	}
	if got[`business_hours("office")`] != "true" || got[`business_time_since(declared_at, "office")`] != "1h" {
		t.Errorf("%v", got)
	}
	if !c.UsesTime() || len(c.Reads()) != 1 || c.Reads()[0] != "declared_at" {
		t.Errorf("%v %v", c.UsesTime(), c.Reads())
	}
}

// A list of old times costs more than a rule may.
func TestBusinessCostsFuel(t *testing.T) {
	t.Parallel()
	s, env := businessScope(t), testEnv()
	old := make([]any, 1000)
	for i := range old {
		old[i] = t0.AddDate(-30, 0, 0)
	}
	env["updates"] = old
	c := compileCondition(t, s, `any(updates, business_time_since(it, "office") < 1h)`)
	if _, err := c.Eval(env, t0); err == nil {
		t.Error("ten million days were counted")
	}
	never := compileCondition(t, s, `any(updates, business_days_after(it, 1, "closed") != nil)`)
	if _, err := never.Eval(env, t0); err == nil {
		t.Error("a thousand times a hundred years were looked through")
	}
	env["updates"] = old[:10]
	if got, err := c.Eval(env, t0); err != nil || got.Value {
		t.Errorf("%+v %v", got, err)
	}
}

// A year of business is counted in some ten microseconds; the next four hours are found over a night in a few more.
func BenchmarkBusiness(b *testing.B) {
	s, env := businessScope(b), testEnv()
	for name, c := range map[string]struct {
		src string
		now time.Time
	}{
		"hours":     {`business_hours("office")`, t0},
		"since day": {`business_time_since(declared_at, "office") >= 4h`, t0.Add(7 * time.Hour)},
		"since yr":  {`business_time_since(declared_at, "office") >= 4h`, t0.AddDate(1, 0, 0)},
		"after 2":   {`now >= business_days_after(declared_at, 2, "office")`, t0},
	} {
		cond := compileCondition(b, s, c.src)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := cond.NextFlip(env, c.now, c.now.AddDate(1, 0, 0)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
