package faults

import (
	"strings"
	"testing"
)

func TestEveryScenarioShowsAPromise(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range promises() {
		known[p.fault] = true
	}
	names := map[string]bool{}
	for _, s := range scenarios() {
		if !known[s.fault] || names[s.name] {
			t.Errorf("%s: %q is no promise, or the name is taken", s.name, s.fault)
		}
		names[s.name] = true
	}
}

func TestTableSaysWhatIsBrokenAndWhatWasNotRun(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printTable(&b, []result{{fault: "store full", name: "small Redis", tally: tally{accepted: 7, lost: 1}, ok: false}, {fault: "timers", name: "many", ok: true, note: "p99 1 ms"}})
	for _, want := range []string{"| small Redis | 7 | 1 | 0 |", "**broken**", "| receiver down | kept; order kept; others not delayed; same key | not run |", "| p99 1 ms |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	width := 0
	for line := range strings.Lines(strings.TrimSpace(b.String())) {
		if n := strings.Count(line, "|"); width != 0 && n != width {
			t.Errorf("%d columns, want %d: %s", n, width, line)
		} else {
			width = n
		}
	}
}
