package engine

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

// audited is a store of a world that is audited for real.
type audited struct {
	*probe
	state.Auditor
}

const busy = `
  ladder:
    if: severity == 1
    then:
      - page: alice
        on_error: [{note: nobody}]
      - note: paged
    after:
      5m: [{page: bob}]
      30m: [{webhook: {to: slow, json: {}}}]
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 3}
    then: [{declare: {severity: 2, title: "Storm of ${window.key}"}}]
  every:
    if: status == "open"
    every: 7m
    then: [{webhook: {to: status, json: {}}}]
`

// What ifsev does by itself is no violation, whatever happens to it: otherwise nobody would believe the others.
func TestTheAuditFindsNothingInAStoreThatWorks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &audited{w.store, w.store.Store.(*memstate.Store)}
		e := w.start(busy, probing, func(o *Options) { o.Store = s })
		a := newAuditor(e.Engine, s) // beside the one that runs
		look := func(when string) {
			t.Helper()
			a.once(t.Context())
			for _, v := range a.violations() {
				t.Errorf("%s: %+v", when, v)
			}
		}
		for n := range 4 {
			e.declare(ifsev.Declaration{Severity: ifsev.Severity(1 + n%2), Tags: []string{"db"}})
			w.pass(time.Minute)
			look("after a declaration")
		}
		w.calls.answer(func(ctx context.Context, c call) (ifsev.Receipt, error) {
			if c.Destination == "webhook:slow" {
				return hang(ctx, c)
			}
			return failing(ifsev.ReasonNetwork)(ctx, c)
		})
		for range 20 {
			w.pass(2 * time.Minute)
			look("while receivers fail")
		}
		w.calls.answer(failing(ifsev.ReasonClient))
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(20 * time.Minute)
		look("with dead deliveries")
		w.store.set(func(p *probe) { p.away = true })
		w.pass(20 * time.Minute)
		look("while the store is away")
		w.store.set(func(p *probe) { p.away = false })
		w.calls.answer(ok)
		for range 10 {
			w.pass(time.Minute)
			look("once it is back")
		}
		if n := testutil.ToFloat64(e.metrics.watch.repairs.WithLabelValues("wake")) + testutil.ToFloat64(e.metrics.watch.repairs.WithLabelValues("lane")); n != 0 {
			t.Errorf("%v repairs of what was right", n)
		}
		if n := testutil.ToFloat64(e.metrics.watch.documented); n < 100 {
			t.Errorf("only %v were looked at", n)
		}
	})
}
