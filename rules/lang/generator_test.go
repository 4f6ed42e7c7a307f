package lang

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// generator makes random conditions about one random incident, each with a func that computes it independently.
type generator struct {
	r        *rand.Rand
	zone     *time.Location
	start    time.Time
	until    time.Time // when it was closed, if it was
	unit     time.Duration
	most     int // units
	horizon  time.Duration
	calendar bool
	env      Env
	lets     int

	businesses []*bruteCalendar
}

// newGenerator is about seconds within two hours or, with the calendar, about minutes within four days.
func newGenerator(r *rand.Rand, in *time.Location, start time.Time, calendar bool) *generator {
	g := &generator{r: r, zone: in, start: start, unit: time.Second, most: 3600, horizon: 2 * time.Hour}
	if calendar {
		g.unit, g.most, g.horizon, g.calendar = time.Minute, 60*30, 96*time.Hour, true
	}
	g.env = testEnv()
	g.env["severity"] = 1 + r.IntN(5)
	g.env["declared_at"], g.env["__open_since"] = start, start
	g.env["severity_changed_at"] = g.someTime()
	g.env["deadline"], g.env["acknowledged_at"] = g.maybeTime(), g.maybeTime()
	g.env["updates"] = []any{g.someTime(), g.someTime(), g.someTime()}
	g.env["responders"] = []any{
		map[string]any{"role": "lead", "paged_at": g.maybeTime()},
		map[string]any{"role": "helper", "paged_at": g.maybeTime()},
	}
	if r.IntN(5) == 0 {
		g.until = g.someTime()
		g.env["__open_until"] = g.until
	}
	return g
}

func (g *generator) someTime() time.Time {
	return g.start.Add(time.Duration(g.r.IntN(g.most)) * g.unit)
}

func (g *generator) maybeTime() any {
	switch g.r.IntN(6) {
	case 0:
		return nil
	case 1:
		return time.Time{}
	}
	return g.someTime()
}

func pick[T any](g *generator, options ...T) T { return options[g.r.IntN(len(options))] }

type (
	boolAt func(time.Time) bool
	spanAt func(time.Time) (time.Duration, bool) // false is unset
	timeAt func(time.Time) (time.Time, bool)
)

func (g *generator) constant() (string, time.Duration) {
	d := time.Duration(2*(1+g.r.IntN(g.most/2))) * g.unit
	return ifsev.FormatDuration(d), d
}

func asTime(v any) (time.Time, bool) {
	t, ok := v.(time.Time)
	return t, ok && !t.IsZero()
}

func (g *generator) instant() (string, timeAt) {
	fixed := func(v any) timeAt { return func(time.Time) (time.Time, bool) { return asTime(v) } }
	switch g.r.IntN(6) {
	case 0:
		return "updates[1]", fixed(g.env["updates"].([]any)[1])
	case 1:
		return "responders[0].paged_at", fixed(g.env["responders"].([]any)[0].(map[string]any)["paged_at"])
	case 2:
		return "default(deadline, declared_at)", func(time.Time) (time.Time, bool) {
			if t, ok := asTime(g.env["deadline"]); ok {
				return t, true
			}
			return g.start, true
		}
	}
	name := pick(g, "declared_at", "severity_changed_at", "deadline", "acknowledged_at")
	return name, fixed(g.env[name])
}

// running is a duration that moves.
func (g *generator) running(depth int) (string, spanAt) {
	switch g.r.IntN(12) {
	case 0, 1:
		return g.since(false)
	case 2:
		return g.since(true)
	case 3:
		src, at := g.instant()
		return "(now - " + src + ")", func(now time.Time) (time.Duration, bool) {
			t, ok := at(now)
			return now.Sub(t), ok
		}
	case 4:
		return g.shifted()
	case 5:
		src, span := g.since(false)
		return pick(g, src+" * 2", "2 * "+src), func(now time.Time) (time.Duration, bool) {
			d, ok := span(now)
			return 2 * d, ok
		}
	case 6:
		if depth > 0 {
			return g.chosen(depth)
		}
	case 7:
		a, left := g.since(false)
		b, right := g.running(0)
		return "(" + a + " + " + b + ")", func(now time.Time) (time.Duration, bool) {
			x, ok := left(now)
			y, ok2 := right(now)
			return x + y, ok && ok2
		}
	case 8, 9:
		if len(g.businesses) > 0 {
			return g.businessSince()
		}
	case 10:
		if len(g.businesses) > 0 {
			return g.businessDifference()
		}
	}
	return "open_for", g.openFor
}

