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
