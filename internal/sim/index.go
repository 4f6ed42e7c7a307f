package sim

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// farOff is beyond everything that is ever due.
const farOff = 1000 * ifsev.Day

// checkIndex holds what the store has to say of when anything is due against the documents, and against the deliveries
// that have not ended. It may be called whenever nobody is in the middle of a write.
func (w *world) checkIndex() {
	w.peek = farOff
	due, err := w.inner.Due(now(), everywhere(), 1000)
	w.peek = 0
	if err != nil {
		w.violated("index: %v", err)
		return
	}
	wakes := map[string]time.Time{}
	for _, wake := range due.Wakes {
		wakes[wake.ID] = wake.At
	}
	for _, id := range slices.Concat(w.incidents, w.watch.groupIDs) {
		w.checkWake(id, wakes[id])
		delete(wakes, id)
	}
	if len(wakes) > 0 {
		w.violated("index: wakes of incidents that are not there: %v", wakes)
	}
	want := w.watch.underway()
	got := map[state.DestinationDue]bool{}
	for _, d := range due.Destinations {
		d.At = time.Time{}
		got[d] = true
	}
	if !maps.Equal(want, got) {
		w.violated("index: something is to be delivered at %v, the store says at %v", names(want), names(got))
	}
}

func (w *world) checkWake(id string, at time.Time) {
	rec, err := w.inner.Load(now(), state.Ref{ID: id})
	if g := w.watch.groups[id]; g != nil && g.gone && errors.Is(err, state.ErrNotFound) && at.IsZero() {
		return
	}
	if err != nil {
		w.violated("incident %s: %v", short(id), err)
		return
	}
	wake, err := instant(rec.Doc, "wake")
	if err != nil {
		w.violated("document of %s: %v", short(id), err)
	}
	if !rules.WakeAt(wake).Equal(at) {
		w.violated("index: %s waits for %s, the store will wake it at %s", short(id), w.at(wake), w.at(at))
	}
}

// underway answers where there are deliveries that have not ended.
func (o *watch) underway() map[state.DestinationDue]bool {
	at := map[state.DestinationDue]bool{}
	for l, list := range o.lanes {
		if slices.ContainsFunc(list, func(d *delivery) bool { return !d.settled }) {
			at[state.DestinationDue{Partition: partitionOf(l.incident), Destination: l.destination}] = true
		}
	}
	return at
}

func names(at map[state.DestinationDue]bool) (list []string) {
	for d := range at {
		list = append(list, d.Destination)
	}
	slices.Sort(list)
	return list
}

func everywhere() []ifsev.Partition {
	parts := make([]ifsev.Partition, ifsev.Partitions)
	for i := range parts {
		parts[i] = ifsev.Partition(i)
	}
	return parts
}
