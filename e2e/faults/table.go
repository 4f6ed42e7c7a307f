package faults

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// A promise is one row of the table of promises. elsewhere says what shows it where no scenario does.
type promise struct{ fault, accepted, actions, duplicates, elsewhere string }

// promises answers the table of promises, as architecture and operations tell it.
func promises() []promise {
	return []promise{
		{"daemon killed, deployed, out of memory", "none lost", "none skipped; in flight resume", "same key", ""},
		{"power loss: embedded, or Redis with AOF always", "none lost", "none skipped", "same key", ""},
		{"Redis process killed (AOF)", "none lost", "none skipped", "none in state", ""},
		{"master lost or cut off, `replicated`", "none lost; 503 meanwhile", "none skipped", "same key", ""},
		{
			"Redis host loses power with AOF everysec, or `local` failover", "up to about a second, said at start", "as events", "",
			"no run: what may be lost is the server's; that it is said at start, state/redisstate shows",
		},
		{"network slow, half open, cut", "none lost; 503 meanwhile", "none skipped", "same key", ""},
		{"store full", "refused before it is accepted", "go on when there is room", "same key", ""},
		{"clock of one replica wrong", "none lost", "none early by the store's clock", "same key", ""},
		{"receiver down", "kept", "order kept; others not delayed", "same key", ""},
		{"receiver did it, answer lost", "", "at least once", "same key", ""},
		{"bad rule, template error", "kept", "the rest goes on", "same key", ""},
		{"timers", "", "never early; p99 under 250 ms", "", ""},
	}
}

// result is what one scenario came to.
type result struct {
	fault string // of a promise
	name  string
	tally tally
	note  string
	ok    bool
}

// printTable prints, for each promise, the runs that show it, as Markdown.
func printTable(w io.Writer, all []result) {
	fmt.Fprintln(w, "\n| fault | promised: accepted; actions; duplicates | run | accepted | lost | skipped | doubled, same key | other key | out of order | early | longest gap | |")
	fmt.Fprintln(w, "|"+strings.Repeat("---|", 12))
	for _, p := range promises() {
		shown := false
		for _, r := range all {
			if r.fault == p.fault {
				shown = true
				printRow(w, p, r)
			}
		}
		if !shown {
			fmt.Fprintf(w, "| %s | %s | %s | | | | | | | | | |\n", p.fault, p.told(), cmp.Or(p.elsewhere, "not run"))
		}
	}
}

func (p promise) told() string {
	var said []string
	for _, s := range []string{p.accepted, p.actions, p.duplicates} {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, "; ")
}

func printRow(w io.Writer, p promise, r result) {
	c, verdict := r.tally, r.note
	if !r.ok {
		verdict = strings.TrimSpace("**broken** " + verdict)
	}
	fmt.Fprintf(w, "| %s | %s | %s | %d | %d | %d | %d | %d | %d | %d | %s | %s |\n", p.fault, p.told(), r.name,
		c.accepted, c.lost, c.skipped, c.doubled, c.foreign+c.twice, c.outOfOrder, c.early, brief(c.longestWait), verdict)
}