func (g *generator) openFor(now time.Time) (time.Duration, bool) {
	if !g.until.IsZero() {
		now = g.until
	}
	return now.Sub(g.start), true
}

func (g *generator) since(until bool) (string, spanAt) {
	src, at := g.instant()
	if until {
		return "until(" + src + ")", func(now time.Time) (time.Duration, bool) {
			t, ok := at(now)
			return t.Sub(now), ok
		}
	}
	return "since(" + src + ")", func(now time.Time) (time.Duration, bool) {
		t, ok := at(now)
		return now.Sub(t), ok
	}
}

func (g *generator) shifted() (string, spanAt) {
	src, span := g.running(0)
	text, d := g.constant()
	sign := pick(g, time.Duration(1), -1)
	op := map[time.Duration]string{1: " + ", -1: " - "}[sign]
	return "(" + src + op + text + ")", func(now time.Time) (time.Duration, bool) {
		x, ok := span(now)
		return x + sign*d, ok
	}
}

func (g *generator) chosen(depth int) (string, spanAt) {
	c, cond := g.condition(depth - 1)
	a, left := g.running(depth - 1)
	b, right := g.running(depth - 1)
	if g.r.IntN(3) == 0 {
		text, d := g.constant()
		b, right = text, func(time.Time) (time.Duration, bool) { return d, true }
	}
	return "(" + c + " ? " + a + " : " + b + ")", func(now time.Time) (time.Duration, bool) {
		if cond(now) {
			return left(now)
		}
		return right(now)
	}
}

func compareSpans(op string, a, b time.Duration) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

func (g *generator) op() string { return pick(g, "<", "<=", ">", ">=") }

func (g *generator) comparison(depth int) (string, boolAt) {
	a, left := g.running(depth)
	op := g.op()
	if g.r.IntN(4) == 0 {
		b, right := g.running(0)
		return a + " " + op + " " + b, func(now time.Time) bool {
			x, ok := left(now)
			y, ok2 := right(now)
			return ok && ok2 && compareSpans(op, x, y)
		}
	}
	text, d := g.constant()
	if g.r.IntN(4) == 0 {
		return text + " " + op + " " + a, func(now time.Time) bool {
			x, ok := left(now)
			return ok && compareSpans(op, d, x)
		}
	}
	return a + " " + op + " " + text, func(now time.Time) bool {
		x, ok := left(now)
		return ok && compareSpans(op, x, d)
	}
}

func (g *generator) atom(depth int) (string, boolAt) {
	switch g.r.IntN(9) {
	case 0:
		n := 1 + g.r.IntN(5)
		return fmt.Sprintf("severity == %d", n), func(time.Time) bool { return g.env["severity"] == n }
	case 1:
		src, at := g.instant()
		op := g.op()
		text, d := g.constant()
		return "now " + op + " " + src + " + " + text, func(now time.Time) bool {
			t, ok := at(now)
			return ok && compareSpans(op, now.Sub(t), d)
		}
	case 2:
		return g.loop()
	case 3:
		return g.counted()
	case 4, 5:
		if g.calendar {
			return g.calendarAtom()
		}
	}
	return g.comparison(depth)
}

