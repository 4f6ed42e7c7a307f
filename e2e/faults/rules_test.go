package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
)

// brokenRules fail when they are evaluated, by what they cost, as no check can tell before. Each alert meets both.
const brokenRules = `
  broken-condition:
    when: alert
    if: any(0..999999, it < 0)
    then:
      - note: never
  broken-text:
    when: alert
    then:
      - webhook: {to: receiver, json: {key: '${join(map(0..999999, string(it)), ",")}', seq: "1"}}
      - note: never
`

// rulesBroken puts rules that fail beside those of every run. Nothing that the others do may suffer; a condition that
// fails is counted by rule, a text that does is told in the timeline.
func rulesBroken(t *testing.T) (tally, string) {
	r := newRun(t, "", 0)
	r.daemon(stage.Setup{Rules: rules + brokenRules})
	r.load()
	time.Sleep(4 * time.Second)
	c := r.settle()
	conditions, texts := r.failures("broken-condition"), r.failed["broken-text"]
	if conditions < c.accepted || texts < c.accepted {
		t.Errorf("%d alerts met both rules, and %d failures of a condition and %d of a text are told", c.accepted, conditions, texts)
	}
	for _, rule := range []string{"forward", "deadline"} {
		if n := r.failures(rule) + r.failed[rule]; n != 0 {
			t.Errorf("%s failed %d times: nothing is wrong with it", rule, n)
		}
	}
	return c, fmt.Sprintf("%d failures of a condition, %d of a text", conditions, texts)
}

// failures reads how often the first daemon could not evaluate the condition of a rule.
func (r *run) failures(rule string) int {
	r.Helper()
	body, err := stage.Get(r.daemons[0].URL + "/metrics")
	if err != nil {
		r.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ifsev_rule_errors_total\{rule="` + rule + `"\} (\d+)$`).FindSubmatch(body)
	if m == nil {
		r.Fatalf("no metric tells the errors of %s", rule)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		r.Fatal(err)
	}
	return n
}

// answersLost has the receiver do its work and lose one answer in ten.
func answersLost(t *testing.T) (tally, string) {
	var lost atomic.Int64
	r := &run{TB: t, receiver: newReceiver(t, "127.0.0.1:0", func(_ http.ResponseWriter, note func()) bool {
		if rand.IntN(10) > 0 {
			return false
		}
		note()
		lost.Add(1)
		panic(http.ErrAbortHandler)
	})}
	r.daemon(stage.Setup{})
	r.load()
	time.Sleep(4 * time.Second)
	c := r.settle()
	if c.doubled == 0 {
		t.Errorf("nothing came twice, though %d answers were lost", lost.Load())
	}
	return c, fmt.Sprint(lost.Load(), " answers lost")
}
