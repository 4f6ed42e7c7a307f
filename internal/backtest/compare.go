package backtest

import (
	"slices"
	"time"
)

// branchOf is what firings are held against each other by.
type branchOf struct{ rule, branch string }

func byBranch(firings []Firing) map[branchOf][]Firing {
	out := map[branchOf][]Firing{}
	for _, f := range firings {
		k := branchOf{f.Rule, f.Branch}
		out[k] = append(out[k], f)
	}
	return out
}

// compare notes how the firings on one incident differ.
func (b *Backtest) compare(before, after []Firing) {
	within := time.Duration(0)
	if b.report.Basis == BasisRecorded {
		within = 2 * nearly
	}
	for _, f := range before {
		b.diff(f.Rule).Before++
	}
	for _, f := range after {
		b.diff(f.Rule).After++
	}
	was, is := byBranch(before), byBranch(after)
	for _, k := range branches(before, after) {
		b.diff(k.rule).compare(was[k], is[k], within)
	}
}

// branches lists the branches of both, in the order of their first firings.
func branches(before, after []Firing) []branchOf {
	var out []branchOf
	for _, f := range slices.Concat(before, after) {
		if k := (branchOf{f.Rule, f.Branch}); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// compare pairs the firings of one branch on one incident: first those at the same instant, then, of what is left, the
// first with the first.
func (d *RuleDiff) compare(before, after []Firing, within time.Duration) {
	same, before, after := pairs(before, after, within)
	for _, m := range same {
		if m.Before.Actions != nil && !slices.Equal(m.Before.Actions, m.After.Actions) {
			d.Changed = append(d.Changed, m)
		}
	}
	n := min(len(before), len(after))
	for i := range n {
		d.Moved = append(d.Moved, Moved{before[i], after[i]})
	}
	d.Gone, d.Added = append(d.Gone, before[n:]...), append(d.Added, after[n:]...)
}

// pairs answers those at the same instant, and what is left of both.
func pairs(before, after []Firing, within time.Duration) (same []Moved, left, more []Firing) {
	for len(before) > 0 && len(after) > 0 {
		apart := after[0].At.Sub(before[0].At)
		switch {
		case apart.Abs() <= within:
			same = append(same, Moved{before[0], after[0]})
			before, after = before[1:], after[1:]
		case apart > 0:
			left, before = append(left, before[0]), before[1:]
		default:
			more, after = append(more, after[0]), after[1:]
		}
	}
	return same, append(left, before...), append(more, after...)
}

// unexplained answers what only the record has and what only the replay by the rules of then has, whenever it was.
func unexplained(recorded, replayed []Firing) []Unexplained {
	was, is := byBranch(recorded), byBranch(replayed)
	var out []Unexplained
	for _, k := range branches(recorded, replayed) {
		_, left, more := pairs(was[k], is[k], nearly)
		n := min(len(left), len(more))
		for _, f := range left[n:] {
			out = append(out, Unexplained{f, true})
		}
		for _, f := range more[n:] {
			out = append(out, Unexplained{f, false})
		}
	}
	return out
}
