package lang

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOneConditionManyGoroutines(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	sources := []string{
		`status == "open" and open_for >= 20m`,
		`any(responders, since(.paged_at) >= 20m) or hour() >= 18`,
		`major and title matches "(?i)data" and default(service, "x") == "x"`,
	}
	var wg sync.WaitGroup
	for _, src := range sources {
		c := compileCondition(t, s, src)
		for n := range 8 {
			wg.Go(func() {
				env := testEnv()
				env["severity"] = 1 + n%3
				for i := range 200 {
					now := t0.Add(time.Duration(i%60) * time.Minute)
					want, err := c.Eval(env, now)
					got, _, err2 := c.Trace(env, now)
					at, found, err3 := c.NextFlip(env, now, now.Add(time.Hour))
					if err != nil || err2 != nil || err3 != nil || got != want || found && !at.After(now) {
						t.Errorf("%s: %v %v %v %v %v", src, want, err, got, err2, err3)
						return
					}
				}
				if _, err := s.Condition(src + fmt.Sprintf(" and number > %d", n)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func TestReadsAndTime(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for src, want := range map[string]string{
		`severity == 1 and "x" in tags`:          "[severity tags] false",
		`fields.region == "eu"`:                  "[fields] false",
		`worse_than(3)`:                          "[severity] false",
		`major`:                                  "[severity status] false",
		`oncall_added("database")`:               "[oncalls] false",
		`open_for > 1m`:                          "[open_for] true",
		`since(declared_at) > 1m`:                "[declared_at] true",
		`now > declared_at`:                      "[declared_at] true",
		`hour() > 3`:                             "[] true",
		`oncall("x") == "bob"`:                   "[] true",
		`acknowledged_at < declared_at`:          "[acknowledged_at declared_at] false",
		`let a = severity; a == 1 and a + a < 9`: "[severity] false",
	} {
		c := compileCondition(t, s, src)
		if got := fmt.Sprint(c.Reads(), c.UsesTime()); got != want || c.Source() != src {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func TestEvaluationFailsInWords(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["fields"] = map[string]any{"region": 5, "due": "tomorrow", "vip": "yes"}
	env["event"] = map[string]any{"text": "a", "list": []any{1}, "at": t0}
	env["title"], env["acknowledged"] = 5, nil
	for src, want := range map[string]string{
		`explode()`:                                  "1:1: boom",
		`fields.due > now`:                           "1:12: this is not a time or a duration but text",
		`fields.vip and severity == 1`:               "1:8: this must be true or false, but it is text",
		`lower(fields.region) == "x"`:                "1:1: this must be text, but it is a number",
		`event.text + 1 > 2`:                         "this must be a number, but it is text",
		`event.text + event.text == "a"`:             "this must be a number, but it is text",
		`event.text > 3`:                             "text cannot be compared with a number",
		`any(event.text, true)`:                      "this must be a list, but it is text",
		`event.text.more == 1`:                       "text has no fields",
		`event.at.hour == 1`:                         "a time has no fields",
		`event.at > 20m`:                             "a time cannot be compared with a duration",
		`since(event.text) > 20m`:                    "not a time or a duration but text",
		`len(event.from) == 0 and len(severity) > 1`: "has no length",
		`acknowledged and true`:                      "1:14: a value here is unset, or of another type than was declared",
		`title contains "x"`:                         "",
	} {
		_, err := compileCondition(t, s, src).Eval(env, t0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}

func TestUnsetSpreads(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	empty := Env{} // nothing at all is set
	for _, src := range []string{
		`lower(service)`, `upper(slug(trim(service)))`, `fields.customers + 1`, `-fields.customers`, `fields.customers % (1 - 1)`, `5 % (1 - 1)`,
		`join(tags)`, `split(service, ",")`, `replace(service, "a", "b")`, `first(tags)`, `last(filter(tags, true))`, `tags[0]`, `tags[3]`,
		`find(responders, .name == "x").name`, `acknowledged_at + 1h`, `since(acknowledged_at) * 2`, `until(closed_at)`, `open_for`,
		`min(fields.customers)`, `max(fields.customers, nil)`, `abs(fields.customers)`, `int(service)`, `float("x")`, `round(fields.customers)`,
		`service[1:2]`, `tags[1:]`, `event.a.b["c"][1]`, `acknowledged_at - closed_at`, `commander | default(service)`,
	} {
		e, err := s.Expression(src, Any)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if v, err := e.Eval(empty, t0); err != nil || v != nil {
			t.Errorf("%s: %v %v", src, v, err)
		}
	}
	for _, src := range []string{
		`fields.customers > 1`, `fields.customers <= 1`, `service < "x"`, `service contains "a"`, `service startsWith "a"`, `service matches "a"`,
		`service in tags`, `"x" in tags`, `"x" in event`, `fields.due < now`, `fields.due >= now`, `fields.vip`, `service == ""`,
		`fields.customers == fields.customers`, `any(tags, true)`, `1 in event.list`, `not not fields.vip`, `len(tags) > 0`, `count(event.x) > 0`,
	} {
		if out, err := compileCondition(t, s, src).Eval(empty, t0); err != nil || out.Value {
			t.Errorf("%s: %v %v", src, out, err)
		}
	}
}

func TestPositionsInSeveralLines(t *testing.T) {
	t.Parallel()
	_, err := testScope(t, nil).Condition("severity == 1 and // größer\n  \"größe\" == title and\n\topen_fr > 1h30m")
	var e *Error
	if !errors.As(err, &e) || e.Line != 3 || e.Column != 2 || e.Length != 7 || e.Message != "unknown name open_fr" || e.Hint != "did you mean open_for?" {
		t.Errorf("%+v", err)
	}
}

func TestExpressionsGiveWhatIsWanted(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["event"] = map[string]any{"n": 3.0, "half": 3.5, "s": "x", "l": []any{1}}
	for _, c := range []struct {
		src  string
		want Type
		is   string
	}{
		{`severity`, Int, "1"}, {`severity`, Float, "1"}, {`title`, Int, "this must be a whole number, but title is text"},
		{`severity`, String, "this must be text, but severity is a whole number"}, {`tags`, List(String), "[database eu]"},
		{`tags`, String, "this must be text, but tags is a list"}, {`fields`, Map(), "map[region:eu]"}, {`title`, List(Any), "this must be a list"},
		{`event.n`, Int, "3"}, {`event.half`, Int, "1:1: this must be a whole number, but it is a number"}, {`event.s`, Int, "but it is text"},
		{`event.l`, String, "this must be text, but it is a list"}, {`event.none`, Int, "<nil>"}, {`open_for`, Duration, "20m0s"},
		{`event.s == "ok" ? "resolved" : "firing"`, String, "firing"}, {`event.n > 2 ? 1 : 3`, Int, "1"}, {`severity == 1`, Bool, "true"},
		{`severity <= 3`, nil, "true"}, {`now`, Time, "2026-03-27 09:20:00 +0000 UTC"}, {`default(event.zz, 4)`, Int, "4"},
	} {
		e, err := s.Expression(c.src, c.want)
		var v any
		if err == nil {
			v, err = e.Eval(env, t0.Add(20*time.Minute))
		}
		got := fmt.Sprint(v)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.is) {
			t.Errorf("%s as %v: %s, want %s", c.src, c.want, got, c.is)
		}
		if e != nil && e.Source() != c.src {
			t.Error(e.Source())
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"open", "mitigated", "closed", "severity", "status", "since"}
	for word, want := range map[string]string{
		"opne": "open", "Open": "open", "severty": "severity", "SEVERITY": "severity", "statu": "status", "sinse": "since",
		"xyz": "", "": "", "o": "", strings.Repeat("s", 100): "", "mitigate": "mitigated", "resolved": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
