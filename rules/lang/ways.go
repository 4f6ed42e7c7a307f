package lang

import (
	"maps"
	"slices"
)

// A way is one way in which a condition can hold: what each subject must be. What is not mentioned may be anything.
type way map[string]fact

// fact is a subject with what it must be.
type fact struct {
	Subject
	domain
}

// maxWays bounds the ways that are told apart; beyond them they are joined, which says less and nothing wrong.
const maxWays = 48

var anyWay = []way{{}}

// both is a and b.
func both(a, b []way) []way {
	if len(a) == 1 && len(a[0]) == 0 {
		return b
	}
	if len(b) == 1 && len(b[0]) == 0 {
		return a
	}
	var out []way
	for _, x := range a {
		for _, y := range b {
			if m, ok := meetWays(x, y); ok {
				out = append(out, m)
			}
		}
	}
	return fewer(out)
}

// both is a and b, or where the work is spent, a alone.
func (a *assumer) both(x, y []way) []way {
	if !a.spend(1 + facts(x)*len(y) + facts(y)*len(x)) {
		return x
	}
	return both(x, y)
}

// either is a or b, or where the work is spent, anything.
func (a *assumer) either(x, y []way) []way {
	if !a.spend(1 + facts(x) + facts(y)) {
		return anyWay
	}
	return either(x, y)
}

// spend tells whether so much may still be done.
func (a *assumer) spend(work int) bool {
	if a.work+work > maxWork {
		a.work = maxWork
		return false
	}
	a.work += work
	return true
}

// facts counts what the ways say; a way that says nothing counts too.
func facts(ways []way) int {
	n := len(ways)
	for _, w := range ways {
		n += len(w)
	}
	return n
}

func either(a, b []way) []way { return fewer(append(slices.Clip(a), b...)) }

func meetWays(a, b way) (way, bool) {
	out := maps.Clone(a)
	for key, f := range b {
		if have, ok := out[key]; ok {
			f.domain, f.Timed = have.meet(f.domain), f.Timed || have.Timed
			if f.empty() {
				return nil, false
			}
		}
		out[key] = f
	}
	return out, true
}

// fewer joins what is beyond the bound into the last case.
func fewer(ways []way) []way {
	if len(ways) <= maxWays {
		return ways
	}
	last := ways[maxWays-1]
	for _, k := range ways[maxWays:] {
		last = joinWays(last, k)
	}
	return append(ways[:maxWays-1:maxWays-1], last)
}

func joinWays(a, b way) way {
	out := way{}
	for key, f := range a {
		g, ok := b[key]
		if !ok {
			continue
		}
		if f.domain, ok = f.join(g.domain); ok {
			out[key] = f
		}
	}
	return out
}
