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
