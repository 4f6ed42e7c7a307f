package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// What clients do to an incident, as the checker of histories is told.
type opKind int

const (
	opNote   opKind = iota // add a note
	opNoteIf               // add a note if the version is still the one that was read
	opRead                 // read the timeline: the notes in order
)

type input struct {
	incident string
	kind     opKind
	note     int // its own number
	version  int // that opNoteIf wants
}

// What became of it.
type outcome int

const (
	done    outcome = iota
	refused         // the version was another (412)
	unknown         // the answer never came: it may have happened, or may yet
)

type output struct {
	outcome outcome
	notes   string // what opRead saw, as 3,1,2
}

// register is an incident as the model knows it: the notes in order. Its version is 1 when it is declared, and one
// more with each note. final is what was read of each incident in the end, where it was: notes are only ever added, so
// every state before is a beginning of it. That changes no verdict, and spares the checker the orders that cannot be,
// which are more than can be tried where hardly anything is read on the way.
func register(final map[string]string) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			by := map[string][]porcupine.Operation{}
			for _, op := range history {
				incident := op.Input.(input).incident
				by[incident] = append(by[incident], op)
			}
			var all [][]porcupine.Operation
			for _, ops := range by {
				all = append(all, ops)
			}
			return all
		},
		Init: func() any { return "" },
		Step: func(state, in, out any) (bool, any) {
			ok, next := step(state.(string), in.(input), out.(output))
			return ok && leadsTo(final[in.(input).incident], next), next
		},
	}
}

// leadsTo reports whether what was read in the end can come of the state, or the state of it.
func leadsTo(final, notes string) bool {
	return notes == "" || final == "" || strings.HasPrefix(final+",", notes+",") || strings.HasPrefix(notes, final+",")
}

// endings answers what the last reads saw, which no client made.
func endings(history []porcupine.Operation) map[string]string {
	final := map[string]string{}
	for _, op := range history {
		if op.ClientId < 0 {
			final[op.Input.(input).incident] = op.Output.(output).notes
		}
	}
	return final
}

// step says whether the state allows the outcome, and what the state is then.
func step(notes string, in input, out output) (ok bool, next string) {
	fits := in.kind != opNoteIf || in.version == versionOf(notes)
	switch {
	case in.kind == opRead:
		return out.notes == notes, notes
	case out.outcome == refused:
		return !fits, notes
	case !fits:
		return out.outcome == unknown, notes
	case slices.Contains(strings.Split(notes, ","), strconv.Itoa(in.note)):
		return false, notes // written twice
	}
	return true, join(notes, in.note)
}

func versionOf(notes string) int {
	if notes == "" {
		return 1
	}
	return 2 + strings.Count(notes, ",")
}

func join(notes string, note int) string {
	if notes == "" {
		return strconv.Itoa(note)
	}
	return notes + "," + strconv.Itoa(note)
}

// check answers whether the history can have happened. If not, it tells the operations about one incident that none of
// the longest orders that can have happened has room for, and how that order ends.
func check(history []porcupine.Operation) (verdict porcupine.CheckResult, misfit string) {
	model := register(endings(history))
	verdict = porcupine.CheckOperationsTimeout(model, history, time.Minute)
	if verdict == porcupine.Ok {
		return verdict, ""
	}
	for i, ops := range model.Partition(history) {
		one, info := porcupine.CheckOperationsVerbose(model, ops, 5*time.Second)
		if one == porcupine.Ok {
			continue
		}
		misfit += fmt.Sprintf("incident %d:\n", i)
		longest := []porcupine.Operation{}
		for _, order := range info.PartialLinearizationsOperations()[0] {
			if len(order) > len(longest) {
				longest = order
			}
		}
		placed := map[porcupine.Operation]bool{}
		for _, op := range longest {
			placed[op] = true
		}
		for _, op := range longest[max(0, len(longest)-10):] {
			misfit += "  fits      " + told(op)
		}
		left := slices.DeleteFunc(slices.Clone(ops), func(op porcupine.Operation) bool { return placed[op] })
		slices.SortFunc(left, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
		for _, op := range left[:min(len(left), 15)] {
			misfit += "  no place  " + told(op)
		}
	}
	return verdict, misfit
}

func told(op porcupine.Operation) string {
	in, out := op.Input.(input), op.Output.(output)
	what := fmt.Sprintf("note %d", in.note)
	switch in.kind {
	case opNoteIf:
		what += fmt.Sprintf(" if version %d", in.version)
	case opRead:
		what = "read …" + out.notes[max(0, len(out.notes)-40):]
	}
	return fmt.Sprintf("%8d to %8d ms, client %2d: %s: %s\n", op.Call/1e6, op.Return/1e6, op.ClientId, what, [...]string{"done", "refused", "unknown"}[out.outcome])
}
