package faults

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
)

// pages declares incidents one after the other and answers what became of the delivery each leads to, and how long it
// took from the answer of the API to its arrival.
func (r *run) pages(n int, pause time.Duration) (tally, []time.Duration) {
	r.Helper()
	e := evidence{recorded: map[alert]int{}}
	for i := range n {
		a := acceptance{alert: alert{"page-" + strconv.Itoa(i), 1}, sent: time.Now()}
		if _, err := stage.Request(http.MethodPost, r.daemons[0].URL+"/api/v1/incidents", fmt.Sprintf(`{"title":"page","key":%q}`, a.key)); err != nil {
			r.Fatal(err)
		}
		a.accepted = time.Now()
		e.accepted, e.recorded[a.alert] = append(e.accepted, a), 1
		time.Sleep(pause)
	}
	r.arrive(&e)
	return judge(e), latencies(e)
}

// latencies answers how long after its acceptance each alert arrived.
func latencies(e evidence) []time.Duration {
	first := new(tally).countArrivals(e.arrivals)
	var all []time.Duration
	for _, a := range e.accepted {
		if got, ok := first[a.alert]; ok {
			all = append(all, got.at.Sub(a.accepted))
		}
	}
	return all
}

const hangingRules = `
rules:
  page:
    when: declared
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "1"}}
  hang:
    when: declared
    then:
      - webhook: {to: hanging, json: {key: "${key}", seq: "1"}}
`

func receiverHangs(t *testing.T) (tally, string) {
	released := make(chan struct{})
	hanging := newReceiver(t, "127.0.0.1:0", func(http.ResponseWriter, func()) bool {
		<-released
		return true
	})
	t.Cleanup(func() { close(released) }) // before the receiver is closed, which waits for what it holds
	r := &run{TB: t, receiver: newReceiver(t, "127.0.0.1:0", nil)}
	r.daemon(stage.Setup{
		Config: config(r.receiver.URL, "hanging", hanging.URL), Rules: hangingRules,
	})
	c, all := r.pages(number("IFSEV_PAGES", 300), 15*time.Millisecond)
	note := fmt.Sprintf("pages p50 %s, p99 %s", brief(percentile(all, 50)), brief(percentile(all, 99)))
	r.print("%s; %s", c, note)
	if err := c.kept(); err != nil {
		t.Error(err)
	}
	return c, note
}
