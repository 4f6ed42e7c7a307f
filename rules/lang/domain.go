package lang

import (
	"math"
	"slices"
)

// domain is what one value may be, as far as comparisons with constants say: a set of whole numbers or a set of texts,
// and whether it may be unset. Durations are nanoseconds, true and false are 1 and 0, floats are numbered in their
// order (floatKey), so that every set of numbers is a list of intervals and has an exact complement.
type domain struct {
	text bool
	// spans are the numbers, in order and apart from one another.
	spans []span
	// words are the texts it may be; with others, those it may not be: it may then be any other value of any kind.
	words  []string
	others bool
	// unset says that it may be unset; of floats, that it may be no number.
	unset bool
}

// span is an interval with both its ends.
type span struct{ lo, hi int64 }

var everything = span{math.MinInt64, math.MaxInt64}

func numbers(spans ...span) domain { return domain{spans: spans} }

func texts(words ...string) domain {
	words = slices.Clone(words)
	slices.Sort(words)
	return domain{text: true, words: slices.Compact(words)}
}

func (d domain) orUnset() domain {
	d.unset = true
	return d
}

func (d domain) empty() bool {
	return !d.unset && (d.text && !d.others && len(d.words) == 0 || !d.text && len(d.spans) == 0)
}

// rest is every value that d is not, unset among them unless d may be.
func (d domain) rest() domain {
	out := domain{text: d.text, words: d.words, others: !d.others, unset: !d.unset}
	if d.text {
		return out
	}
	lo := everything.lo
	for _, s := range d.spans {
		if s.lo > lo {
			out.spans = append(out.spans, span{lo, s.lo - 1})
		}
		if s.hi == everything.hi {
			return out
		}
		lo = s.hi + 1
	}
	out.spans = append(out.spans, span{lo, everything.hi})
	return out
}

// meet is what both allow.
func (d domain) meet(e domain) domain {
	if d.text != e.text {
		return meetKinds(d, e)
	}
	out := domain{text: d.text, unset: d.unset && e.unset}
	if !d.text {
		out.spans = meetSpans(d.spans, e.spans)
		return out
	}
	switch {
	case d.others && e.others:
		out.others = true
		out.words = union(d.words, e.words)
	case d.others:
		out.words = without(e.words, d.words)
	case e.others:
		out.words = without(d.words, e.words)
	default:
		out.words = slices.DeleteFunc(slices.Clone(d.words), func(w string) bool { return !slices.Contains(e.words, w) })
	}
	return out
}

func meetKinds(d, e domain) domain {
	number, word := d, e
	if d.text {
		number, word = e, d
	}
	out := domain{unset: d.unset && e.unset}
	if word.others {
		out.spans = number.spans
	}
	return out
}

// join is what either allows; of two kinds of value, false.
func (d domain) join(e domain) (domain, bool) {
	if d.text != e.text {
		return d, false
	}
	return d.rest().meet(e.rest()).rest(), true
}

func meetSpans(a, b []span) []span {
	var out []span
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if lo, hi := max(a[i].lo, b[j].lo), min(a[i].hi, b[j].hi); lo <= hi {
			out = append(out, span{lo, hi})
		}
		if a[i].hi < b[j].hi {
			i++
		} else {
			j++
		}
	}
	return out
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(w string) bool { return slices.Contains(b, w) })
}

// compared is the numbers that stand in this relation to k.
func compared(op comparison, k int64) domain {
	switch op {
	case equal:
		return numbers(span{k, k})
	case moreOrEqual:
		return numbers(span{k, everything.hi})
	case lessOrEqual:
		return numbers(span{everything.lo, k})
	case more:
		d := compared(lessOrEqual, k).rest()
		d.unset = false
		return d
	case less:
		d := compared(moreOrEqual, k).rest()
		d.unset = false
		return d
	case unequal:
	}
	d := compared(equal, k).rest()
	d.unset = false
	return d
}

// floatKey numbers floats in their order; -0 is 0. NaN has no place: it is counted among what is unset.
func floatKey(f float64) int64 {
	if f == 0 {
		return 0
	}
	bits := int64(math.Float64bits(f))
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}
