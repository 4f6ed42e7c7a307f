package engine

import (
	"context"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/backtest"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

const backtested = `
  oncall:
    if: severity <= 2 and "database" in tags
    then:
      - add_oncall: database
      - page: database
      - note: paged
  slow: {if: oncall_added("database") and status == "open" and open_for > 20m, then: [{set: {severity: "${max(1, severity - 1)}"}}]}
  nag: {if: severity == 1, every: 30m, max: 3, then: [{webhook: {to: slow}}]}
  fallback: {when: action_failed, cooldown: 10m, then: [{page: bob}]}
  silent: {if: since(last_activity_at) >= 15m, rearm: when_false, then: [{note: still there?}]}
`

// What a real engine recorded, with retries, failures and a reload on the way, is what its rules make of it in virtual
// time; and the same rules make no difference.
func TestWhatWasRecordedCanBePlayedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := 0
		w.calls.answer(func(ctx context.Context, c call) (ifsev.Receipt, error) {
			if n++; n%3 == 0 {
				return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: "400", Permanent: true}
			}
			if n%3 == 1 && c.Number == 1 {
				return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonServer, Text: "503"}
			}
			return ok(ctx, c)
		})
		r := w.start(backtested)
		inc := r.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(7 * time.Minute)
		if _, err := r.note(inc.ID, "looking"); err != nil {
			t.Fatal(err)
		}
		w.pass(40 * time.Minute)
		if _, err := r.Use(t.Context(), w.rules(backtested+"  late: {if: open_for > 90m, then: [{note: late}]}\n"), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * time.Hour)
		candidate := r.Rules()
		b := backtest.New(backtest.Options{Candidate: candidate, Recorded: r.epochs(), End: time.Now()})
		if err := b.Add(record.History{ID: inc.ID, Number: inc.Number, Events: r.events(inc.ID)}); err != nil {
			t.Fatal(err)
		}
		report := b.Report()
		if len(report.Unexplained) > 0 || !report.Empty() {
			t.Errorf("unexplained %+v", report.Unexplained)
		}
		for _, d := range report.Rules {
			if !d.Empty() || d.After == 0 {
				t.Errorf("%+v", d)
			}
		}
	})
}

const backtestedAcross = `
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 3}
    then:
      - {id: over, declare: {severity: 2, title: "Storm of ${window.key}", children: "${window.incidents}"}}
      - note: "over it ${steps.over.name}"
  child: {when: related, if: event.as == "parent", then: [{add_tags: [child]}]}
  told:
    when: noted
    if: event.actor.kind == "person"
    budget: {firings: 2, in: 30m, per: rule, digest: [{note: "held back ${held.count}"}]}
    then: [{page: bob}]
  bad: {if: severity <= 2, for: 5m, then: [{page: alice}]}
  report: {when: {schedule: "*/30 * * * *", each: false}, then: [{note: "${selected.count} are open"}]}
`

// So are rules that look across incidents: a storm with the incident it declares, a budget with its digest, and a
// schedule that runs once in all.
func TestWhatWasRecordedAcrossIncidentsCanBePlayedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := w.start(backtestedAcross)
		var all []string
		for range 4 {
			inc := r.declare(ifsev.Declaration{Severity: 3, Tags: []string{"db"}})
			all = append(all, inc.ID)
			w.pass(3 * time.Minute)
		}
		for _, id := range all {
			if _, err := r.note(id, "looking"); err != nil {
				t.Fatal(err)
			}
			w.pass(time.Minute)
		}
		w.pass(2 * time.Hour)
		b := backtest.New(backtest.Options{Candidate: r.Rules(), Recorded: r.epochs(), End: time.Now()})
		for n := int64(1); ; n++ {
			rec, err := w.store.Load(t.Context(), state.Ref{Number: n})
			if err != nil {
				break
			}
			if err := b.Add(record.History{ID: rec.ID, Number: n, Events: r.events(rec.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
		report := b.Report()
		if len(report.Unexplained) > 0 || !report.Empty() || report.Incidents != 5 {
			t.Errorf("%d incidents; unexplained %+v", report.Incidents, report.Unexplained)
		}
		for _, d := range report.Rules {
			if !d.Empty() || d.After == 0 {
				t.Errorf("%+v", d)
			}
		}
	})
}

// epochs loads the rule sets the store keeps, with when they were taken into use.
func (r *running) epochs() []backtest.Epoch {
	r.w.t.Helper()
	var all []backtest.Epoch
	for n := int64(1); n <= r.Rules().Epoch; n++ {
		kept, err := r.RuleSet(r.w.t.Context(), n)
		if err != nil {
			r.w.t.Fatal(err)
		}
		at, err := rules.UsedSince(kept.Body)
		if err != nil || at.IsZero() {
			r.w.t.Fatalf("epoch %d: in use since %v, %v", n, at, err)
		}
		set, err := r.rules.loadHere(kept)
		if err != nil {
			r.w.t.Fatal(err)
		}
		numbered := *set
		numbered.Epoch = n
		all = append(all, backtest.Epoch{At: at, Set: &numbered})
	}
	return all
}

func TestPlanAndCancel(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.calls.answer(failing(ifsev.ReasonServer))
		r := w.start(backtested)
		inc := r.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(time.Minute)
		p, err := r.Plan(t.Context(), state.Ref{ID: inc.ID})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Deliveries) != 1 || p.Deliveries[0].State != ifsev.DeliveryRetrying || len(p.Items) < 3 {
			t.Fatalf("%+v", p)
		}
		first, due := p.Items[0], p.Deliveries[0].NextAttempt
		if due.Before(p.At) { // the receiver fails, and is tried one at a time
			due = p.At
		}
		if first.Rule != "oncall" || first.Certain || !first.At.Equal(due) || first.What[0] != "note paged" {
			t.Errorf("%+v, due at %s", first, due)
		}
		r.must(Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{CancelPlan: "slow"}, Actor: alice})
		w.pass(time.Hour)
		for _, ev := range r.events(inc.ID, ifsev.RuleFired) {
			if ev.Data.String("rule") == "slow" {
				t.Errorf("it fired although it was cancelled: %+v", ev)
			}
		}
	})
}
