package engine

import (
	"context"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

func benchEngine(b *testing.B) *Engine {
	b.Helper()
	set, problems, _ := rules.Load([]rules.Source{{Name: "bench.yaml", Text: "rules:" + twoRules}}, testWorld())
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	e, err := New(Options{Store: memstate.New(time.Now), Rules: set, Performer: &receivers{}, Actions: actions.Catalogue()})
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Stop(context.Background()) })
	return e
}

// BenchmarkDeclare declares incidents one after the other: the cost of one decision and commit.
func BenchmarkDeclare(b *testing.B) {
	e := benchEngine(b)
	for b.Loop() {
		req := Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t", Severity: 3}}, Actor: alice}
		if _, err := e.Submit(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHotIncident has 64 callers at one incident, which are decided together.
func BenchmarkHotIncident(b *testing.B) {
	e := benchEngine(b)
	reply, err := e.Submit(b.Context(), Request{Change: ifsev.Change{Declare: &ifsev.Declaration{Title: "t", Severity: 3}}, Actor: alice})
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := Request{Ref: state.Ref{ID: reply.Incident.ID}, Change: ifsev.Change{Title: &reply.Incident.ID, AddTags: []string{"a"}}, Actor: alice}
			if _, err := e.Submit(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
