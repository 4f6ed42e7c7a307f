package ifsev_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func joinAt(n int, at time.Duration, count int) *ifsev.Join {
	return &ifsev.Join{
		Kind: ifsev.GroupWindow, Rule: "storm", Key: "db", Last: 10 * time.Minute, Count: count,
		Member: ifsev.Member{Incident: fmt.Sprint("id", n), Number: int64(n), ID: fmt.Sprint("evt", n), At: noon.Add(at)},
	}
}

func TestAWindowFillsOnceUntilItIsEmpty(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	var filled []string
	for n, minutes := range []int{0, 1, 9, 10, 11, 12, 30, 40, 41, 49, 60, 61, 62} {
		if got := g.Join(joinAt(n, time.Duration(minutes)*time.Minute, 3)); got != nil {
			filled = append(filled, fmt.Sprint(minutes, " ", got.Count, " ", got.Incidents))
		}
	}
	// At 10 the event of 0 has left the window; the window is never empty from 0 to 22, empty at 40, filled at 49.
	want := []string{"9 3 [INC-0 INC-1 INC-2]", "49 3 [INC-7 INC-8 INC-9]", "62 3 [INC-10 INC-11 INC-12]"}
	if !slices.Equal(filled, want) {
		t.Errorf("filled %q, want %q", filled, want)
	}
}

func TestAMemberThatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	for range 5 {
		if got := g.Join(joinAt(1, 0, 2)); got != nil {
			t.Fatalf("one event filled a window of two: %+v", got)
		}
	}
	if got := g.Join(joinAt(2, time.Minute, 2)); got == nil || got.Count != 2 || !got.Since.Equal(noon) {
		t.Errorf("%+v", got)
	}
}

// In whatever order members come, a burst fills the window once if any window of it holds enough, else never.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const last = 10 * time.Minute
		count := rapid.IntRange(1, 5).Draw(rt, "count")
		at := rapid.SliceOfN(rapid.IntRange(0, 19*60), 1, 25).Draw(rt, "seconds")
		order := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(rt, "order"))).Perm(len(at))
		g, fills := &ifsev.Group{}, 0
		for _, i := range order {
			if g.Join(joinAt(i+1, time.Duration(at[i])*time.Second, count)) != nil {
				fills++
			}
		}
		slices.Sort(at)
		full := false
		for i := range at {
			n := 0
			for _, other := range at[i:] {
				if time.Duration(other-at[i])*time.Second < last {
					n++
				}
			}
			full = full || n >= count
		}
		// Within 19 minutes two bursts can both be full only if a gap of ten minutes lies between them; each fills once
		// at most, and a gap that a late member closes may have let both fill before.
		switch {
		case full && fills == 0:
			rt.Errorf("never filled by %v in the order %v", at, order)
		case !full && fills > 0, fills > 2:
			rt.Errorf("filled %d times by %v in the order %v", fills, at, order)
		}
	})
}

func spend(id string) *ifsev.Spend {
	return &ifsev.Spend{Rule: "r", Member: ifsev.Member{Incident: "id-" + id, Number: 7, ID: id}, Max: 2, In: time.Hour}
}

func TestABudget(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	ask := func(id string, at time.Duration, want bool) {
		t.Helper()
		if got := g.Spend(spend(id), noon.Add(at)); got != want {
			t.Errorf("%s at %v: %v", id, at, got)
		}
	}
	ask("a", 0, true)
	ask("b", time.Minute, true)
	ask("c", 2*time.Minute, false)
	ask("a", 3*time.Minute, true)
	ask("c", 3*time.Minute, false)
	ask("d", 59*time.Minute, false)
	if told, _ := g.Digest(noon.Add(61 * time.Minute)); told != nil {
		t.Errorf("told too early: %+v", told)
	}
	ask("e", time.Hour, true) // a is an hour ago
	if w := g.Wake(); !w.Equal(noon.Add(62 * time.Minute)) {
		t.Errorf("wakes at %v", w)
	}
	told, to := g.Digest(noon.Add(62 * time.Minute))
	if told == nil || told.Count != 2 || to != "id-d" || !told.Since.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("%+v to %s", told, to)
	}
	if again, _ := g.Digest(noon.Add(63 * time.Minute)); again != nil {
		t.Errorf("told twice: %+v", again)
	}
	g.Forget(noon.Add(3 * time.Hour))
	if !g.Empty() || !g.Wake().IsZero() {
		t.Errorf("%+v is left", g)
	}
}

