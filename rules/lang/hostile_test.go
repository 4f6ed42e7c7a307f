package lang

import (
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What an author may write, by malice or by accident, must not stop the daemon: refused or stopped, soon and small.

const (
	soon  = slack * 250 * time.Millisecond // five times what is promised: tests share their machine
	small = 64 << 20
)

func rep(s string, n int) string { return strings.Repeat(s, n) }

// refused are sources that must not compile.
var refused = map[string]string{
	"a megabyte of (":           rep("(", 1<<20),
	"a megabyte of not":         rep("not ", 1<<18) + "true",
	"a megabyte of [":           rep("[", 1<<20),
	"a megabyte of -":           rep("-", 1<<20) + "1 == 1",
	"a megabyte of !":           rep("!", 1<<20) + "true",
	"a megabyte of ?":           rep("true ? true : ", 1<<16) + "true",
	"a megabyte of members":     "event" + rep(".a", 1<<19) + " == 1",
	"a megabyte of lets":        lets(1<<15, "let a%d = 1; ") + "true",
	"a megabyte of and":         rep("true and ", 1<<17) + "true",
	"a megabyte of spaces":      rep(" ", 1<<20) + "true",
	"a megabyte of text":        `"` + rep("a", 1<<20) + `" == title`,
	"4 KiB of (":                rep("(", 4095),
	"4 KiB of not":              rep("not ", 1023),
	"4 KiB of [":                rep("[", 4095),
	"4 KiB of {":                rep("{a:", 1365),
	"4 KiB of -":                rep("-", 4095),
	"4 KiB of - and spaces":     rep("- ", 2047),
	"4 KiB of ternaries":        rep("true?", 819),
	"4 KiB of else ternaries":   rep("true?true:", 409) + "true",
	"4 KiB of members":          "event" + rep(".a", 2045),
	"4 KiB of ?.":               "event" + rep("?.a", 1300),
	"4 KiB of indexes":          "event" + rep("[0]", 1300),
	"4 KiB of powers":           rep("2**", 1365) + "2 == 1",
	"4 KiB of ^":                rep("2^", 2040) + "2 == 1",
	"4 KiB of calls":            rep("lower(", 682),
	"4 KiB of max":              rep("max(1,", 682),
	"4 KiB of pipes":            "title" + rep("|lower()", 500) + ` == "a"`,
	"4 KiB of and":              rep("true and ", 450) + "true",
	"4 KiB of chained <":        rep("1<", 2040) + "1",
	"4 KiB of nested <":         rep("1<(", 1300),
	"4 KiB of lets":             lets(200, "let a%d = 1; ") + "true",
	"4 KiB of if":               rep("if true {1} else ", 230) + "{1}",
	"4 KiB of loops":            rep("any(tags,", 400),
	"doubling shared operands":  doubling(30, "(%s<1<%[1]s)", "1"),
	"doubling text":             lets0(27, `let a0 = "x"; `, "let a%d = a%d + a%[2]d; ") + "len(a27) > 1",
	"doubling lists":            lets0(27, `let a0 = [1]; `, "let a%d = [a%d, a%[2]d]; ") + "len(a27) > 1",
	"doubling maps":             lets0(27, `let a0 = {a: 1}; `, "let a%d = {a: a%d, b: a%[2]d}; ") + "a27 == a26",
	"doubling through map":      lets0(27, `let a0 = [1]; `, "let a%d = map([1, 2], a%d); ") + "len(a27) > 1",
	"joined text":               `title + title == ""`,
	"repeat":                    `len(repeat(repeat("x", 1000), 900000)) > 1`,
	"reduce":                    `reduce(1..1000000, #acc + 1) > 1`,
	"now()":                     `now() > declared_at`,
	"large regular expression":  `title matches "((a{0,100}){0,9}){0,1}b"`,
	"larger regular expression": `title matches "(((a{0,100}){0,100}){0,100}){0,100}b"`,
	"many classes":              `title matches "` + rep(`[\\p{L}\\p{N}]`, 290) + `"`,
	"classes":                   `title matches "` + rep(`[\\p{L}\\p{N}]`, 30) + `"`,
	"computed expression":       `title matches title`,
	"$env":                      `$env["__rt"] == nil`,
	"$env.x":                    `$env.__rt == nil`,
	"hidden names":              `__rt == nil`,
	"hidden functions":          `__pay(nil, 1)`,
	"a method":                  `declared_at.GobEncode() == nil`,
	"three loops":               `all(1..200, all(1..200, all(1..200, true)))`,
	"not UTF-8":                 "\xff\xfe == 1",
	"NUL":                       "\x00",
	"open text":                 `title == "abc`,
	"open comment":              `true /* `,
	"comment only":              `// true`,
}

func lets(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func lets0(n int, first, format string) string {
	var b strings.Builder
	b.WriteString(first)
	for i := range n {
		fmt.Fprintf(&b, format, i+1, i)
	}
	return b.String()
}

func doubling(n int, format, s string) string {
	for range n {
		if len(s) > MaxSource/2 {
			break
		}
		s = fmt.Sprintf(format, s)
	}
	return s
}

// measured runs f and complains if it allocated much, or took long three times over.
func measured(t *testing.T, name string, f func()) {
	t.Helper()
	took := soon + 1
	for try := 0; try < 3 && took > soon; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		f()
		took = time.Since(start)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if allocated > small {
			t.Errorf("%s: allocated %d MiB", name, allocated>>20)
		}
		if testing.Verbose() {
			t.Logf("%-26s %8v %6d KiB", name, took.Round(time.Microsecond), allocated>>10)
		}
	}
	if took > soon {
		t.Errorf("%s: took %v", name, took)
	}
}

// These tests are not parallel: they count what is allocated.

func TestHostileSourcesAreRefused(t *testing.T) {
	s := testScope(t, nil)
	for name, src := range refused {
		measured(t, name, func() {
			if _, err := s.Condition(src); err == nil {
				t.Errorf("%s: a condition was accepted", name)
			}
			if _, err := s.Template("${" + src + "}"); err == nil {
				t.Errorf("%s: a template was accepted", name)
			}
		})
	}
}

// costly are sources that compile; with the data of costlyEnv each must be stopped or end soon.
var costly = map[string]string{
	"large range":             `any(1..1000000000, it == 0)`,
	"largest range":           `len(-9223372036854775807..9223372036854775807) == 0`,
	"range":                   `len(1..90000) > 1`,
	"many ranges":             `all(1..90000, len(1..90000) > 0)`,
	"product of ranges":       `all(1..1000, all(1..1000, true))`,
	"product of lists":        `all(tags, all(tags, # == #))`,
	"work in loops":           `all(tags, all(tags, ` + rep(`lower(title) == "x" or `, 50) + ` true))`,
	"lower in a loop":         `all(tags, lower(title) != "")`,
	"replace in a loop":       `all(tags, replace(title, "a", "` + rep("b", 2000) + `") != "")`,
	"replace":                 `replace(title, "a", "` + rep("b", 3000) + `") == ""`,
	"replace nothing":         `replace(title, "", "` + rep("b", 3000) + `") == ""`,
	"split":                   `len(split(title, "")) > 0`,
	"split in a loop":         `all(tags, len(split(title, "a")) > 0)`,
	"join":                    `len(join(map(tags, title))) > 0`,
	"join in a loop":          `all(tags, len(join(tags)) > 0)`,
	"string of all":           `all(tags, string(event) != "")`,
	"in a list in a loop":     `all(tags, # in tags)`,
	"in any list in a loop":   `all(tags, 1 in event.deep)`,
	"equal lists in a loop":   `all(tags, tags == tags)`,
	"equal records in a loop": `all(tags, event == event)`,
	"pattern":                 `title matches "(x+x+)+y"`,
	"large pattern":           `title matches "((a{0,100}){0,2})b"`,
	"pattern in a loop":       `all(tags, not (title matches "(a|b|ab)*c"))`,
	"contains in a loop":      `all(tags, not (title contains "xyz"))`,
	"map of maps":             `len(map(1..900, map(1..900, #))) > 1`,
	"lists in a loop":         `len(map(tags, [` + rep("1,", 300) + `])) > 1`,
	"list of lets":            `let a = [` + rep("1,", 200) + `]; len(map(tags, [` + rep("a,", 200) + `])) > 1`,
	"slices in a loop":        `all(tags, title[1:] != "")`,
	"loops in loops":          `all(tags, any(tags, true))`,
	"filters":                 `len(filter(tags, len(filter(tags, true)) > 0)) > 0`,
	"power":                   `2 ** 1e300 > 1`,
	"division by zero":        `1 % (number - number) == 0`,
	"a panic":                 `explode()`,
	"wrong data":              `fields.customers > 3`,
	"many flips":              `(hour() > 3 or since(declared_at) > 5m) and ` + rep(`weekday() != "mon" and `, 60) + `true`,
}

// doubled are sources that compile and are run in no time, in which each let stands for twice what the one before does:
// written out, they would never be looked through.
var doubled = map[string]string{
	"numbers":            lets0(58, `let a0 = severity; `, "let a%d = a%d + a%[2]d; ") + "a58 == 1",
	"numbers unset":      lets0(58, `let a0 = fields.customers; `, "let a%d = a%d * a%[2]d; ") + "not (a58 >= 1)",
	"constants":          lets0(58, `let a0 = 1; `, "let a%d = a%d + a%[2]d; ") + "severity < a58",
	"durations":          lets0(58, `let a0 = 1m; `, "let a%d = a%d + a%[2]d; ") + "open_for > a58",
	"moving":             lets0(50, `let a0 = open_for; `, "let a%d = a%d + a%[2]d; ") + "a50 > 1h",
	"negative":           lets0(58, `let a0 = severity; `, "let a%d = a%d - -a%[2]d; ") + "a58 == 1",
	"both":               lets0(50, `let a0 = acknowledged; `, "let a%d = a%d and a%[2]d; ") + "a50",
	"either":             lets0(50, `let a0 = acknowledged; `, "let a%d = a%d or not a%[2]d; ") + "a50",
	"choices":            lets0(30, `let a0 = acknowledged; `, "let a%d = a%d ? not a%[2]d : a%[2]d; ") + "a30",
	"truths compared":    lets0(50, `let a0 = acknowledged; `, "let a%d = a%d == a%[2]d; ") + "a50",
	"comparisons":        lets0(30, `let a0 = severity; `, "let a%d = a%d < a%[2]d ? a%[2]d : -a%[2]d; ") + "a30 == 1",
	"in ranges":          lets0(50, `let a0 = severity; `, "let a%d = a%d + a%[2]d; ") + "a50 in a49..a48",
	"in lists":           lets0(50, `let a0 = severity; `, "let a%d = a%d + a%[2]d; ") + "a50 in [a49, a48, 1]",
	"unset":              lets0(50, `let a0 = acknowledged_at; `, "let a%d = a%d + since(a%[2]d); ") + "a50 != nil",
	"inside a loop":      `any(tags, ` + lets0(50, `let a0 = severity; `, "let a%d = a%d + a%[2]d; ") + "a50 == 1)",
	"ways times ways":    lets(24, `let a%[1]d = "x%[1]d" in tags or "y%[1]d" in tags; `) + sequence(24, "a%d", " and "),
	"ways by ways":       `let a = ` + sequence(15, `"x%d" in tags`, " and ") + ` and (` + sequence(30, "number == %d", " or ") + `); let b = ` + sequence(30, `title == "t%d"`, " or ") + `; ` + sequence(25, "a and b", " or "),
	"one long sum":       sequence(240, "severity", " + ") + " == 1",
	"one long sum twice": `let a = ` + sequence(120, "severity", " + ") + "; " + sequence(100, "a", " + ") + " == 1",
}

func sequence(n int, format, between string) string {
	parts := make([]string, n)
	for i := range parts {
		if parts[i] = format; strings.Contains(format, "%") {
			parts[i] = fmt.Sprintf(format, i)
		}
	}
	return strings.Join(parts, between)
}

func TestWhatIsFoundOfAConditionIsBounded(t *testing.T) {
	s := testScope(t, nil)
	for name, src := range doubled {
		var c *Condition
		measured(t, name, func() { c = compileCondition(t, s, src) })
		measured(t, name, func() { c.Facts() })
		measured(t, name, func() { c.Otherwise() })
		measured(t, name, func() { c.Conflict(Is("title", "x")) })
		a := s.assumer(src, mode{exact: true})
		a.assume(a.root, true)
		a.assume(a.root, false)
		if looked := len(a.truths) + len(a.there) + len(a.constants); looked > 5*a.nodes || a.work > maxWork {
			t.Errorf("%s: %d looks at %d nodes, %d facts put together", name, looked, a.nodes, a.work)
		}
		if testing.Verbose() {
			t.Logf("%-26s %6d facts put together", name, a.work)
		}
	}
}

func costlyEnv() Env {
	env := testEnv()
	maps.Copy(env, Env{"title": rep("ab", 500_000), "fields": map[string]any{"customers": "many"}})
	tags := make([]string, 5000)
	for i := range tags {
		tags[i] = fmt.Sprint("tag", i)
	}
	deep := make([]any, 20_000)
	for i := range deep {
		deep[i] = map[string]any{"i": i, "list": []any{"a", 1.5}}
	}
	env["tags"], env["event"] = tags, map[string]any{"deep": deep}
	return env
}

func TestCostlyConditionsAreStopped(t *testing.T) {
	s, env := testScope(t, nil), costlyEnv()
	for name, src := range costly {
		c, err := s.Condition(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		measured(t, name, func() {
			_, err = c.Eval(env, t0)
		})
		if testing.Verbose() {
			t.Logf("%-26s %v", "", err)
		}
	}
}

func TestWorkThatMustEndInAnError(t *testing.T) {
	s, env := testScope(t, nil), costlyEnv()
	for _, name := range []string{"large range", "many ranges", "product of ranges", "product of lists", "work in loops", "lower in a loop", "replace", "equal records in a loop", "a panic", "wrong data", "map of maps"} {
		c := compileCondition(t, s, costly[name])
		if out, err := c.Eval(env, t0); err == nil {
			t.Errorf("%s gave %v", name, out)
		}
	}
	// and the same condition works again on other data
	c := compileCondition(t, s, costly["work in loops"])
	if out, err := c.Eval(testEnv(), t0); err != nil || !out.Value {
		t.Errorf("after a stop: %v %v", out, err)
	}
}
