package engine

import (
	"sync"

	"github.com/ifsev/ifsev/rules"
)

// How many older sets are remembered, and how many rules in all of them: each silence that somebody adds makes a set,
// and a firing that waits keeps its own.
const (
	maxOldSets  = 64
	maxOldRules = 20_000
)

// oldSet is what is known of an older epoch. The set is nil where it cannot be had.
type oldSet struct {
	manifest map[string]string
	set      *rules.Set
}

func (o oldSet) rules() int {
	if o.set == nil {
		return 0
	}
	return len(o.set.Rules)
}

// oldSets are the older sets that were asked for last, by epoch.
type oldSets struct {
	mu    sync.Mutex
	sets  map[int64]oldSet
	asked map[int64]int64 // when each was asked for last, counted
	clock int64
	rules int
}

func (o *oldSets) get(epoch int64) (oldSet, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.sets[epoch]
	if ok {
		o.clock++
		o.asked[epoch] = o.clock
	}
	return s, ok
}

// put remembers a set, and forgets those that nobody has asked for the longest where there are too many.
func (o *oldSets) put(epoch int64, s oldSet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sets == nil {
		o.sets, o.asked = map[int64]oldSet{}, map[int64]int64{}
	}
	o.forget(epoch)
	for len(o.sets) >= maxOldSets || len(o.sets) > 0 && o.rules+s.rules() > maxOldRules {
		o.forget(o.eldest())
	}
	o.clock++
	o.sets[epoch], o.asked[epoch] = s, o.clock
	o.rules += s.rules()
}

func (o *oldSets) forget(epoch int64) {
	o.rules -= o.sets[epoch].rules()
	delete(o.sets, epoch)
	delete(o.asked, epoch)
}

func (o *oldSets) eldest() (epoch int64) {
	first := o.clock + 1
	for e, at := range o.asked {
		if at < first {
			epoch, first = e, at
		}
	}
	return epoch
}
