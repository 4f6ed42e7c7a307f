package strictyaml

import (
	"fmt"
	"sort"
	"time"

	"github.com/ifsev/ifsev/internal/nearest"
)

// Object walks a map key by key: Take each known one, then Done reports the rest.
type Object struct {
	node  Node
	ps    *Problems
	pairs []Pair
	index map[string]int
	taken map[string]bool
	known []string
}

// Object begins to walk a map; anything else is reported, and walked as an empty map. Nothing at all is an empty map.
func (n Node) Object(ps *Problems) *Object {
	o := &Object{node: n, ps: ps, index: map[string]int{}, taken: map[string]bool{}}
	switch n.Kind() {
	case Missing, Null:
	case Map:
		o.pairs = n.Pairs()
		for i, p := range o.pairs {
			if _, twice := o.index[p.Key.Raw()]; !twice {
				o.index[p.Key.Raw()] = i
			}
		}
	default:
		n.mismatch(ps, "a map of `key: value` lines")
		o.taken = nil
	}
	return o
}

// Node is what is being walked.
func (o *Object) Node() Node { return o.node }

// Take answers the value of a key, missing if it is not there, and counts the key as known.
func (o *Object) Take(key string) Node {
	o.known = append(o.known, key)
	i, ok := o.index[key]
	if !ok {
		return Node{}
	}
	o.taken[key] = true
	return o.pairs[i].Value
}

// Key answers the node of a key itself, for problems with the key.
func (o *Object) Key(key string) Node {
	if i, ok := o.index[key]; ok {
		return o.pairs[i].Key
	}
	return Node{}
}

// Need is Take for a key that must be there; a missing one is reported at the map.
func (o *Object) Need(key string) Node {
	n := o.Take(key)
	if k := o.node.Kind(); !n.Exists() && (k == Map || k == Null) {
		o.ps.Add(o.node.Problem(fmt.Sprintf("the key %q is missing", key), ""))
	}
	return n
}

// Rest answers the pairs not taken yet and takes them.
func (o *Object) Rest() []Pair {
	var rest []Pair
	for _, p := range o.pairs {
		if !o.taken[p.Key.Raw()] {
			o.taken[p.Key.Raw()] = true
			rest = append(rest, p)
		}
	}
	return rest
}

// Done reports every key that was not taken, with the nearest that would have been. What names the thing, such as
// "a rule".
func (o *Object) Done(what string) {
	sort.Strings(o.known)
	for _, p := range o.Rest() {
		o.ps.Add(p.Key.Problem(fmt.Sprintf("%s has no key %q", what, p.Key.Raw()), o.hint(p.Key.Raw())))
	}
}

func (o *Object) hint(key string) string {
	if near, ok := Nearest(key, o.known); ok {
		return "did you mean " + near + "?"
	}
	if len(o.known) == 0 {
		return ""
	}
	return "it may be " + nearest.List(o.known)
}

// Text takes a key and reads it as text; "" if it is missing or wrong.
func (o *Object) Text(key string) string {
	s, _ := o.Take(key).Text(o.ps)
	return s
}

// Int takes a key and reads it as a whole number; 0 if it is missing or wrong.
func (o *Object) Int(key string) int {
	i, _ := o.Take(key).Int(o.ps)
	return i
}

// Bool takes a key and reads it as true or false; false if it is missing or wrong.
func (o *Object) Bool(key string) bool {
	b, _ := o.Take(key).Bool(o.ps)
	return b
}

// Duration takes a key and reads it as a duration; 0 if it is missing or wrong.
func (o *Object) Duration(key string) time.Duration {
	d, _ := o.Take(key).Duration(o.ps)
	return d
}

// Texts takes a key and reads it as a list of texts; nil if it is missing or wrong.
func (o *Object) Texts(key string) []string {
	t, _ := o.Take(key).Texts(o.ps)
	return t
}
