package lang

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

type named map[string]int

func TestGet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, key, want any }{
		{nil, "a", nil}, {map[string]any{"a": 1}, "a", 1}, {map[string]any{"a": 1}, "b", nil}, {map[string]any{"a": 1}, 0, nil}, {map[string]any{}, nil, nil},
		{[]any{1, 2}, 0, 1}, {[]any{1, 2}, -1, 2}, {[]any{1, 2}, 2, nil}, {[]any{1, 2}, -3, nil}, {[]any{1}, "a", nil}, {[]any{1}, nil, nil}, {[]any{1, 2}, 1.0, 2},
		{[]string{"a"}, 0, "a"}, {[]string{"a"}, 1, nil}, {[]int{7}, 0, 7}, {[]int{7}, 5, nil}, {[2]int{7, 8}, 1, 8},
		{map[string]string{"a": "x"}, "a", "x"}, {map[string]string{}, "a", nil}, {named{"a": 1}, "a", 1}, {map[int]int{1: 2}, "a", nil}, {[]time.Time{t0}, 0, t0},
	} {
		if got, err := get(c.base, c.key); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v[%v]: %v %v, want %v", c.base, c.key, got, err, c.want)
		}
	}
	for _, base := range []any{1, "text", true, t0, time.Minute, struct{ A int }{}} {
		if v, err := get(base, "A"); err == nil {
			t.Errorf("%v has a field %v", base, v)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	rt := &Runtime{fuel: maxFuel}
	for _, c := range []struct {
		needle, in any
		want       bool
	}{
		{"a", []string{"b", "a"}, true}, {"a", []string{"b"}, false}, {"a", nil, false}, {nil, []string{"a"}, false}, {nil, []any{nil}, false},
		{"a", []any{1, "a"}, true}, {1, []any{1.0}, true}, {1, []int{2, 1}, true}, {"a", map[string]any{"a": nil}, true}, {"b", map[string]any{"a": nil}, false},
		{1, map[string]any{"a": nil}, false}, {t0, []any{t0}, true}, {time.Time{}, []any{time.Time{}}, false}, {1, []string{"1"}, false},
	} {
		if got, err := within(rt, c.needle, c.in); err != nil || got != c.want {
			t.Errorf("%v in %v: %v %v", c.needle, c.in, got, err)
		}
	}
	if _, err := within(rt, "a", "abc"); err == nil {
		t.Error("a text is no list")
	}
}

func TestSameAndOrder(t *testing.T) {
	t.Parallel()
	rt := &Runtime{fuel: maxFuel}
	for _, c := range []struct {
		a, b          any
		equal, before bool
	}{
		{1, 1, true, false}, {1, 2, false, true}, {1, 1.0, true, false}, {1.5, 2, false, true}, {int64(3), 3, true, false}, {uint8(3), 4.0, false, true},
		{"a", "a", true, false}, {"a", "b", false, true}, {nil, nil, false, false}, {nil, 1, false, false}, {1, nil, false, false},
		{t0, t0.Add(1), false, true}, {t0, t0.In(ctx.berlin), true, false}, {time.Second, time.Minute, false, true}, {time.Time{}, t0, false, false},
	} {
		if got, err := same(rt, c.a, c.b); err != nil || got != c.equal {
			t.Errorf("%v == %v: %v %v", c.a, c.b, got, err)
		}
		if got, err := order(rt, less, c.a, c.b); err != nil || got != c.before {
			t.Errorf("%v < %v: %v %v", c.a, c.b, got, err)
		}
	}
	for _, c := range [][2]any{{true, true}, {[]any{1}, []any{1}}, {[]string{"a"}, []string{"a"}}} {
		if got, err := same(rt, c[0], c[1]); err != nil || got != true {
			t.Errorf("%v == %v: %v %v", c[0], c[1], got, err)
		}
		if _, err := order(rt, less, c[0], c[1]); err == nil {
			t.Errorf("%v < %v has an answer", c[0], c[1])
		}
	}
	if got, err := same(rt, "1", 1); err != nil || got != false {
		t.Error("a text equals a number", err)
	}
}

func TestWeighStops(t *testing.T) {
	t.Parallel()
	shared := any([]any{1, 2})
	for range 60 { // 2^60 leaves if it were walked
		shared = []any{shared, shared}
	}
	if n := weigh(shared, 1000); n < 1000 || n > 3000 {
		t.Error(n)
	}
	for _, c := range []struct {
		v    any
		want int
	}{{nil, 1}, {1, 1}, {strings.Repeat("a", 640), 11}, {[]string{"a", "b"}, 3}, {[]any{1, []any{2}}, 4}, {map[string]any{"a": 1}, 4}, {[]int{1, 2, 3}, 4}} {
		if got := weigh(c.v, maxFuel); got != c.want {
			t.Errorf("%v weighs %d, want %d", c.v, got, c.want)
		}
	}
	w := writer{most: 1000}
	w.write(shared)
	if len(w.String()) > 1000 {
		t.Error("a doubled list was written out")
	}
}

func TestFuelAndText(t *testing.T) {
	t.Parallel()
	rt := &Runtime{fuel: 10}
	if err := rt.spend(10); err != nil {
		t.Error(err)
	}
	if err := rt.spend(1); err == nil {
		t.Error("fuel without end")
	}
	rt = &Runtime{fuel: maxFuel}
	if err := rt.build(maxBuilt); err != nil {
		t.Error(err)
	}
	if err := rt.build(1); err == nil {
		t.Error("text without end")
	}
}

func TestValuesAreDescribedNotShown(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"unset": nil, "text": "secret", "true or false": true, "a whole number|a number": 5, "a time": t0, "a duration": time.Minute, "a list": []any{"secret"},
		"a record": map[string]any{"k": "secret"}, "a running time": &moving{}, "a value of another kind": struct{ s string }{"secret"},
	} {
		if got := describeValue(v); !strings.Contains(want, got) {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

// TestSecretsAreNotInErrors: what a value holds is in no error, whatever goes wrong with it.
func TestSecretsAreNotInErrors(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	s, env := testScope(t, nil), testEnv()
	env["event"] = map[string]any{"s": secret, "l": []any{secret}, "m": map[string]any{secret: secret}}
	env["severity"], env["title"], env["tags"], env["acknowledged"] = secret, []any{secret}, secret, secret
	for _, src := range []string{
		`event.s > 1`, `event.s + 1 > 1`, `event.s and true`, `event.l > 1`, `event.m > 1`, `since(event.s) > 1m`, `any(event.s, true)`, `event.s.x == 1`,
		`severity == 1`, `severity + 1 == 2`, `title contains "x"`, `lower(title) == "x"`, `"x" in tags`, `acknowledged`, `event.m.x.y.z == 1 and severity % 2 == 1`,
		`round(event.s) == 1`, `max(event.s, 1) == 1`, `event.s ? true : false`, `len(event.s[0:event.l]) == 1`, `-event.s == 1`, `1..event.s == [1]`,
	} {
		c, err := s.Condition(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if _, err := c.Eval(env, t0); err != nil && strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("%s: %v", src, err)
		}
	}
}
