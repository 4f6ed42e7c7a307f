package lang

import (
	"testing"
	"time"
)

// typical are conditions like the ones people write.
var typical = map[string]string{
	"tag":   `severity == 1 and "database" in tags`,
	"slow":  `status == "open" and open_for > 20m`,
	"paged": `any(responders, .role == "lead" and since(.paged_at) > 50m)`,
}

func BenchmarkEval(b *testing.B) {
	s, env := testScope(b, ctx.berlin), testEnv()
	for name, src := range typical {
		c := compileCondition(b, s, src)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Eval(env, t0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNextFlip(b *testing.B) {
	s, env := testScope(b, ctx.berlin), testEnv()
	for name, src := range typical {
		c := compileCondition(b, s, src)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := c.NextFlip(env, t0, t0.Add(240*time.Hour)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTrace(b *testing.B) {
	s, env := testScope(b, ctx.berlin), testEnv()
	c := compileCondition(b, s, typical["slow"])
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Trace(env, t0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	s := testScope(b, ctx.berlin)
	for name, src := range typical {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Condition(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTemplate(b *testing.B) {
	s, env := testScope(b, ctx.berlin), testEnv()
	t, err := s.Template("SEV${severity} ${title} on ${service} open for ${open_for}")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Render(env, t0); err != nil {
			b.Fatal(err)
		}
	}
}
