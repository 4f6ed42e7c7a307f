package backtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// drawn is a rule set as it was drawn, one text for each rule.
type drawn []string

func (d drawn) load(t testing.TB) *rules.Set { return load(t, strings.Join(d, "")) }

// drawRules draws rules that watch state, time, events and one another.
func drawRules(t *rapid.T) drawn {
	var d drawn
	for i := range rapid.IntRange(1, 5).Draw(t, "rules") {
		d = append(d, drawRule(t, i, drawSteps(t)))
	}
	if rapid.Bool().Draw(t, "answer?") { // one that answers deliveries: more of them would grow without end
		d = append(d, fmt.Sprintf("  answers: {when: %s, cooldown: 3m, then: [page: bob]}\n", rapid.SampledFrom([]string{"delivered", "action_failed"}).Draw(t, "answers")))
	}
	return d
}

func drawRule(t *rapid.T, i int, steps string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  r%d:\n", i)
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	if rapid.IntRange(0, 3).Draw(t, "when?") == 0 {
		if strings.Contains(steps, "call") || strings.Count(steps, "{") > 1 { // chains of events would grow without end
			steps = "[{page: bob}, acknowledge]"
		}
		fmt.Fprintf(&b, "    when: %s\n", pick("when", "noted", "severity_changed", "status_changed", "acknowledged", "tagged", "alert"))
		if rapid.Bool().Draw(t, "if?") {
			fmt.Fprintf(&b, "    if: %s\n", pick("if", "severity <= 2", "not acknowledged"))
		}
		if rapid.Bool().Draw(t, "cooldown?") {
			fmt.Fprintf(&b, "    cooldown: %dm\n", rapid.IntRange(1, 30).Draw(t, "cooldown"))
		}
	} else {
		fmt.Fprintf(&b, "    if: %s\n", pick("if",
			"severity <= 2", "severity == 1 and status == \"open\"", "open_for > 20m", "open_for > 45m and severity > 1", "since(last_activity_at) >= 30m",
			"not acknowledged", "tags contains \"a\"", "firing_alerts > 0", "since(severity_changed_at) >= 10m", "status == \"closed\"", `was("severity", 1)`))
		if rapid.Bool().Draw(t, "for?") {
			fmt.Fprintf(&b, "    for: %dm\n", rapid.IntRange(1, 40).Draw(t, "for"))
		}
		fmt.Fprintf(&b, "    rearm: %s\n", pick("rearm", "episode", "when_false", "never"))
		if rapid.IntRange(0, 3).Draw(t, "every?") == 0 {
			fmt.Fprintf(&b, "    every: %dm\n    max: 3\n", rapid.IntRange(10, 60).Draw(t, "every"))
		}
		if rapid.IntRange(0, 3).Draw(t, "after?") == 0 {
			fmt.Fprintf(&b, "    after: {%dm: %s}\n", rapid.IntRange(1, 30).Draw(t, "after"), drawSteps(t))
		}
	}
	fmt.Fprintf(&b, "    then: %s\n", steps)
	return b.String()
}

func drawSteps(t *rapid.T) string {
	var steps []string
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		steps = append(steps, rapid.SampledFrom([]string{
			"{note: hello}", "{page: alice}", "{page: database}", `{set: {severity: "${max(1, severity - 1)}"}}`, "{set: {severity: 3}}", "acknowledge",
			"{add_tags: [a]}", "{remove_tags: [a]}", "{add_oncall: database}", "{close: over}", "{webhook: hook, on_error: [{note: failed}]}",
			"{webhook: hook, continue: true}",
		}).Draw(t, "step"))
	}
	if rapid.IntRange(0, 3).Draw(t, "id?") == 0 {
		steps = append(steps, "{id: call, webhook: hook}", `{set: {fields.issue: "${steps.call.body}"}}`)
	}
	return "[" + strings.Join(steps, ", ") + "]"
}

// drawLife has people and tools do this and that for a few hours.
func drawLife(t *rapid.T, l *life) {
	l.declare(ifsev.Declaration{Severity: ifsev.Severity(rapid.IntRange(1, 3).Draw(t, "severity")), Tags: drawTags(t)})
	for range rapid.IntRange(0, 8).Draw(t, "requests") {
		if len(l.events) > maxLife {
			t.Skip("too much goes on")
		}
		l.until(l.now.Add(time.Duration(rapid.Int64Range(0, int64(40*time.Minute)).Draw(t, "pause"))))
		l.submit(drawRequest(t))
	}
	l.until(l.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "rest")) * time.Minute))
	if len(l.events) > maxLife {
		t.Skip("too much goes on")
	}
}

func drawTags(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{nil, {"a"}, {"b"}}).Draw(t, "tags")
}

