package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ifsev/ifsev/e2e/stage"
)

// clients write notes to a few incidents over the API, some under the version they have read, and read them, all at
// once and through every daemon, and keep the history of it.
type clients struct {
	urls      []string
	incidents []string
	// unsure is for stores whose master is lost: see uncertain.
	unsure  bool
	began   time.Time
	note    atomic.Int64
	stopped atomic.Bool
	wait    sync.WaitGroup

	mu      sync.Mutex
	history []porcupine.Operation
}

func startClients(t testing.TB, incidents, each int, urls ...string) *clients {
	t.Helper()
	c := &clients{urls: urls, began: time.Now()}
	for i := range incidents {
		var inc struct{ ID string }
		stage.Eventually(t, time.Minute, "a declared incident", func() error {
			body, err := stage.Request(http.MethodPost, c.url(), fmt.Sprintf(`{"title":"history","key":"history-%d"}`, i))
			if err != nil {
				return err
			}
			return json.Unmarshal(body, &inc)
		})
		c.incidents = append(c.incidents, inc.ID)
	}
	for i := range incidents * each {
		c.wait.Go(func() { c.work(i, c.incidents[i%incidents]) })
	}
	return c
}

func (c *clients) url() string { return c.urls[rand.IntN(len(c.urls))] + "/api/v1/incidents" }

func (c *clients) work(client int, incident string) {
	seen := 1
	for !c.stopped.Load() {
		switch rand.IntN(3) {
		case 0:
			c.write(client, input{incident: incident, kind: opNote})
		case 1:
			c.write(client, input{incident: incident, kind: opNoteIf, version: seen})
		}
		if notes, ok := c.read(client, incident); ok {
			seen = versionOf(notes)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// write sends one note, again under the same Idempotency-Key until the answer says what became of it.
func (c *clients) write(client int, in input) {
	in.note = int(c.note.Add(1))
	headers := []string{"Idempotency-Key", "note-" + strconv.Itoa(in.note)}
	if in.kind == opNoteIf {
		headers = append(headers, "If-Match", strconv.Quote(strconv.Itoa(in.version)))
	}
	call := time.Since(c.began).Nanoseconds()
	for {
		_, err := stage.Request(http.MethodPost, c.url()+"/"+in.incident+"/notes", fmt.Sprintf(`{"text":"%d"}`, in.note), headers...)
		var status *stage.StatusError
		switch {
		case err == nil:
			c.keep(client, in, output{outcome: done}, call, time.Since(c.began).Nanoseconds())
			return
		case errors.As(err, &status) && status.Status == http.StatusPreconditionFailed:
			c.keep(client, in, output{outcome: refused}, call, time.Since(c.began).Nanoseconds())
			return
		case c.stopped.Load():
			c.keep(client, in, output{outcome: unknown}, call, math.MaxInt64)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// read asks once; a read without an answer changes nothing and is no part of the history.
func (c *clients) read(client int, incident string) (notes string, ok bool) {
	call := time.Since(c.began).Nanoseconds()
	entries, err := timeline(c.url() + "/" + incident)
	if err != nil {
		return "", false
	}
	var all []string
	for _, e := range entries {
		if e.Type == "noted" {
			all = append(all, e.Data.Text)
		}
	}
	notes = strings.Join(all, ",")
	c.keep(client, input{incident: incident, kind: opRead}, output{notes: notes}, call, time.Since(c.began).Nanoseconds())
	return notes, true
}

func (c *clients) keep(client int, in input, out output, call, back int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, porcupine.Operation{ClientId: client, Input: in, Output: out, Call: call, Return: back})
}

// stop ends them and answers what the checker says of their history, and what does not fit in it.
func (c *clients) stop() (verdict porcupine.CheckResult, operations int, misfit string) {
	c.stopped.Store(true)
	c.wait.Wait()
	for i, incident := range c.incidents {
		for range 100 { // what is there in the end must be known
			if _, ok := c.read(-1-i, incident); ok {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	history := c.history
	if c.unsure {
		history = slices.DeleteFunc(history, uncertain)
	}
	verdict, misfit = check(history)
	return verdict, len(history), misfit
}

// uncertain reports whether the operation only tells what was read while the load went on. With durability: replicated
// a write is accepted once a replica has it; until then the master has it already, shows it to readers, and refuses by
// it what wants an earlier version. If that master is lost, so is the write, which nobody was told is accepted. Writes
// that were accepted, in what order, on what version, and what is read in the end are judged all the same.
func uncertain(op porcupine.Operation) bool {
	return op.Input.(input).kind == opRead && op.ClientId >= 0 || op.Output.(output).outcome == refused
}

// entry is what is read of a timeline's.
type entry struct {
	Type string
	Data struct{ Title, Text, Rule string }
}

// timeline answers all of it, page by page.
func timeline(incident string) ([]entry, error) {
	var all []entry
	for cursor := ""; ; {
		body, err := stage.Get(incident + "/timeline?limit=1000" + cursor)
		if err != nil {
			return nil, err
		}
		var page struct {
			Items []entry
			Next  string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		if all = append(all, page.Items...); page.Next == "" {
			return all, nil
		}
		cursor = "&cursor=" + page.Next
	}
}
