package rules

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
)

// Mode says what a firing does while an earlier run of the same rule on the same incident is unfinished.
type Mode string

// The modes. The steps of otherwise are never skipped: they wait.
const (
	ModeQueue   Mode = "queue"   // it begins when the earlier ones are finished, in order
	ModeSkip    Mode = "skip"    // its steps are not done
	ModeRestart Mode = "restart" // the earlier ones end where they stand
)

// inTheWay reports whether an unfinished run of a rule concerns a firing of this branch. A rung of a ladder is
// concerned by itself alone, and concerns nothing but otherwise: a page that cannot be delivered must not hold up the
// next person's.
func inTheWay(f *ifsev.Firing, rule, branch string) bool {
	if f.Rule != rule || f.Asking && !f.Begun {
		return false
	}
	return f.Branch == branch || branch == branchOtherwise || !isRung(branch) && !isRung(f.Branch)
}

func isRung(branch string) bool { return strings.HasPrefix(branch, "after[") }

// blocked reports whether one of the first n firings is in the way.
func (d *decider) blocked(rule, branch string, n int) bool {
	return slices.ContainsFunc(d.doc.Firings[:n], func(f ifsev.Firing) bool { return inTheWay(&f, rule, branch) })
}

// mode answers what a firing does now; queue where nothing is in its way.
func (d *decider) mode(r *Rule, branch string) (mode Mode, blocked bool) {
	if blocked = d.blocked(r.Name, branch, len(d.doc.Firings)); !blocked {
		return ModeQueue, false
	}
	if r.Mode == ModeSkip && branch == branchOtherwise {
		return ModeQueue, true
	}
	return r.Mode, true
}

// skipFiring records that the steps of a firing are not done because an earlier run is unfinished.
func (d *decider) skipFiring(r *Rule, f *ifsev.Firing) {
	d.suppress(r, HeldMode)
	d.firedVerdict(r, Verdict{Kind: VerdictHeld, Held: HeldMode, Event: f.CauseSeq, Noteworthy: true}, f.Event)
}

// endBefore ends the runs that are in the way of a firing and answers their IDs. The outcome of a delivery one of them
// waits for is recorded when it comes, and leads nowhere.
func (d *decider) endBefore(rule, branch string) []string {
	var ended []string
	d.doc.Firings = slices.DeleteFunc(d.doc.Firings, func(f ifsev.Firing) bool {
		if !inTheWay(&f, rule, branch) {
			return false
		}
		ended = append(ended, f.ID)
		return true
	})
	return ended
}

// beginQueued begins the firings whose turn has come, the oldest first.
func (d *decider) beginQueued() {
	for i := 0; i < len(d.doc.Firings); {
		f := d.doc.Firings[i]
		if !f.Queued || d.blocked(f.Rule, f.Branch, i) {
			i++
			continue
		}
		f.Queued = false
		i += d.goOn(i, &f)
	}
}

// goOn does the steps of the i-th firing and answers by how many places the next one is further: none if it finished.
func (d *decider) goOn(i int, f *ifsev.Firing) int {
	if d.advance(f) {
		d.doc.Firings = slices.Delete(d.doc.Firings, i, i+1)
		return 0
	}
	d.doc.Firings[i] = *f
	return 1
}
