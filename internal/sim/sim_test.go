package sim

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

var (
	seeds = flag.Int("seeds", 0, "how many seeds TestSeeds runs, all of them; 0: a few")
	first = flag.Uint64("first", 1, "the first of them")
	kept  = flag.Bool("keep", true, "keep seeds that break a promise")
	seed  = flag.Uint64("seed", 0, "the seed TestSeed runs, with its trace")
)

const (
	// fewSeeds run where nothing was said, so that all tests together stay quick, and raceSeeds with -short and with the
	// race detector, which has little to find here. `make sim` says how many.
	fewSeeds   = 1000
	raceSeeds  = 200
	keptFolder = "testdata/seeds"
	// told is how many lines of a trace a failure prints; TestSeed prints all of them.
	told = 60
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(800) // worlds are small and many
	goleak.VerifyTestMain(m)
}

// simulate runs one seed in a bubble of its own.
func simulate(t *testing.T, seed uint64, o Options) (r Result) {
	t.Helper()
	synctest.Test(t, func(*testing.T) { r = Run(seed, o) })
	return r
}

// each runs do for all of the seeds, on every processor.
func each(t *testing.T, from uint64, n int, do func(t *testing.T, seed uint64) (goOn bool)) {
	t.Helper()
	var next atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for {
					k := next.Add(1) - 1
					if k >= int64(n) || !do(t, from+uint64(k)) {
						next.Store(int64(n))
						return
					}
				}
			})
		}
	})
}

// TestSeeds runs as many worlds as -seeds says: all of them where that was said, however long it takes, and else a few.
// One that breaks a promise is kept in testdata/seeds.
func TestSeeds(t *testing.T) {
	n := *seeds
	switch {
	case n > 0:
	case raced, testing.Short():
		n = raceSeeds
	default:
		n = fewSeeds
	}
	began := time.Now()
	ran := 0
	var mu sync.Mutex
	var sum Count
	bad := 0
	each(t, *first, n, func(t *testing.T, seed uint64) bool {
		r := simulate(t, seed, Options{})
		mu.Lock()
		defer mu.Unlock()
		ran++
		sum.Add(r.Count)
		if len(r.Violations) > 0 {
			bad++
			keep(t, r)
			tell(t, r)
		}
		return bad < 5
	})
	// On a line of its own, for CI to look for.
	fmt.Printf("sim: %d of %d seeds ran, from %d on, in %s; %d broke a promise\n", ran, n, *first, time.Since(began).Round(time.Second), bad)
	t.Logf("%+v", sum)
	if bad == 0 && ran < n {
		t.Errorf("%d seeds of %d ran", ran, n)
	}
	if bad == 0 && ran >= raceSeeds {
		busy(t, ran, sum)
	}
}

// busy looks whether enough happens in the worlds for them to mean anything.
func busy(t *testing.T, ran int, sum Count) {
	t.Helper()
	for what, enough := range map[string]bool{
		"crashes": sum.Crashes >= ran, "reloads": sum.Reloads >= ran/4, "accepted": sum.Accepted >= 2*ran, "deliveries": sum.Deliveries >= 2*ran,
		"replays": sum.Compared >= ran, "deliveries within the store": sum.Inward >= ran, "groups": sum.Groups >= ran/4, "told": sum.Tells >= ran/8, "groups that leave": sum.Removed >= ran/400,
		"held back": sum.Held >= ran/16, "revived": sum.Revived >= ran/400, "plans cancelled": sum.Cancelled >= ran/400,
	} {
		if !enough {
			t.Errorf("hardly anything happens in these worlds, not enough of %s: %+v", what, sum)
		}
	}
}

// TestSeed runs one seed and prints everything that happens.
func TestSeed(t *testing.T) {
	if *seed == 0 {
		t.Skip("no -seed was given")
	}
	r := simulate(t, *seed, Options{Log: func(line string) { fmt.Println(line) }})
	for _, v := range r.Violations {
		t.Error(v)
	}
	t.Logf("%+v", r.Count)
}

// Seeds that once broke a promise are always run.
func TestKeptSeeds(t *testing.T) {
	t.Parallel()
	for _, seed := range keptSeeds(t) {
		if r := simulate(t, seed, Options{}); len(r.Violations) > 0 {
			tell(t, r)
		}
	}
}

func keptSeeds(t *testing.T) (list []uint64) {
	t.Helper()
	files, err := os.ReadDir(keptFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if n, err := strconv.ParseUint(f.Name(), 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func keep(t *testing.T, r Result) {
	t.Helper()
	if !*kept {
		return
	}
	text := strings.Join(r.Violations, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(keptFolder, strconv.FormatUint(r.Seed, 10)), []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// tell runs a world again and prints the end of its trace up to the first promise that was broken.
func tell(t *testing.T, r Result) {
	t.Helper()
	var lines []string
	again := simulate(t, r.Seed, Options{Log: func(line string) { lines = append(lines, line) }})
	for i, line := range lines {
		if strings.Contains(line, "VIOLATION") {
			lines = lines[:i+1]
			break
		}
	}
	lines = lines[max(0, len(lines)-told):]
	t.Errorf("seed %d broke a promise:\n  %s\n\n%s\n\nAll of it: go test ./internal/sim -run 'TestSeed$' -seed %d",
		r.Seed, strings.Join(r.Violations, "\n  "), strings.Join(lines, "\n"), r.Seed)
	if again.Digest != r.Digest {
		t.Errorf("seed %d does not replay: the simulation itself is at fault", r.Seed)
	}
}

// A seed is the whole world: what happens in it happens again, in the same order, whether somebody reads the trace or
// not.
func TestASeedReplaysExactly(t *testing.T) {
	t.Parallel()
	digests := map[uint64]bool{}
	n := 40
	if raced {
		n = 10
	}
	for seed := range uint64(n) {
		var one, two bytes.Buffer
		a := simulate(t, seed, Options{Log: func(line string) { fmt.Fprintln(&one, line) }})
		b := simulate(t, seed, Options{Log: func(line string) { fmt.Fprintln(&two, line) }})
		c := simulate(t, seed, Options{})
		if a.Digest != b.Digest || a.Digest != c.Digest || one.String() != two.String() {
			t.Errorf("seed %d: %x, %x, %x", seed, a.Digest, b.Digest, c.Digest)
		}
		digests[a.Digest] = true
	}
	if len(digests) != n {
		t.Errorf("%d worlds of %d differ", len(digests), n)
	}
}
