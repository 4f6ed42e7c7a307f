package rules

import (
	"slices"

	"github.com/ifsev/ifsev/rules/lang"
)

// needIndex finds the state rules whose conditions may hold of an incident, by what a condition cannot hold without
// (lang.Condition.Needs). Of every rule it leaves out, the condition is false, could be evaluated and does not move
// with time: the index asks what evaluating it would find out. It does not change once it is made.
type needIndex struct {
	// open marks, by place in the set, the rules nothing is known of: they may always hold.
	open []bool
	// texts and lists hold what can be looked up by a word; tests hold all other needs, each once for all rules.
	texts, lists []wordIndex
	tests        []needTest
}

// wordIndex is of one variable or field: the rules by the words that let them hold.
type wordIndex struct {
	about  lang.Need // any of its needs: it says what is looked up
	places map[string][]int
}

// needTest is a need with the rules that have it.
type needTest struct {
	need   lang.Need
	places []int
}

func newNeedIndex(rules []*Rule) *needIndex {
	x := &needIndex{open: make([]bool, len(rules))}
	b := needIndexer{needIndex: x, texts: map[needPath]int{}, lists: map[needPath]int{}, tests: map[needPath][]int{}}
	for i, r := range rules {
		if !r.WatchesState() {
			continue
		}
		needs, known := r.If.Needs()
		x.open[i] = !known
		for n := range needs {
			b.add(&needs[n], i)
		}
	}
	return x
}

// needPath is a variable or one of its fields.
type needPath struct{ base, field string }

// needIndexer is an index in the making: where each variable is found in it.
type needIndexer struct {
	*needIndex
	texts, lists map[needPath]int
	tests        map[needPath][]int
}

func (b *needIndexer) add(n *lang.Need, place int) {
	path := needPath{n.Base, n.Field}
	words, few := n.Words()
	switch {
	case n.OfList():
		b.needIndex.lists = byWord(b.needIndex.lists, b.lists, n, words, place)
	case few:
		b.needIndex.texts = byWord(b.needIndex.texts, b.texts, n, words, place)
	default:
		for _, t := range b.tests[path] {
			if test := &b.needIndex.tests[t]; test.need.Same(n) {
				test.places = append(test.places, place)
				return
			}
		}
		b.tests[path] = append(b.tests[path], len(b.needIndex.tests))
		b.needIndex.tests = append(b.needIndex.tests, needTest{*n, []int{place}})
	}
}

func byWord(all []wordIndex, at map[needPath]int, n *lang.Need, words []string, place int) []wordIndex {
	path := needPath{n.Base, n.Field}
	i, ok := at[path]
	if !ok {
		i, at[path] = len(all), len(all)
		all = append(all, wordIndex{about: *n, places: map[string][]int{}})
	}
	for _, w := range words {
		all[i].places[w] = append(all[i].places[w], place)
	}
	return all
}

// mayHold marks, by place, the rules whose conditions may hold.
func (x *needIndex) mayHold(env lang.Env) []bool {
	found := slices.Clone(x.open)
	mark := func(places []int) {
		for _, i := range places {
			found[i] = true
		}
	}
	for i := range x.texts {
		switch v := x.texts[i].about.Value(env).(type) {
		case nil:
		case string:
			mark(x.texts[i].places[v])
		default:
			x.texts[i].all(mark)
		}
	}
	for i := range x.lists {
		words, ok := x.lists[i].about.Value(env).([]string)
		if !ok {
			x.lists[i].all(mark)
		}
		for _, w := range words {
			mark(x.lists[i].places[w])
		}
	}
	for i := range x.tests {
		if x.tests[i].need.Met(env) {
			mark(x.tests[i].places)
		}
	}
	return found
}

// all marks every rule, for a value of a type that was not declared.
func (w *wordIndex) all(mark func([]int)) {
	for _, places := range w.places {
		mark(places)
	}
}