// An answer can be lost on the way, and who asks again after the time of the budget is answered the same: nothing is
// counted or told twice.
func TestABudgetAskedAgain(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	ask := func(id string, at time.Duration, want bool) {
		t.Helper()
		if got := g.Spend(spend(id), noon.Add(at)); got != want {
			t.Errorf("%s at %v: %v", id, at, got)
		}
		g.Forget(noon.Add(at))
	}
	ask("a", 0, true)
	ask("b", 0, true)
	ask("c", 0, false)
	if told, _ := g.Digest(noon.Add(time.Hour)); told == nil || told.Count != 1 {
		t.Errorf("%+v", told)
	}
	for _, at := range []time.Duration{time.Hour, 61 * time.Minute} {
		ask("a", at, true)
		ask("b", at, true)
		ask("c", at, false)
	}
	if told, _ := g.Digest(noon.Add(3 * time.Hour)); told != nil {
		t.Errorf("told twice: %+v", told)
	}
	ask("d", 62*time.Minute, true)
	ask("e", 62*time.Minute, true)
	ask("f", 62*time.Minute, false)
}

func TestARoll(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	call := func(n int64, at time.Duration) {
		g.Call(&ifsev.Join{Kind: ifsev.GroupRoll, Rule: "report", Member: ifsev.Member{Incident: fmt.Sprint("id", n), Number: n, ID: fmt.Sprint(n), At: noon.Add(at)}})
	}
	call(9, 0)
	call(4, 0)
	call(4, 0)
	if told, _ := g.Close(noon.Add(ifsev.RollTime - 1)); told != nil {
		t.Errorf("closed too early")
	}
	told, to := g.Close(noon.Add(ifsev.RollTime))
	if told == nil || to != "id4" || !slices.Equal(told.Incidents, []string{"INC-4", "INC-9"}) || told.Count != 2 {
		t.Errorf("%+v to %s", told, to)
	}
	call(5, time.Second)
	if again, _ := g.Close(noon.Add(time.Hour)); again != nil || len(g.Members) != 2 {
		t.Errorf("one that came late: %+v", again)
	}
}

func TestAGroupIsBounded(t *testing.T) {
	t.Parallel()
	g := &ifsev.Group{}
	for n := range ifsev.MaxMembers + 500 {
		g.Join(joinAt(n, time.Duration(n)*time.Second/10, 5))
		g.Spend(spend(fmt.Sprint(n)), noon)
	}
	if len(g.Members) > ifsev.MaxMembers || len(g.Held) > ifsev.MaxMembers {
		t.Errorf("%d members, %d held", len(g.Members), len(g.Held))
	}
}

func TestRelations(t *testing.T) {
	t.Parallel()
	inc := ifsev.Incident{ID: "x", Number: 3, Status: ifsev.StatusOpen}
	for _, c := range []struct {
		relate ifsev.Relation
		want   string
	}{
		{ifsev.Relation{Incident: "inc-7", As: "parent"}, "INC-7 parent"},
		{ifsev.Relation{Incident: "7", As: "child"}, "INC-7 child"},
		{ifsev.Relation{Incident: "INC-3", As: "child"}, "cannot be related to itself"},
		{ifsev.Relation{Incident: "seven", As: "child"}, "is no incident"},
		{ifsev.Relation{Incident: "INC-7", As: "uncle"}, "parent, child or related"},
	} {
		events, err := (&ifsev.Change{Relate: []ifsev.Relation{c.relate, c.relate}}).Events(&inc)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(events[0].Data["incident"], " ", events[0].Data["as"])
		}
		if len(events) > 1 || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s %v, want %s", c.relate, got, events, c.want)
		}
	}
	for as, back := range map[string]string{"parent": "child", "child": "parent", "related": "related"} {
		if m := (ifsev.Relation{Incident: "INC-1", As: as}).Mirror("INC-2"); m != (ifsev.Relation{Incident: "INC-2", As: back}) {
			t.Errorf("%s is seen as %+v", as, m)
		}
	}
}
