package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ifsev/ifsev/e2e/stage"
)

// deadline is how long after it was declared an incident of the senders leads to a delivery.
const deadline = 3 * time.Second

// config is a daemon that takes alerts, and passes on what the rules say to one receiver, or to more by their names.
func config(receiver string, more ...string) string {
	text := fmt.Sprintf(`
timezone: UTC
sources:
  load:
    kind: json
    secret: "${env:LOAD_SECRET}"
    map: {key: body.incident, title: body.n, fingerprint: body.incident, status: '"firing"'}
outgoing: {allow_private: true}
connections:
  receiver: {kind: webhook, url: %q}
`, receiver)
	for i := 0; i+1 < len(more); i += 2 {
		text += fmt.Sprintf("  %s: {kind: webhook, url: %q}\n", more[i], more[i+1])
	}
	return text
}

// rules pass every alert on, and tell when the deadline of an incident has come. Other incidents have none, so that
// what clients write is all there is in them.
const rules = `
rules:
  forward:
    when: alert
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "${event.title}"}}
  deadline:
    if: source == "load" and status == "open" and open_for > 3s
    then:
      - webhook: {to: receiver, json: {key: "${key}", seq: "0"}}
`

// run is one scenario on its way.
type run struct {
	testing.TB
	receiver *receiver
	daemons  []*stage.Daemon
	senders  *senders
	clients  *clients
	// failed counts by rule the actions that failed for good, as the timelines of the senders' incidents tell in the end.
	failed map[string]int
	// known is set where what is promised is known not to hold yet; the table says so, and the test goes on.
	known bool
}

// newRun starts so many daemons on one store, an empty URL meaning one of their own on disk.
func newRun(t testing.TB, store string, daemons int) *run {
	t.Helper()
	r := &run{TB: t, receiver: newReceiver(t, "127.0.0.1:0", unreliable)}
	for range daemons {
		r.daemon(stage.Setup{Store: store})
	}
	return r
}

// daemon starts one more, with the configuration of all.
func (r *run) daemon(s stage.Setup) {
	r.Helper()
	if s.Config == "" {
		s.Config = config(r.receiver.URL)
	}
	if s.Rules == "" {
		s.Rules = rules
	}
	s.Env = append(s.Env, "LOAD_SECRET="+secret)
	r.daemons = append(r.daemons, stage.NewDaemon(r, s))
}

func (r *run) urls() []string {
	var all []string
	for _, d := range r.daemons {
		all = append(all, d.URL)
	}
	return all
}

// load starts senders and clients against all daemons.
func (r *run) load() {
	r.Helper()
	r.clients = startClients(r, 3, 2, r.urls()...)
	r.senders = startSenders(24, 30*time.Millisecond, r.urls()...)
}

// loseMasters starts them as load does, where a master is going to be lost.
func (r *run) loseMasters() {
	r.Helper()
	r.load()
	r.clients.unsure = true
}

// flow waits until something was accepted after now: the fault before is over.
func (r *run) flow() {
	r.Helper()
	before := r.senders.so()
	stage.Eventually(r, 2*time.Minute, "another acceptance", func() error {
		if n := r.senders.so(); n < before+24 {
			return fmt.Errorf("accepted %d, %d before", n, before)
		}
		return nil
	})
}

// settle stops the load, waits for what is owed, counts, and prints the line.
func (r *run) settle() tally {
	r.Helper()
	e := evidence{accepted: r.senders.stop(), deadline: deadline}
	verdict, operations, misfit := r.clients.stop()
	r.arrive(&e)
	e.recorded = r.recorded()
	c := judge(e)
	r.print("%s; answers %v (0: none); history of %d operations: %s", c, r.senders.answers, operations, verdict)
	complain := r.Errorf
	if r.known {
		complain = r.Logf
	}
	if err := c.kept(); err != nil {
		complain("%s", err)
	}
	if verdict != porcupine.Ok {
		complain("the history of what clients wrote and read is %s\n%s", verdict, misfit)
	}
	if n := len(r.senders.refusals); n > 0 {
		r.Errorf("refused %d times otherwise than for a while: %q", n, r.senders.refusals[:min(n, 5)])
	}
	return c
}

// print prints the line of a run, under its name.
func (r *run) print(format string, args ...any) {
	name := strings.ReplaceAll(r.Name()[strings.LastIndex(r.Name(), "/")+1:], "_", " ")
	var out io.Writer = os.Stdout
	fmt.Fprintf(out, name+": "+format+"\n", args...)
}

// arrive waits until everything accepted has arrived, or for so long that it will not.
func (r *run) arrive(e *evidence) {
	told := map[alert]int{}
	for _, a := range e.accepted {
		told[a.alert] = 1
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		e.arrivals, e.recorded = r.receiver.seen(), told
		if c := judge(*e); c.skipped+c.missing == 0 || time.Now().After(end) {
			return
		}
	}
}

// recorded reads every incident of the senders over the API.
func (r *run) recorded() map[alert]int {
	r.Helper()
	all := map[alert]int{}
	r.failed = map[string]int{}
	base := r.daemons[0].URL + "/api/v1/incidents"
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID, Key string }
			Next  string
		}
		body, err := stage.Get(base + "?limit=100" + cursor)
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil {
			r.Fatal(err)
		}
		for _, inc := range page.Items {
			if key, ok := strings.CutPrefix(inc.Key, "load:"); ok {
				r.told(all, key, base+"/"+inc.ID)
			}
		}
		if page.Next == "" {
			return all
		}
		cursor = "&cursor=" + page.Next
	}
}

func (r *run) told(all map[alert]int, key, incident string) {
	r.Helper()
	entries, err := timeline(incident)
	if err != nil {
		r.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == "action_failed" {
			r.failed[e.Data.Rule]++
		}
		if seq, err := strconv.Atoi(e.Data.Title); err == nil && e.Type == "alert" {
			all[alert{key, seq}]++
		}
	}
}
