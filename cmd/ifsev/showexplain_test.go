package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/wire"
)

// What holds a rule back, and what it waits for, is said in words.
func TestExplanationsInWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r := &remote{world: &world{now: func() time.Time { return now }}}
	soon := now.Add(time.Hour)
	for _, c := range []struct {
		e    wire.Explained
		want string
	}{
		{wire.Explained{Verdict: "held", HeldBy: "silenced", Reason: "Quiet", FiresAt: soon, Branch: "then"}, "held back by a silence; it fires at"},
		{wire.Explained{Verdict: "held", HeldBy: "silenced", Reason: "Quiet"}, "held back by a silence (Quiet)"},
		{wire.Explained{Verdict: "held", HeldBy: "mode", When: []string{"noted"}}, "held back by a run of its own that was unfinished"},
		{wire.Explained{Verdict: "true", HeldBy: "shadow", Shadow: true}, "true, and it would have fired; it is in shadow, and does nothing"},
		{wire.Explained{Verdict: "false", HeldBy: "waiting", Schedule: "0 9 * * *", FiresAt: soon, Branch: "then"}, "false; by its schedule it fires at"},
		{wire.Explained{Verdict: "false", Schedule: "0 9 * * *"}, "false; its schedule is 0 9 * * *"},
		{wire.Explained{Verdict: "true", HeldBy: "waiting", FiresAt: soon, Branch: "otherwise"}, "(otherwise)"},
		{wire.Explained{Firings: []wire.Firing{{Queued: true}}}, "it begins when the run before it is finished"},
		{wire.Explained{Firings: []wire.Firing{{Until: soon}}}, "it waits until "},
		{wire.Explained{Firings: []wire.Firing{{}}}, "its steps are not finished"},
	} {
		var out bytes.Buffer
		c.e.Rule = "r"
		r.showExplained(&out, &c.e)
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%q does not say %q", out.String(), c.want)
		}
	}
}

// Of all rules the last few changes are shown, of one rule all; of a rule that has said one thing only, none.
func TestHistoriesInWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.Local)
	var history []wire.Past
	for i, verdict := range []string{"true", "fired", "held", "error", "false"} {
		history = append(history, wire.Past{Verdict: verdict, At: at.Add(time.Duration(i) * time.Minute)})
	}
	history[2].HeldBy, history[2].Reason, history[3].Error = "silenced", "Hush", "no\x07"
	r := &remote{world: &world{now: func() time.Time { return at }}}
	rule := wire.Explained{Rule: "r", Verdict: "false", History: history}
	var one, all bytes.Buffer
	r.showExplanation(&one, &wire.Explanation{Rules: []wire.Explained{rule}})
	for _, want := range []string{"2026-03-02 09:00:00  true\n", "09:01:00  fired\n", "09:02:00  held (silenced): Hush\n", "09:03:00  error: no", "09:04:00  false\n"} {
		if !strings.Contains(one.String(), want) {
			t.Errorf("%q does not say %q", one.String(), want)
		}
	}
	if strings.Contains(one.String(), "\x07") {
		t.Error("it rings the bell")
	}
	r.showExplanation(&all, &wire.Explanation{Rules: []wire.Explained{rule, {Rule: "s", History: history[:1]}}})
	if said := all.String(); strings.Contains(said, "09:01:00") || !strings.Contains(said, "09:02:00") || strings.Count(said, "what it said") != 1 {
		t.Errorf("%s", said)
	}
}