func drawRequest(t *rapid.T) rules.Submission {
	c := &ifsev.Change{}
	switch rapid.IntRange(0, 8).Draw(t, "request") {
	case 0:
		c.Note = "working"
	case 1:
		c.Acknowledge = "bob"
	case 2:
		sev := ifsev.Severity(rapid.IntRange(1, 3).Draw(t, "to"))
		c.Severity, c.AddTags, c.Roles = &sev, drawTags(t), map[string]string{"commander": "carol"}
	case 3:
		c.AddTags, c.Title = []string{"a"}, new(string)
		*c.Title = "Renamed"
	case 4:
		c.RemoveTags = []string{"a"}
	case 5:
		status := rapid.SampledFrom(ifsev.Statuses()).Draw(t, "status")
		c.Status, c.Note = &status, "so it is"
	case 6:
		c.CancelPlan = fmt.Sprintf("r%d", rapid.IntRange(0, 4).Draw(t, "rule"))
	default:
		a := &ifsev.Alert{
			Source: "prom", Key: "k", Fingerprint: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "fingerprint"), Title: "Disk",
			Status: rapid.SampledFrom([]ifsev.AlertStatus{ifsev.AlertIsFiring, ifsev.AlertIsResolved}).Draw(t, "alert"),
			TTL:    time.Duration(rapid.IntRange(0, 30).Draw(t, "ttl")) * time.Minute,
		}
		return rules.Submission{Actor: ifsev.Actor{Kind: ifsev.SourceActor, Name: "prom"}, Alert: a, Repeat: rapid.IntRange(0, 3).Draw(t, "again") == 0}
	}
	return rules.Submission{Change: c}
}

// Rules that have not changed make what happened, to the millisecond, whatever they are and whatever people and receivers
// did: nothing differs, and nothing in the record is left unexplained.
func TestUnchangedRulesMakeWhatHappened(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		set := drawRules(rt).load(t)
		l := live(t, set, rapid.Uint64().Draw(rt, "seed"))
		l.failing, l.slow = rapid.SampledFrom([]int{0, 30, 100}).Draw(rt, "failing"), rapid.SampledFrom([]time.Duration{time.Second, time.Hour}).Draw(rt, "slow")
		drawLife(rt, l)
		r := l.try(set)
		if !r.Empty() || len(r.Unexplained) > 0 {
			rt.Fatal(lines(r))
		}
		h := l.history()
		p := readPast(&h)
		then := newReplayer(p, l.sets, func(string, time.Time) bool { return true })
		if err := then.play(l.now, maxDecisions); err != nil {
			rt.Fatal(err)
		}
		// A request that changed nothing leaves no trace, but may have been what a due firing was noticed by, within the
		// millisecond wakes are rounded up to.
		same := func(a, b Firing) bool {
			return a.Rule == b.Rule && a.Branch == b.Branch && a.At.Sub(b.At).Abs() < time.Millisecond
		}
		if !slices.EqualFunc(p.firings, then.fired, same) {
			rt.Fatalf("other instants or another order:\n%v\n%v", p.firings, then.fired)
		}
	})
}

// The same where the daemon was late by up to 50 ms, and where the rules were reloaded on the way: still nothing differs
// between the rules of then and themselves, because both are played by the same clock.
func TestUnchangedRulesDoNotDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		set := drawRules(rt).load(t)
		l := live(t, set, rapid.Uint64().Draw(rt, "seed"))
		l.late, l.failing = 50*time.Millisecond, 20
		drawLife(rt, l)
		if r := l.try(set); !r.Empty() {
			rt.Fatal(lines(r))
		}
	})
}

// Where one rule changes whose steps nobody listens to, it is the only one that differs.
func TestTheDifferenceIsInTheChangedRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		before := drawRules(rt)
		if n := len(before) - 1; strings.HasPrefix(before[n], "  answers:") {
			before = before[:n:n] // it would follow from the change
		}
		i := rapid.IntRange(0, max(0, len(before)-1)).Draw(rt, "changed")
		before[i] = drawRule(rt, i, "[{page: carol}]")
		after := slices.Clone(before)
		after[i] = drawRule(rt, i, "[{page: carol}]")
		for _, text := range []string{before[i], after[i]} { // a rung does other things
			if strings.Contains(text, "after:") {
				rt.Skip()
			}
		}
		l := live(t, before.load(t), rapid.Uint64().Draw(rt, "seed"))
		drawLife(rt, l)
		for _, d := range l.try(after.load(t)).Rules {
			if d.Rule != fmt.Sprintf("r%d", i) && !d.Empty() {
				rt.Fatalf("r%d was changed, and %s differs", i, d.Rule)
			}
		}
	})
}
