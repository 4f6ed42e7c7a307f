package lang

import (
	"slices"
	"strconv"
	"strings"
)

// Facts are what must be so for a condition to hold, as far as it can be read off the condition: a list of ways in
// which it can hold, each a conjunction of what its subjects must be. They never say too much: whatever makes the
// condition true agrees with one of the ways. They may say too little. Facts do not change; the zero value is what can
// never hold.
type Facts struct{ ways []way }

// Subject is what a fact is about: a variable, a field, or any part of a condition that has one value while it is
// evaluated, such as `"database" in tags` or since(last_update_at).
type Subject struct {
	// Text is how it is written, the same for all conditions.
	Text string
	// Reads lists the variables it depends on: of a record, the field, such as event.to.
	Reads []string
	// Timed says that it changes with time alone.
	Timed bool
	// Plain says that it is a variable or a field itself, and nothing that is made of them.
	Plain bool
}

// Always is what holds of everything.
func Always() Facts { return Facts{anyWay} }

// Possible tells whether there may be anything they hold of. False is certain.
func (f Facts) Possible() bool { return len(f.ways) > 0 }

// And is what holds where both do.
func (f Facts) And(g Facts) Facts { return Facts{both(f.ways, g.ways)} }

// Or is what holds where either does.
func (f Facts) Or(g Facts) Facts { return Facts{either(f.ways, g.ways)} }

// Without forgets what is said of some subjects.
func (f Facts) Without(forget func(Subject) bool) Facts {
	out := make([]way, len(f.ways))
	for i, k := range f.ways {
		out[i] = way{}
		for key, about := range k {
			if !forget(about.Subject) {
				out[i][key] = about
			}
		}
	}
	return Facts{out}
}

// Ways gives each of the ways alone.
func (f Facts) Ways() []Facts {
	out := make([]Facts, len(f.ways))
	for i, k := range f.ways {
		out[i] = Facts{[]way{k}}
	}
	return out
}

// Subjects lists what is spoken of in any of the ways, by text.
func (f Facts) Subjects() []Subject {
	seen := map[string]Subject{}
	for _, k := range f.ways {
		for key, about := range k {
			about.Timed = about.Timed || seen[key].Timed
			seen[key] = about.Subject
		}
	}
	out := make([]Subject, 0, len(seen))
	for _, s := range seen {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Subject) int { return strings.Compare(a.Text, b.Text) })
	return out
}

// Bounds gives the least and the greatest that a number or a duration may be in any of the ways; false where one of
// them says nothing of it or lets it be unset.
func (f Facts) Bounds(subject string) (lo, hi int64, ok bool) {
	for i, k := range f.ways {
		about, known := k[subject]
		if !known || about.text || about.unset || len(about.spans) == 0 {
			return 0, 0, false
		}
		from, to := about.spans[0].lo, about.spans[len(about.spans)-1].hi
		if i == 0 {
			lo, hi = from, to
		}
		lo, hi = min(lo, from), max(hi, to)
	}
	return lo, hi, len(f.ways) > 0
}

// Texts gives the texts a subject may be in any of the ways; false where that is not a known few.
func (f Facts) Texts(subject string) ([]string, bool) {
	var all []string
	for _, k := range f.ways {
		about, known := k[subject]
		if !known || !about.text || about.others || about.unset {
			return nil, false
		}
		all = union(all, about.words)
	}
	return all, len(f.ways) > 0
}

// Is says that a variable or a field is one of these texts.
func Is(name string, words ...string) Facts { return about(name, texts(words...)) }

// IsBetween says that a whole number or a duration is at least lo and at most hi. Of a subject that is true or false,
// these are 1 and 0.
func IsBetween[T ~int | ~int64](name string, lo, hi T) Facts {
	return about(name, numbers(span{int64(lo), int64(hi)}))
}

// IsUnset says that a variable or a field is not there.
func IsUnset(name string) Facts { return about(name, domain{unset: true}) }

// IsSet says that a variable or a field is there.
func IsSet(name string) Facts { return about(name, domain{text: true, others: true}) }

// IsNot says that a variable or a field is none of these texts.
func IsNot(name string, words ...string) Facts { return about(name, texts(words...).rest()) }

// Membership is the subject that says whether a text is in the list of that name.
func Membership(word, list string) string { return strconv.Quote(word) + " in " + list }

func about(name string, d domain) Facts {
	reads := name
	if i := strings.LastIndex(name, " in "); i >= 0 {
		reads = name[i+len(" in "):]
	}
	if d.empty() {
		return Facts{}
	}
	timed := false
	if call, found := strings.CutPrefix(reads, "since("); found {
		reads, timed = strings.TrimSuffix(call, ")"), true
	}
	return Facts{[]way{{name: fact{Subject{Text: name, Reads: []string{reads}, Timed: timed}, d}}}}
}

// Facts is what must be so for the condition to hold.
func (c *Condition) Facts() Facts { return c.facts(true) }

// Otherwise is what must be so where it does not hold.
func (c *Condition) Otherwise() Facts { return c.facts(false) }

func (c *Condition) facts(holds bool) Facts {
	return c.scope.facts(c.source, mode{exact: true}, holds)
}

// Facts is what must be so for an expression to be true; of one that is not true or false they say nothing.
func (e *Expression) Facts() Facts {
	if b, ok := basicOf(&e.kind); !ok || b != Bool {
		return Always()
	}
	return e.program.scope.facts(e.source, mode{want: e.want}, true)
}

// facts compiles a source again, up to where it is lowered, and assumes it.
func (s *Scope) facts(src string, m mode, holds bool) Facts {
	a := s.assumer(src, m)
	if a == nil {
		return Always()
	}
	return Facts{a.assume(a.root, holds)}
}

// Part is a part of a condition and where it stands, in characters.
type Part struct {
	Text           string
	Offset, Length int
	// Fixed parts read nothing: they are never true.
	Fixed bool
}

// Conflict gives the fewest parts of the condition that cannot all be true where given is so, in their order; none
// where no conflict is found. A condition that cannot hold as a whole is one part.
func (c *Condition) Conflict(given Facts) []Part {
	a := c.scope.assumer(c.source, mode{exact: true})
	if a == nil {
		return nil
	}
	return a.conflict(given.ways)
}
