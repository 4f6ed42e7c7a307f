package lang

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// renderedBy gives how a source is shown in messages and traces.
func renderedBy(t *testing.T, s *Scope, src string) string {
	t.Helper()
	c := s.compilation(src, mode{})
	node, err := s.parse(src, c.cfg)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	root := c.resolve(node, place{})
	if err := c.wrong(); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return c.render(root)
}

func TestRenderedAsWritten(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for _, src := range []string{
		`open_for > 1h30m and sla < 2w`, `(severity + 1) * 2 == 4`, `severity + 1 * 2 == 4`, `1 - (2 - 3)`, `1 - 2 - 3`, `2 ** 3`, `-severity`, `-(severity + 1)`,
		`not (acknowledged and major)`, `not acknowledged and major`, `(acknowledged ? 1 : 2) + 3`, `acknowledged ? 1 : 2`, `(acknowledged or major) and active`,
		`let x = open_for; x > 20m`, `(let x = 1; x) + 2`, `tags[0]`, `tags[1:]`, `tags[:2]`, `title[1:2]`, `fields.region`, `event.a[0].b["c d"]`,
		`any(tags, # == "a")`, `any(responders, .role == "lead")`, `any(responders, it.role == "lead")`, `count(tags)`, `map(tags, #index)`,
		`[1, 2.5, "a", nil, true]`, `{a: 1, b: [2]}`, `1..5`, `title matches "(?i)a|b"`, `tags contains "a"`, `title startsWith "a"`,
		`worse_than(2) and at_least(severity)`, `severity in [1, 2]`, `since(declared_at) >= 20m`, `max(1, severity - 1)`, `(-2) ** 2`,
	} {
		if got := renderedBy(t, s, src); got != src {
			t.Errorf("%s is shown as %s", src, got)
		}
	}
	for src, want := range map[string]string{
		`severity==1   &&   ! acknowledged`: `severity == 1 and !acknowledged`, `'it''s'`: "", `tags|join("-")`: `join(tags, "-")`, `1<2<3`: `1 < 2 and 2 < 3`,
		`event?.a`: `event.a`, `"a" not in tags`: `not ("a" in tags)`, `event["a"]`: `event.a`,
	} {
		if want == "" {
			continue
		}
		if got := renderedBy(t, s, src); got != want {
			t.Errorf("%s is shown as %s, want %s", src, got, want)
		}
	}
}

// TestRenderedMeansTheSame: what is shown of a random condition compiles, and is true and changes at the same time.
func TestRenderedMeansTheSame(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 7))
	for n := range 300 {
		g := newGenerator(r, ctx.berlin, t0, n%2 == 0)
		src, _ := g.condition(3)
		shown := renderedBy(t, s, src)
		a, b := compileCondition(t, s, src), compileCondition(t, s, shown)
		now := g.someTime()
		x, err := a.Eval(g.env, now)
		y, err2 := b.Eval(g.env, now)
		if err != nil || err2 != nil || x != y {
			t.Errorf("%s\nshown as %s\n%v %v, %v %v", src, shown, x, err, y, err2)
		}
		traced, _, err := a.Trace(g.env, now)
		if err != nil || traced != x {
			t.Errorf("%s: %v, traced %v %v", src, x, traced, err)
		}
	}
}

func TestErrorsAreWorded(t *testing.T) {
	t.Parallel()
	e := errorAt("a\nbc d", 3, 0, "what", "do")
	if e.Error() != "2:2: what (do)" || e.Length != 1 {
		t.Error(e, e.Length)
	}
	if at := errorAt("ü\nx", 99, 1, "what", ""); at.Line != 2 || at.Column != 2 || at.Error() != "2:2: what" {
		t.Error(at)
	}
	if m := e.moved("zz\na\nbc d", 3); m.Line != 3 || m.Column != 2 || m.Offset != 6 {
		t.Errorf("%+v", m)
	}
	d := &DefineError{"major", e}
	if d.Error() != "define major: 2:2: what (do)" || !errors.Is(d, error(e)) {
		t.Error(d)
	}
}

func TestTypesAreNamed(t *testing.T) {
	t.Parallel()
	for want, kind := range map[string]Type{
		"any value": Any, "a whole number": Int, "a number": Float, "text": String, "true or false": Bool, "a time": Time, "a duration": Duration,
		"a list": List(Int), "a record": Map(Variable{Name: "a"}),
	} {
		if kind.String() != want {
			t.Errorf("%v, want %s", kind, want)
		}
		if n := kind.checked().Nature(); describe(&n) != want {
			t.Errorf("%s is checked as %s", want, describe(&n))
		}
	}
	if (&Variable{}).kind() != Any {
		t.Error("no type is not any type")
	}
}

// TestEveryMessageIsForPeople: no Go type, no name of a library and no operation of ours is in one.
func TestEveryMessageIsForPeople(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for _, m := range mistakes {
		_, err := s.Condition(m.src)
		if err == nil {
			continue
		}
		for _, word := range []string{"time.Time", "time.Duration", "interface", "[]string", "map[", "reflect", "ast.", "expr", "nature", "strconv", "literal", "goroutine", "__trace", "Identifier(", "Operator("} {
			if strings.Contains(err.Error(), word) && !strings.Contains(err.Error(), "expression") {
				t.Errorf("%s: %v", m.src, err)
			}
		}
	}
}