func (g *generator) loop() (string, boolAt) {
	name, lead := pick(g, "any", "all", "none"), g.r.IntN(2) == 0
	op := g.op()
	text, d := g.constant()
	body := "since(.paged_at) " + op + " " + text
	if lead {
		body = `it.role == "lead" and ` + body
	}
	return name + "(responders, " + body + ")", func(now time.Time) bool {
		hits, of := 0, 0
		for _, e := range g.env["responders"].([]any) {
			r := e.(map[string]any)
			t, ok := asTime(r["paged_at"])
			of++
			if ok && compareSpans(op, now.Sub(t), d) && (!lead || r["role"] == "lead") {
				hits++
			}
		}
		return name == "any" && hits > 0 || name == "all" && hits == of || name == "none" && hits == 0
	}
}

func (g *generator) counted() (string, boolAt) {
	op, least := g.op(), g.r.IntN(4)
	text, d := g.constant()
	src := pick(g, "count(updates, now - # "+op+" "+text+")", "len(filter(updates, since(it) "+op+" "+text+"))")
	return fmt.Sprintf("%s >= %d", src, least), func(now time.Time) bool {
		n := 0
		for _, u := range g.env["updates"].([]any) {
			if compareSpans(op, now.Sub(u.(time.Time)), d) {
				n++
			}
		}
		return n >= least
	}
}

func (g *generator) calendarAtom() (string, boolAt) {
	switch g.r.IntN(5) {
	case 3, 4:
		if len(g.businesses) > 0 {
			return g.businessAtom()
		}
	case 0:
		h, op := g.r.IntN(24), g.op()
		return fmt.Sprintf("hour() %s %d", op, h), func(now time.Time) bool {
			return compareSpans(op, time.Duration(now.In(g.zone).Hour()), time.Duration(h))
		}
	case 1:
		days := pick(g, []string{"sat", "sun"}, []string{"mon"}, []string{"tue", "wed", "sun"})
		return "weekday() in [" + quoteAll(days) + "]", func(now time.Time) bool {
			return slices.Contains(days, strings.ToLower(now.In(g.zone).Weekday().String()[:3]))
		}
	}
	from, to := g.clock(), g.clock()
	if from == to {
		to = "24:00"
	}
	return fmt.Sprintf("between(%q, %q)", from, to), func(now time.Time) bool {
		at := now.In(g.zone).Format("15:04")
		if from < to {
			return from <= at && at < to
		}
		return at >= from || at < to
	}
}

func (g *generator) clock() string {
	return fmt.Sprintf("%02d:%02d", g.r.IntN(24), g.r.IntN(60))
}

func (g *generator) condition(depth int) (string, boolAt) {
	if depth <= 0 {
		return g.atom(0)
	}
	switch g.r.IntN(8) {
	case 0, 1, 2, 3:
		a, left := g.condition(depth - 1)
		b, right := g.condition(depth - 1)
		if g.r.IntN(2) == 0 {
			return "(" + a + " and " + b + ")", func(now time.Time) bool { return left(now) && right(now) }
		}
		return "(" + a + " or " + b + ")", func(now time.Time) bool { return left(now) || right(now) }
	case 4:
		a, value := g.condition(depth - 1)
		return "not (" + a + ")", func(now time.Time) bool { return !value(now) }
	case 5:
		a, cond := g.condition(depth - 1)
		b, left := g.condition(depth - 1)
		c, right := g.condition(depth - 1)
		return "(" + a + " ? " + b + " : " + c + ")", func(now time.Time) bool { return cond(now) && left(now) || !cond(now) && right(now) }
	case 6:
		return g.let(depth)
	}
	return g.atom(depth)
}

func (g *generator) let(depth int) (string, boolAt) {
	g.lets++
	name := fmt.Sprintf("v%d", g.lets)
	src, span := g.running(depth - 1)
	op, op2 := g.op(), g.op()
	text, d := g.constant()
	text2, d2 := g.constant()
	src = fmt.Sprintf("(let %s = %s; %s %s %s or %s %s %s)", name, src, name, op, text, text2, op2, name)
	return src, func(now time.Time) bool {
		x, ok := span(now)
		return ok && (compareSpans(op, x, d) || compareSpans(op2, d2, x))
	}
}
