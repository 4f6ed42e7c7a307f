package statetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/ifsev/ifsev/state"
)

func raceWorthyPromises() []promise {
	return []promise{
		{name: "Concurrent commits on one incident are written one after the other", show: showConcurrentCommits},
		{name: "Concurrent commits of one mark are written once", show: showConcurrentMarks},
		{name: "Concurrent claims hand out each delivery once", show: showConcurrentClaims},
		{name: "Concurrent calls of Number agree", show: showConcurrentNumbers},
	}
}

// together runs all workers at once and fails the test with the first error.
func together(t *testing.T, do func(ctx context.Context, n int) error) {
	t.Helper()
	var all sync.WaitGroup
	errs := make(chan error, workers)
	for k := range workers {
		all.Go(func() { errs <- do(t.Context(), k) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

const workers, increments = 8, 25

func showConcurrentCommits(t *testing.T, w *world) {
	i := w.incident(t, "k")
	i.write(t, i.next("0", "begin"))
	together(t, func(ctx context.Context, _ int) error {
		for range increments {
			if err := increment(ctx, w, i.id); err != nil {
				return err
			}
		}
		return nil
	})
	rec := w.load(t, state.Ref{ID: i.id})
	if want := strconv.Itoa(workers * increments); string(rec.Doc) != want {
		t.Fatalf("the count is %s, want %s", rec.Doc, want)
	}
	pages := w.pages(t, i.id, 50)
	if len(pages) != workers*increments+1 {
		t.Fatalf("%d commits in the timeline, want %d", len(pages), workers*increments+1)
	}
	if err := state.Verify(pages, rec.Rev); err != nil {
		t.Fatal(err)
	}
}

// increment adds one to the number in the document, as often as it takes.
func increment(ctx context.Context, w *world, id string) error {
	rec, err := w.Load(ctx, state.Ref{ID: id})
	for err == nil {
		var n int
		if n, err = strconv.Atoi(string(rec.Doc)); err != nil {
			return err
		}
		doc := []byte(strconv.Itoa(n + 1))
		entries := []state.Entry{{Seq: int64(n) + 2, Body: doc}}
		var res state.Result
		res, err = w.Commit(ctx, state.Commit{
			ID: id, Expect: rec.Rev, Next: state.NextRev(rec.Rev, doc, entries), Doc: doc, Entries: entries, Summary: state.Summary{ID: id, Number: 1},
		})
		switch {
		case err != nil || res.Status == state.Written:
			return err
		case res.Status != state.Conflict:
			return fmt.Errorf("status %s", res.Status)
		}
		rec = res.Record
	}
	return err
}

func showConcurrentMarks(t *testing.T, w *world) {
	incidents := make([]*incident, workers)
	for n := range incidents {
		incidents[n] = w.declare(t, keyIn(2, strconv.Itoa(n)))
	}
	statuses := make([]state.Status, workers)
	together(t, func(ctx context.Context, n int) error {
		res, err := w.Commit(ctx, markedWith(incidents[n], "the same"))
		statuses[n] = res.Status
		return err
	})
	slices.Sort(statuses)
	if statuses[0] != state.Written || statuses[1] != state.Duplicate {
		t.Fatalf("statuses %v, want one written, the rest duplicates", statuses)
	}
}

func showConcurrentClaims(t *testing.T, w *world) {
	const lanes = 40
	for n := range lanes {
		w.declare(t, keyIn(2, strconv.Itoa(n))).send(t, fmt.Sprint("d", n), "behind")
	}
	var mu sync.Mutex
	taken := map[string]int{}
	together(t, func(ctx context.Context, _ int) error {
		for {
			claims, err := w.Claim(ctx, 2, "webhook:example.org", 3, long)
			if err != nil || len(claims) == 0 {
				return err
			}
			mu.Lock()
			for _, c := range claims {
				taken[c.ID]++
			}
			mu.Unlock()
		}
	})
	if len(taken) != lanes {
		t.Errorf("%d deliveries were handed out, want %d", len(taken), lanes)
	}
	for id, n := range taken {
		if n != 1 {
			t.Errorf("%s was handed out %d times", id, n)
		}
	}
}

func showConcurrentNumbers(t *testing.T, w *world) {
	ids := make([]string, 100) // many, because each is a chance to meet
	for n := range ids {
		ids[n] = w.newID(2)
	}
	got := make([][]int64, workers)
	together(t, func(ctx context.Context, n int) error {
		for _, id := range ids {
			number, err := w.Number(ctx, id)
			if err != nil {
				return err
			}
			got[n] = append(got[n], number)
		}
		return nil
	})
	for n := range got {
		if !slices.Equal(got[n], got[0]) {
			t.Fatalf("different numbers for the same incidents: %v", got)
		}
	}
	if all := slices.Compact(slices.Sorted(slices.Values(got[0]))); len(all) != len(ids) {
		t.Fatalf("a number was used twice: %v", got[0])
	}
}
