package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const sayNotes = `
  say:
    when: noted
    then: [{webhook: {to: status, json: {text: "${event.text}"}}}]
  late:
    if: open_for >= 30s
    then: [{page: alice}]
`

// Two replicas, a store that fails before and after the act, receivers that refuse, lose answers and hang, and one
// replica killed every few seconds: what was accepted has its effect, in order, and under one key.
func TestChaos(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) { newChaos(w, seed).run(t) })
		})
	}
}

type chaos struct {
	w    *world
	mu   sync.Mutex
	dice *rand.Rand
	// calm ends all trouble.
	calm     bool
	engines  []*running
	n        int
	accepted map[string][]string // notes by incident
	received map[string][]string // deliveries the receiver took, first time only, by incident
	texts    map[string]string   // of deliveries
}

func newChaos(w *world, seed uint64) *chaos {
	return &chaos{
		w: w, dice: rand.New(rand.NewPCG(seed, 7)), accepted: map[string][]string{}, received: map[string][]string{}, texts: map[string]string{},
	}
}

// one reports whether something that happens in so many of a hundred cases happens now.
func (c *chaos) one(percent int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.calm && c.dice.IntN(100) < percent
}

func (c *chaos) start() *running {
	c.n++
	p := &probe{Store: c.w.store.Store, slow: time.Millisecond}
	p.trouble = func(string) (before, after error) {
		if c.one(10) {
			return fmt.Errorf("%w: not reached", state.ErrUnavailable), nil
		}
		if c.one(10) {
			return nil, fmt.Errorf("%w: answer lost", state.ErrUnavailable)
		}
		return nil, nil
	}
	return c.w.start(sayNotes, func(o *Options) { o.Store, o.Owner = p, fmt.Sprint("engine ", c.n) })
}

// receive is the one receiver: it refuses, hangs, and loses answers after it has taken something.
func (c *chaos) receive(ctx context.Context, got call) (ifsev.Receipt, error) {
	switch {
	case c.one(10):
		return failing(ifsev.ReasonServer)(ctx, got)
	case c.one(3):
		return hang(ctx, got)
	}
	lost := c.one(10)
	c.mu.Lock()
	defer c.mu.Unlock()
	if got.Action == "webhook" && c.texts[got.ID] == "" {
		body, _ := got.Args["json"].(map[string]any)
		text, _ := body["text"].(string)
		c.texts[got.ID] = text
		incident := text[:len(text)-4]
		c.received[incident] = append(c.received[incident], text)
	}
	if lost {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonNetwork, Text: "the answer was lost"}
	}
	return ifsev.Receipt{}, nil
}

func (c *chaos) run(t *testing.T) {
	c.w.calls.answer(c.receive)
	// The first start must come through; what follows need not.
	c.calm = true
	c.engines = []*running{c.start(), c.start()}
	var ids []string
	for range 4 {
		ids = append(ids, c.engines[0].declare(ifsev.Declaration{}).ID)
	}
	c.mu.Lock()
	c.calm = false
	c.mu.Unlock()
	for round := range 10 {
		c.round(round, ids)
	}
	c.mu.Lock()
	c.calm = true
	c.mu.Unlock()
	c.w.pass(20 * time.Minute)
	c.check(t, ids)
}

// round sends notes for a while, then kills one of the engines and starts another.
func (c *chaos) round(round int, ids []string) {
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			for i := range 5 {
				text := fmt.Sprintf("%s%02d%02d", id, round, i)
				req := Request{Ref: state.Ref{ID: id}, Change: ifsev.Change{Note: text}, Actor: alice, ID: text, Sum: "s"}
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				_, err := c.engines[i%2].Submit(ctx, req)
				cancel()
				c.mu.Lock()
				if err == nil {
					c.accepted[id] = append(c.accepted[id], text)
				}
				c.mu.Unlock()
				time.Sleep(300 * time.Millisecond)
			}
		})
	}
	time.Sleep(time.Second)
	victim := round % 2
	c.engines[victim].crash()
	wg.Wait()
	c.mu.Lock()
	c.calm = true // the rule set is put at the start, which may fail and then says so
	c.mu.Unlock()
	c.engines[victim] = c.start()
	c.mu.Lock()
	c.calm = false
	c.mu.Unlock()
}

func (c *chaos) check(t *testing.T, ids []string) {
	e := c.engines[0]
	total := 0
	for _, id := range ids {
		var told []string
		for _, ev := range e.events(id, ifsev.Noted) {
			told = append(told, ev.Data.String("text"))
		}
		for _, text := range c.accepted[id] {
			if !slices.Contains(told, text) {
				t.Errorf("accepted and lost: %s", text)
			}
		}
		if got := c.received[id]; !slices.Equal(got, told) {
			t.Errorf("%d notes in the timeline, %d received, or in another order:\n%v\n%v", len(told), len(got), told, got)
		}
		if doc := e.document(id); len(doc.Firings) != 0 || !doc.Wake.IsZero() {
			t.Errorf("unfinished: %+v, wake %s", doc.Firings, doc.Wake)
		}
		total += len(told)
	}
	pages := map[string]bool{}
	for _, p := range c.w.calls.all("page:alice") {
		pages[p.ID] = true
	}
	if len(pages) != len(ids) || total < 50 {
		t.Errorf("%d pages for %d incidents, %d notes", len(pages), len(ids), total)
	}
}
