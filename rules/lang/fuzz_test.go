package lang

import (
	"errors"
	"testing"
	"time"
)

// What the fuzzer must not find: a panic, an Error without a place in the source, a traced program that says something
// else, a flip that is none, too long a text.

func FuzzCondition(f *testing.F) {
	for _, m := range mistakes {
		f.Add(m.src)
	}
	for _, src := range refused {
		if len(src) <= MaxSource {
			f.Add(src)
		}
	}
	for _, src := range costly {
		f.Add(src)
	}
	for _, src := range typical {
		f.Add(src)
	}
	s, env := testScope(f, ctx.berlin), testEnv()
	f.Fuzz(func(t *testing.T, src string) {
		c, err := s.Condition(src)
		if err != nil {
			checkPlace(t, src, err)
			return
		}
		now := t0.Add(5 * time.Minute)
		out, err := c.Eval(env, now)
		if err != nil {
			return
		}
		if traced, _, err := c.Trace(env, now); err != nil || traced != out {
			t.Errorf("%q: %v, traced %v %v", src, out, traced, err)
		}
		at, found, err := c.NextFlip(env, now, now.Add(24*time.Hour))
		if err == nil && found && !at.After(now) {
			t.Errorf("%q: flips at %v", src, at)
		}
		if err == nil && (found || !out.Next.IsZero()) && !c.UsesTime() {
			t.Errorf("%q changes with time and does not say so", src)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, src := range []string{"SEV${severity} ${title}", "$${x} ${", "${'}'}", "a ${ {\"a\": tags} } b", "${tags}${open_for}", "${now}", "$$${1}", "${map(tags, it)}", "x ${// }\n1}"} {
		f.Add(src)
	}
	for _, src := range costly {
		f.Add("a ${" + src + "} b")
	}
	s, env := testScope(f, ctx.berlin), testEnv()
	f.Fuzz(func(t *testing.T, src string) {
		tpl, err := s.Template(src)
		if err != nil {
			checkPlace(t, src, err)
			return
		}
		v, err := tpl.Render(env, t0)
		if text, ok := v.(string); ok && len(text) > MaxTemplate {
			t.Errorf("%q: %d bytes", src, len(text))
		}
		if err == nil && tpl.Static() && len(src) > 0 && v == nil {
			t.Errorf("%q: a static template gave nothing", src)
		}
	})
}

func checkPlace(t *testing.T, src string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %T %v", src, err, err)
	}
	if runes := len([]rune(src)); e.Offset < 0 || e.Offset > runes || e.Line < 1 || e.Column < 1 || e.Message == "" {
		t.Errorf("%q: %+v is outside the source (%d)", src, e, runes)
	}
}
