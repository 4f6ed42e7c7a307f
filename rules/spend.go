package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// Budget bounds how often a rule fires, or how much it delivers, within a time. What is beyond is held back and recorded,
// and told once as a digest when the time is over.
type Budget struct {
	// Deliveries is set where outside steps are counted, and not firings.
	Deliveries bool
	Max        int
	In         time.Duration
	Per        BudgetPer
	// Digest are the steps that tell what was held back; none means a note.
	Digest []Step
}

func (b *Budget) digest() []Step {
	if b == nil {
		return nil
	}
	return b.Digest
}

// BudgetPer says what a budget is of.
type BudgetPer string

// What a budget is of.
const (
	PerIncident BudgetPer = "incident"
	PerRule     BudgetPer = "rule"
	PerTarget   BudgetPer = "target"
)

// branchDigest is the branch of the steps that tell what was held back.
const branchDigest = "digest"

// asksToFire reports whether firings of the branch need a grant of the rule's budget.
func (r *Rule) asksToFire(branch string) bool {
	return r.Budget != nil && !r.Budget.Deliveries && branch != branchDigest
}

// askToFire has a firing wait for its budget before it begins.
func (d *decider) askToFire(r *Rule, f *ifsev.Firing) {
	d.ask(r, f, "", f.ID)
	v := Verdict{Kind: VerdictHeld, Held: HeldWaiting, Noteworthy: true}
	d.firedVerdict(r, v, f.Event)
}

// asksToDeliver asks the budget for an outside step, and reports whether the firing must wait for it.
func (d *decider) asksToDeliver(f *ifsev.Firing, step *Step, args ifsev.Data) bool {
	set := d.setOf(f)
	r := set.Rule(f.Rule)
	if r.Budget == nil || !r.Budget.Deliveries || f.Branch == branchDigest {
		return false
	}
	f.Begun = true
	d.ask(r, f, step.Destination(args, &set.World), f.ID, turn(f, step))
	return true
}

// ask asks the budget of a rule; target is where a delivery leads.
func (d *decider) ask(r *Rule, f *ifsev.Firing, target string, id ...string) {
	key := r.Budget.key(d.doc.Incident.ID, target)
	group := ifsev.GroupID(ifsev.GroupBudget, r.Name, key)
	dlv := d.inward(ifsev.ActionSpend, r.Name, &ifsev.Inward{Group: group, Depth: f.Depth}, append(id, "spend")...)
	member := d.member(dlv.ID)
	dlv.Inward.Spend = &ifsev.Spend{Rule: r.Name, Key: key, Member: member, Max: r.Budget.Max, In: r.Budget.In}
	dlv.Firing, dlv.AcceptedAt = f.ID, f.AcceptedAt
	f.Delivery, f.Asking = dlv.ID, true
}

// key names what the budget is of, so that another one of the same rule is counted anew.
func (b *Budget) key(incident, target string) string {
	what := "firings"
	if b.Deliveries {
		what = "deliveries"
	}
	switch b.Per {
	case PerIncident:
		return what + " " + incident
	case PerTarget:
		return what + " " + target
	}
	return what
}

// granted reads the answer of a budget. Where there is none, it is granted: one page too many is better than one too
// few.
func granted(o *ifsev.Outcome) bool {
	if o.Receipt == nil {
		return true
	}
	yes, ok := o.Receipt.Outputs[grantedOutput].(bool)
	return yes || !ok
}

// answered goes on with the i-th firing once its budget has answered, and answers false if it is over.
func (d *decider) answered(i int, f ifsev.Firing, o *ifsev.Outcome) {
	yes := granted(o)
	f.Asking, f.Delivery = false, ""
	r := d.setOf(&f).ruleOf(&f)
	switch {
	case r == nil: // goOn tells that the set is lost
		d.goOn(i, &f)
	case !f.Begun && yes:
		d.take(i)
		d.begin(r, &f)
	case !f.Begun:
		d.take(i)
		d.heldBack(r, &f, "")
	case yes:
		f.Granted = true
		d.goOn(i, &f)
	default:
		step := stepAt(&f, r.steps(f.Branch))
		d.heldBack(r, &f, turn(&f, step))
		next(&f)
		d.goOn(i, &f)
	}
}

// take takes the i-th firing out of the unfinished ones.
func (d *decider) take(i int) {
	d.doc.Firings = append(append([]ifsev.Firing(nil), d.doc.Firings[:i]...), d.doc.Firings[i+1:]...)
}

// heldBack records what a budget held back: a firing, or one step of it.
func (d *decider) heldBack(r *Rule, f *ifsev.Firing, step string) {
	d.suppress(r, HeldBudget)
	data := ifsev.Data{"rule": r.Name, "firing": f.ID, "branch": f.Branch, "by": "budget"}
	if step != "" {
		data["step"] = step
	}
	d.record(ifsev.Event{
		ID: ifsev.DerivedID("evt", f.ID, step, "held back"), Type: ifsev.HeldBack, Actor: ruleActor(r.Name), Cause: f.Cause, Depth: f.Depth, Data: data,
	})
	if step == "" {
		d.firedVerdict(r, Verdict{Kind: VerdictHeld, Held: HeldBudget, Firing: f.ID, Noteworthy: true}, f.Event)
	}
}

// toldDigest has a rule tell what its budget held back.
func (d *decider) toldDigest(id string, r *Rule, told *ifsev.Gathered) {
	if r.Budget == nil {
		return
	}
	if len(r.Budget.Digest) > 0 {
		d.fireGathered(r, branchDigest, nil, nil, told)
		return
	}
	what := "firings"
	if r.Budget.Deliveries {
		what = "deliveries"
	}
	text := fmt.Sprintf("The budget of %s has held back %d %s since %s, on %s.", r.Name, told.Count, what, told.Since.UTC().Format("2006-01-02 15:04:05 UTC"), strings.Join(told.Incidents, ", "))
	d.record(ifsev.Event{ID: id, Type: ifsev.Noted, Actor: ruleActor(r.Name), Data: ifsev.Data{"text": text}})
}
