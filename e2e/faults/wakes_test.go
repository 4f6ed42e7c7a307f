package faults

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

const wakeRules = `
rules:
  waiting:
    if: source == "crowd" and open_for > 48h
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "1"}}
  probe:
    if: source == "load" and open_for > 3s
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "0"}}
`

const crowd = `  crowd:
    kind: json
    secret: "${env:LOAD_SECRET}"
    each: body.items
    map: {key: item, title: item, fingerprint: item, status: '"firing"'}
`

func wakesEmbedded(t *testing.T) (tally, string) { return wakes(t, "") }

func wakesRedis(t *testing.T) (tally, string) {
	return wakes(t, redistest.Start(t, redistest.AOF("everysec")).URL())
}

// wakes opens as many incidents as IFSEV_WAKES says that wait for something two days away, and among them some whose
// deadline is near.
func wakes(t *testing.T, store string) (tally, string) {
	r := &run{TB: t, receiver: newReceiver(t, "127.0.0.1:0", nil)}
	text := strings.Replace(config(r.receiver.URL), "sources:\n", "sources:\n"+crowd, 1)
	r.daemon(stage.Setup{Store: store, Config: text, Rules: wakeRules})
	waiting, began := number("IFSEV_WAKES", 1_000_000), time.Now()
	r.crowd(waiting)
	took := time.Since(began)
	e := evidence{deadline: deadline, recorded: map[alert]int{}}
	for i := range 500 {
		a := acceptance{alert: alert{fmt.Sprintf("probe-%d", i), 1}, sent: time.Now()}
		if _, err := stage.Request(http.MethodPost, r.daemons[0].URL+"/hooks/load", fmt.Sprintf(`{"incident":%q,"n":"1"}`, a.key), "Authorization", "Bearer "+secret); err != nil {
			t.Fatal(err)
		}
		a.accepted = time.Now()
		e.accepted, e.recorded[a.alert] = append(e.accepted, a), 1
		time.Sleep(20 * time.Millisecond)
	}
	r.arriveLate(&e)
	c := judge(e)
	c.skipped = 0 // alerts lead to nothing here but their deadline
	note := fmt.Sprintf("%d waiting (made in %s), late p50 %s, p99 %s", waiting, took.Round(time.Second), brief(c.late50), brief(c.late99))
	r.print("%s; %s", c, note)
	if err := c.kept(); err != nil {
		t.Error(err)
	}
	return c, note
}

// arriveLate waits until every deadline has led to a delivery.
func (r *run) arriveLate(e *evidence) {
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		e.arrivals = r.receiver.seen()
		if c := judge(*e); c.missing == 0 || time.Now().After(end) {
			return
		}
	}
}

// crowd opens so many incidents, some hundred a request.
func (r *run) crowd(n int) {
	r.Helper()
	const each = 250
	var next atomic.Int64
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for first := int(next.Add(each)) - each; first < n; first = int(next.Add(each)) - each {
				var items []string
				for i := first; i < min(first+each, n); i++ {
					items = append(items, fmt.Sprintf(`"w%d"`, i))
				}
				if _, err := stage.Request(http.MethodPost, r.daemons[0].URL+"/hooks/crowd", `{"items":[`+strings.Join(items, ",")+`]}`, "Authorization", "Bearer "+secret); err != nil {
					r.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}
