package faults

import (
	"strings"
	"testing"
)

// Every scenario shows a promise, and every promise is shown by a scenario or says what shows it.
func TestEveryScenarioShowsAPromise(t *testing.T) {
	t.Parallel()
	runs := map[string]int{}
	for _, p := range promises() {
		runs[p.fault] = 0
	}
	names := map[string]bool{}
	for _, s := range scenarios() {
		if _, known := runs[s.fault]; !known || names[s.name] {
			t.Errorf("%s: %q is no promise, or the name is taken", s.name, s.fault)
		}
		names[s.name] = true
		runs[s.fault]++
	}
	for _, p := range promises() {
		if (runs[p.fault] == 0) != (p.elsewhere != "") {
			t.Errorf("%q is shown by %d scenarios, and elsewhere: %q", p.fault, runs[p.fault], p.elsewhere)
		}
	}
}

func TestTableSaysWhatIsBrokenAndWhatWasNotRun(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printTable(&b, []result{{fault: "store full", name: "small Redis", tally: tally{accepted: 7, lost: 1}, ok: false}, {fault: "timers", name: "many", ok: true, note: "p99 1 ms"}})
	for _, want := range []string{"| small Redis | 7 | 1 | 0 |", "**broken**", "| receiver down | kept; order kept; others not delayed; same key | not run |", "| up to about a second, said at start; as events | no run: ", "| p99 1 ms |"} {
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
