package statetest

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev/state"
)

// model compares the store with the reference over random steps: IFSEV_MODEL_RUNS runs (200, in hundreds) of about
// IFSEV_MODEL_STEPS steps (60, in thirties). When they differ, rapid looks for the shortest run that shows it.
func (s *suite) model(t *testing.T) {
	t.Helper()
	runs, steps := setting(t, "IFSEV_MODEL_RUNS", 200), setting(t, "IFSEV_MODEL_STEPS", 60)
	for n := range (runs + 99) / 100 {
		t.Run(fmt.Sprint("hundred ", n+1), func(t *testing.T) {
			if !s.serial {
				t.Parallel()
			}
			rapid.Check(t, func(rt *rapid.T) { s.play(t, rt, steps) })
		})
	}
}

func setting(t *testing.T, name string, standard int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a number above 0", name, text)
	}
	return n
}

// play is one run.
func (s *suite) play(t *testing.T, rt *rapid.T, steps int) {
	w := s.world(t)
	defer func() {
		if err := w.Close(); err != nil {
			rt.Errorf("Close: %v", err)
		}
	}()
	p := newPlayer(t, rt, w)
	for range (steps + 29) / 30 {
		rt.Repeat(p.steps())
		if rapid.IntRange(0, 9).Draw(rt, "moves") == 9 {
			p.move(t, rt)
		}
	}
	p.look(rt)
	p.lookAtStats(rt)
	p.lookWithin(rt)
}

// lookWithin has the store look at itself, if it can.
func (p *player) lookWithin(rt *rapid.T) {
	c, ok := p.w.Store.(state.Checker)
	if !ok {
		return
	}
	sum, err := c.Check(p.ctx, func(fault string) { rt.Errorf("Check: %s", fault) })
	p.fine(rt, "Check", err)
	want := 0
	for _, i := range p.ref.incidents {
		if i.summary.Number > 0 {
			want++
		}
	}
	if sum.Incidents != want {
		rt.Errorf("Check has read %d incidents of %d", sum.Incidents, want)
	}
}
