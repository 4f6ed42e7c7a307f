package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// shares answers how many partitions each engine polls, and fails if two poll the same.
func shares(t *testing.T, engines ...*running) []int {
	t.Helper()
	var counts []int
	by := map[ifsev.Partition]int{}
	for i, e := range engines {
		held := e.leases.held()
		counts = append(counts, len(held))
		for _, p := range held {
			if other, taken := by[p]; taken {
				t.Errorf("partition %d is polled by %d and %d", p, other, i)
			}
			by[p] = i
		}
	}
	return counts
}

func TestReplicasShareThePartitions(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var engines []*running
		for n := 1; n <= 5; n++ {
			engines = append(engines, w.start(tell, owner(fmt.Sprint("replica ", n))))
			before := map[ifsev.Partition]bool{}
			for _, p := range engines[0].leases.held() {
				before[p] = true
			}
			w.pass(3 * time.Second)
			got := shares(t, engines...)
			sum := 0
			for _, c := range got {
				if sum += c; c > (ifsev.Partitions+n-1)/n || c < ifsev.Partitions/(n+1) {
					t.Errorf("%d replicas hold %v", n, got)
				}
			}
			if sum != ifsev.Partitions {
				t.Errorf("%d replicas hold %v: some are polled by nobody", n, got)
			}
			if moved := engines[0].leases.held(); n > 1 && !slices.ContainsFunc(moved, func(p ifsev.Partition) bool { return before[p] }) || len(moved) > len(before) && n > 1 {
				t.Errorf("the first held %d and holds %d others", len(before), len(moved))
			}
		}
	})
}

func TestSharesStayWhereNothingChanges(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		engines := []*running{w.start(tell, owner("a")), w.start(tell, owner("b")), w.start(tell, owner("c"))}
		w.pass(5 * time.Second)
		var before [3][]ifsev.Partition
		for i, e := range engines {
			before[i] = slices.Clone(e.leases.held())
		}
		for range 60 {
			w.pass(time.Second)
			for i, e := range engines {
				if held := e.leases.held(); !slices.Equal(held, before[i]) {
					t.Fatalf("%s held %v and holds %v", e.opts.Owner, before[i], held)
				}
			}
		}
	})
}

func TestADeadReplicasShareIsTaken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.start(tell, owner("a")), w.start(tell, owner("b")), w.start(tell, owner("c"))
		w.pass(5 * time.Second)
		c.crash()
		w.pass(defaultLease + 2*defaultLease/10)
		if got := shares(t, a, b); !slices.Equal(got, []int{32, 32}) {
			t.Errorf("%v after the death of the third", got)
		}
		// The one that crashed comes back under its name.
		again := w.start(tell, owner("c"))
		w.pass(3 * time.Second)
		if got := shares(t, a, b, again); got[0]+got[1]+got[2] != ifsev.Partitions || got[2] < 20 {
			t.Errorf("%v after it has come back", got)
		}
	})
}

// TestACrashedReplicaFindsItsOwn: what it polled before is its own at once, and is not left until the lease ends.
func TestACrashedReplicaFindsItsOwn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start(tell, owner("a")), w.start(tell, owner("b"))
		w.pass(5 * time.Second)
		b.crash()
		again := w.start(tell, owner("b"))
		w.pass(0)
		if got := shares(t, a, again); !slices.Equal(got, []int{32, 32}) {
			t.Errorf("%v right after a crash and a restart", got)
		}
	})
}

// TestARosterThatDoesNotAnswerChangesNothing: of a cluster, the node of the roster may be away alone.
func TestARosterThatDoesNotAnswerChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start(tell, owner("a")), w.start(tell, owner("b"))
		w.pass(5 * time.Second)
		w.store.set(func(p *probe) {
			p.trouble = func(operation string) (before, after error) {
				if operation == "enroll" {
					return state.ErrUnavailable, nil
				}
				return nil, nil
			}
		})
		w.pass(time.Minute)
		if got := shares(t, a, b); !slices.Equal(got, []int{32, 32}) {
			t.Errorf("%v while nobody knows who is there", got)
		}
	})
}

// noRoster hides that a store has one.
type noRoster struct{ state.Store }

