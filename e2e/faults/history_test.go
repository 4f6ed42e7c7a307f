package faults

import (
	"math"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

func op(call, back int64, in input, out output) porcupine.Operation {
	in.incident = "a"
	return porcupine.Operation{Input: in, Output: out, Call: call, Return: back}
}

// Many writes at once that nobody reads on the way could be in more orders than there is time for.
func TestWhatIsReadInTheEndSparesOrders(t *testing.T) {
	t.Parallel()
	var ops []porcupine.Operation
	notes := ""
	for i := range 300 {
		ops = append(ops, op(int64(10*i), int64(10*i+15), input{kind: opNote, note: i}, output{}))
		notes = join(notes, i^1)
	}
	last := op(5000, 5001, input{kind: opRead}, output{notes: notes})
	last.ClientId = -1
	if got, misfit := check(append(ops, last)); got != porcupine.Ok {
		t.Errorf("%s: %s", got, misfit)
	}
	lost := op(3100, 3101, input{kind: opNote, note: 300}, output{})
	if got, misfit := check(append(ops, lost, last)); got != porcupine.Illegal || !strings.Contains(misfit, "note 300: done") {
		t.Errorf("a lost one: %s: %s", got, misfit)
	}
}

// A checker that cannot say no proves nothing.
func TestBrokenHistoriesAreIllegal(t *testing.T) {
	t.Parallel()
	note := func(call, back int64, n int) porcupine.Operation {
		return op(call, back, input{kind: opNote, note: n}, output{})
	}
	noteIf := func(call, back int64, n, version int, o outcome) porcupine.Operation {
		return op(call, back, input{kind: opNoteIf, note: n, version: version}, output{outcome: o})
	}
	read := func(call, back int64, notes string) porcupine.Operation {
		return op(call, back, input{kind: opRead}, output{notes: notes})
	}
	for name, tt := range map[string]struct {
		ops  []porcupine.Operation
		want bool
	}{
		"in turn":                  {[]porcupine.Operation{note(0, 1, 1), read(2, 3, "1"), note(4, 5, 2), read(6, 7, "1,2")}, true},
		"at once, either way":      {[]porcupine.Operation{note(0, 5, 1), note(0, 5, 2), read(6, 7, "2,1")}, true},
		"a note is lost":           {[]porcupine.Operation{note(0, 1, 1), read(2, 3, "")}, false},
		"a note is lost later":     {[]porcupine.Operation{note(0, 1, 1), read(2, 3, "1"), note(4, 5, 2), read(6, 7, "2")}, false},
		"a note is written twice":  {[]porcupine.Operation{note(0, 1, 1), read(2, 3, "1,1")}, false},
		"order is turned":          {[]porcupine.Operation{note(0, 1, 1), note(2, 3, 2), read(4, 5, "2,1")}, false},
		"a read goes back in time": {[]porcupine.Operation{note(0, 9, 1), read(1, 2, "1"), read(3, 4, "")}, false},
		"under its version":        {[]porcupine.Operation{noteIf(0, 1, 1, 1, done), noteIf(2, 3, 2, 1, refused), noteIf(4, 5, 3, 2, done), read(6, 7, "1,3")}, true},
		"two under one version":    {[]porcupine.Operation{noteIf(0, 9, 1, 1, done), noteIf(0, 9, 2, 1, done)}, false},
		"refused without reason":   {[]porcupine.Operation{noteIf(0, 1, 1, 1, refused)}, false},
		"refused, yet written":     {[]porcupine.Operation{note(0, 1, 1), noteIf(2, 3, 2, 1, refused), read(4, 5, "1,2")}, false},
		"unknown, and happened":    {[]porcupine.Operation{noteIf(0, math.MaxInt64, 1, 1, unknown), read(4, 5, "1")}, true},
		"unknown, did not happen":  {[]porcupine.Operation{noteIf(0, math.MaxInt64, 1, 1, unknown), note(1, 2, 2), read(4, 5, "2")}, true},
		"never asked for":          {[]porcupine.Operation{read(4, 5, "7")}, false},
	} {
		got, misfit := check(tt.ops)
		if want := map[bool]porcupine.CheckResult{true: porcupine.Ok, false: porcupine.Illegal}[tt.want]; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if tt.want == strings.Contains(misfit, "no place") {
			t.Errorf("%s: what does not fit: %q", name, misfit)
		}
	}
}
