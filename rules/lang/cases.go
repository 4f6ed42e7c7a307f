package lang

import (
	"maps"
	"slices"
)

// A kase is one way in which a condition can hold: what each subject must be. What is not mentioned may be anything.
type kase map[string]fact

// fact is a subject with what it must be.
type fact struct {
	Subject
	domain
}

// maxCases bounds the ways that are told apart; beyond them they are joined, which says less and nothing wrong.
const maxCases = 48

var anyCase = []kase{{}}

// both is a and b.
func both(a, b []kase) []kase {
	if len(a) == 1 && len(a[0]) == 0 {
		return b
	}
	if len(b) == 1 && len(b[0]) == 0 {
		return a
	}
	var out []kase
	for _, x := range a {
		for _, y := range b {
			if m, ok := meetCase(x, y); ok {
				out = append(out, m)
			}
		}
	}
	return few(out)
}

func either(a, b []kase) []kase { return few(append(slices.Clip(a), b...)) }

func meetCase(a, b kase) (kase, bool) {
	out := maps.Clone(a)
	for key, f := range b {
		if have, ok := out[key]; ok {
			f.domain = have.meet(f.domain)
			if f.empty() {
				return nil, false
			}
		}
		out[key] = f
	}
	return out, true
}

// few joins what is beyond the bound into the last case.
func few(cases []kase) []kase {
	if len(cases) <= maxCases {
		return cases
	}
	last := cases[maxCases-1]
	for _, k := range cases[maxCases:] {
		last = joinCase(last, k)
	}
	return append(cases[:maxCases-1:maxCases-1], last)
}

func joinCase(a, b kase) kase {
	out := kase{}
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
