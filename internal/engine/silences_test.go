package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

const paging = `
  page: {if: severity == 1, then: [page: alice]}
`

func (r *running) silence(s rules.Added) rules.Added {
	r.w.t.Helper()
	added, err := r.Silence(r.w.t.Context(), "", s)
	if err != nil {
		r.w.t.Fatalf("Silence: %v", err)
	}
	return added
}

func (r *running) pages() int { synctest.Wait(); return len(r.w.calls.all()) }

func TestASilenceHoldsBackUntilItEnds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(paging)
		e.silence(rules.Added{If: `"quiet" in tags`, Until: time.Now().Add(time.Hour), Reason: "Maintenance", By: "bob"})
		e.declare(ifsev.Declaration{Severity: 1, Tags: []string{"quiet"}})
		e.declare(ifsev.Declaration{Severity: 1})
		if n := e.pages(); n != 1 {
			t.Fatalf("%d pages, want 1", n)
		}
		time.Sleep(59 * time.Minute)
		if n := e.pages(); n != 1 {
			t.Errorf("%d pages before the end", n)
		}
		time.Sleep(2 * time.Minute)
		if n := e.pages(); n != 2 {
			t.Errorf("%d pages after the end", n)
		}
		if list := e.Silences(); len(list) != 0 {
			t.Errorf("%+v is left", list)
		}
	})
}

func TestEndingASilence(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(paging)
		s := e.silence(rules.Added{If: "true", Until: time.Now().Add(24 * time.Hour)})
		e.declare(ifsev.Declaration{Severity: 1})
		if n := e.pages(); n != 0 {
			t.Fatalf("%d pages", n)
		}
		if err := e.EndSilence(t.Context(), s.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := e.pages(); n != 1 {
			t.Errorf("%d pages, want 1", n)
		}
		if err := e.EndSilence(t.Context(), s.ID, "bob"); !errors.Is(err, ErrNoSilence) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

// Silences outlive restarts, reloads and changes of the files; those that do not fit the files any more end.
func TestSilencesAreCarriedOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		first := w.start(paging)
		first.silence(rules.Added{If: "severity == 1", Until: time.Now().Add(24 * time.Hour), Rules: []string{"page"}})
		first.silence(rules.Added{If: "severity == 2", Until: time.Now().Add(24 * time.Hour)})
		if _, err := first.Use(t.Context(), w.rules(paging), nil); err != nil {
			t.Fatal(err)
		}
		if err := first.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := w.start(paging+"  more: {if: severity == 2, then: [page: bob]}\n", owner("second"))
		second.declare(ifsev.Declaration{Severity: 1})
		second.declare(ifsev.Declaration{Severity: 2})
		if n, all := second.pages(), second.Silences(); n != 0 || len(all) != 2 {
			t.Fatalf("%d pages, silences %+v", n, all)
		}
		if _, err := second.Use(t.Context(), w.rules("  more: {if: severity == 2, then: [page: bob]}\n"), nil); err != nil {
			t.Fatal(err)
		}
		if all := second.Silences(); len(all) != 1 || all[0].Text != "severity == 2" {
			t.Errorf("%+v", all)
		}
	})
}

// Every replica knows a silence, and one that another adds at the same moment is not lost.
func TestSilencesOfSeveralReplicas(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start(paging, owner("a")), w.start(paging, owner("b"))
		until := time.Now().Add(time.Hour)
		var own rules.Added
		done := make(chan struct{})
		go func() {
			defer close(done)
			own = b.silence(rules.Added{If: "severity == 4", Until: until})
		}()
		a.silence(rules.Added{If: "severity == 5", Until: until})
		<-done
		time.Sleep(time.Minute)
		for _, e := range []*running{a, b} {
			e.declare(ifsev.Declaration{Severity: 3})
			time.Sleep(time.Minute)
			if all := e.Silences(); len(all) != 2 {
				t.Errorf("%+v", all)
			}
		}
		if err := a.EndSilence(t.Context(), own.ID, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameSilenceOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(paging)
		s := rules.Added{If: "true", Until: time.Now().Add(time.Hour)}
		first, err := e.Silence(t.Context(), "key", s)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := e.Silence(t.Context(), "key", s); err != nil || again.ID != first.ID || len(e.Silences()) != 1 {
			t.Errorf("%+v, %v", again, err)
		}
		s.If = "false"
		if _, err := e.Silence(t.Context(), "key", s); !errors.Is(err, ErrReused) {
			t.Errorf("another under the same key: %v", err)
		}
	})
}

func TestWrongSilences(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(paging)
		for _, s := range []rules.Added{
			{If: "severity ==", Until: time.Now().Add(time.Hour)},
			{If: "true", Until: time.Now()},
			{If: "true", Until: time.Now().Add(time.Hour), Rules: []string{"nobody"}},
		} {
			if _, err := e.Silence(t.Context(), "", s); !errors.Is(err, ErrSilence) {
				t.Errorf("%+v: %v", s, err)
			}
		}
		kept, err := w.store.RuleSet(t.Context(), 0)
		if err != nil || kept.Epoch != 1 || len(e.Silences()) != 0 {
			t.Errorf("epoch %d, %v", kept.Epoch, err)
		}
	})
}