func TestAStoreWithoutRosterIsPolledWhole(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell, func(o *Options) { o.Store = noRoster{w.store} })
		w.pass(time.Second)
		if got := shares(t, e); got[0] != ifsev.Partitions {
			t.Errorf("%v", got)
		}
	})
}

const otherRules = "  other:\n    if: severity == 1\n    then: [{note: other}]\n"

func TestReplicasFollowTheRulesLoadedLast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.start(tell, owner("a"))
		w.pass(time.Second)
		b := w.start(otherRules, owner("b"))
		w.pass(2 * defaultLease / 10)
		if a.Rules().Hash != b.Rules().Hash || a.Rules().Epoch != 2 || a.rules.own() != 0 || b.rules.own() != 1 {
			t.Fatalf("a decides by %d (own %v), b by %d (own %v)", a.Rules().Epoch, a.rules.own(), b.Rules().Epoch, b.rules.own())
		}
		for range 5 { // the same files again are no reason to take turns
			for _, r := range []struct {
				e    *running
				text string
			}{{a, tell}, {b, otherRules}} {
				plan, err := r.e.Use(t.Context(), w.rules(r.text), nil)
				if err != nil || plan.Epoch != 2 || len(plan.Added)+len(plan.Removed)+len(plan.Changed) != 0 {
					t.Fatalf("%s: %+v, %v", r.e.opts.Owner, plan, err)
				}
				w.pass(time.Second)
			}
		}
		// Files that have changed are: the others follow.
		if _, err := a.Use(t.Context(), w.rules(tell+otherRules), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * defaultLease / 10)
		if b.Rules().Epoch != 3 || b.rules.own() != 0 || a.rules.own() != 1 {
			t.Errorf("a decides by %d, b by %d", a.Rules().Epoch, b.Rules().Epoch)
		}
		// And the same files here as there make them this one's own.
		if _, err := b.Use(t.Context(), w.rules(tell+otherRules), nil); err != nil || b.rules.own() != 1 || b.Rules().Epoch != 3 {
			t.Errorf("own %v, epoch %d, %v", b.rules.own(), b.Rules().Epoch, err)
		}
	})
}

// TestAReplicaThatCannotFollowStandsBack: another has loaded rules that do not fit its configuration. It polls nothing,
// is not ready, tells senders to come again, asks the store once, and goes on when the two agree.
func TestAReplicaThatCannotFollowStandsBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		loads, fits := 0, false
		a := w.start(tell, owner("a"), func(o *Options) {
			o.LoadSet = func(kept state.RuleSet) (*rules.Set, error) {
				if loads++; !fits {
					return nil, errors.New("there is no connection chat")
				}
				return w.rules(otherRules), nil
			}
		})
		w.pass(time.Second)
		b := w.start(otherRules, owner("b"))
		id := b.declare(ifsev.Declaration{Key: "k", Severity: 3}).ID
		w.pass(3 * time.Second)
		if got := shares(t, a, b); !slices.Equal(got, []int{0, ifsev.Partitions}) {
			t.Errorf("they hold %v", got)
		}
		if err := a.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no connection chat") {
			t.Errorf("ready: %v", err)
		}
		for range 20 {
			if _, err := a.note(id, "x"); !errors.Is(err, state.ErrUnavailable) {
				t.Fatalf("a change: %v, want that it comes again", err)
			}
		}
		if loads > 2 { // once to follow, once as the set the incident was decided by
			t.Errorf("the set was loaded %d times", loads)
		}
		if _, err := a.Use(t.Context(), w.rules(tell), nil); err == nil || !strings.Contains(err.Error(), "rule set 2") {
			t.Errorf("a reload that does not help: %v", err)
		}
		fits = true
		if _, err := a.Use(t.Context(), w.rules(tell), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(3 * time.Second)
		if err := a.Ready(t.Context()); err != nil || a.Rules().Epoch != 2 {
			t.Errorf("epoch %d, ready: %v", a.Rules().Epoch, err)
		}
		if got := shares(t, a, b); !slices.Equal(got, []int{32, 32}) {
			t.Errorf("they hold %v", got)
		}
	})
}
