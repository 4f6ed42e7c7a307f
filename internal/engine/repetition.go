package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// identify says by which marks each report of an alert is known on the incident in view. What is sent again has the
// same ones; what is reported anew after the alert has turned, where its ID cannot tell, has others.
//
//	turns of the alert     1        2          3
//	                    firing ─► resolved ─► firing
//	the same report      id/1                  id/3
func (v *view) identify(items []*item, now time.Time) {
	for _, it := range items {
		a := it.sub.Alert
		if a == nil || a.ID == "" {
			continue
		}
		names := v.names(a, it.sub.AcceptedAt, now)
		if it.sub.Repeat = !v.fresh && slices.Contains(names, it.taken); it.sub.Repeat {
			// It takes no mark: that the alert was seen again is remembered by the incident itself.
			seen := v.doc.Incident.AlertAt(a, now).LastSeenAt
			it.sub.ID = alertMark(ifsev.DerivedID("alr", names[0], againAt(seen)))
			it.mark, it.also = state.Mark{}, nil
			continue
		}
		it.sub.ID, it.mark, it.also = names[0], state.Mark{ID: names[0]}, nil
		for _, name := range names[1:] {
			it.also = append(it.also, state.Mark{ID: name})
		}
	}
}

func againAt(seen time.Time) string { return seen.UTC().Format(time.RFC3339Nano) }

func alertMark(id string) string { return "alert:" + id }

// names answers the marks of a report: first its own, then those of the reports it may be the repetition of.
func (v *view) names(a *ifsev.Alert, accepted, now time.Time) (names []string) {
	ids := []string{a.ID}
	if a.Earlier != "" {
		ids = append(ids, a.Earlier)
	}
	if !a.Recurs {
		for _, id := range ids {
			names = append(names, alertMark(id))
		}
		return names
	}
	for _, turn := range v.turns(a, accepted, now) {
		for _, id := range ids {
			names = append(names, alertMark(ifsev.DerivedID("alr", id, turn)))
		}
	}
	return names
}

// turns answers the turn of the alert of which a report tells, and those of which it may tell as well. One incident
// knows nothing of the turns before it: what opens the next one is held against the one that has ended too, so that an
// alert somebody has closed the incident of is not declared anew each time it is repeated.
func (v *view) turns(a *ifsev.Alert, accepted, now time.Time) []string {
	inc := &v.doc.Incident
	if v.fresh {
		inc = &v.over.Incident
	}
	s := inc.AlertAt(a, now)
	turn, before := s.TurnOf(a.Status, accepted, a.Late)
	list := []string{turnName(inc.ID, turn)}
	if v.fresh && v.rec.ID != "" {
		first, _ := (&ifsev.AlertState{Status: ifsev.AlertIsResolved}).TurnOf(a.Status, accepted, 0)
		list = slices.Insert(list, 0, turnName(v.rec.ID, first))
		if turn != s.Turns {
			list = list[:1] // it turns, so that the incident that has ended cannot have heard of it
		}
	}
	if before >= 0 {
		list = append(list, turnName(inc.ID, before))
	}
	return list
}

func turnName(incident string, turn int) string { return incident + "/" + strconv.Itoa(turn) }

// takenBy answers what is remembered of the item, and under which of its marks.
func (it *item) takenBy(all map[string]state.Taken) (id string, taken state.Taken, ok bool) {
	for _, m := range append([]state.Mark{it.mark}, it.also...) {
		if taken, ok = all[m.ID]; ok && m.ID != "" {
			return m.ID, taken, true
		}
	}
	return "", state.Taken{}, false
}

// renews reports whether the item, which was taken before, is to be decided again all the same, as the repetition of
// what it was: where there is an incident, it may let its alert fire for longer.
func (v *view) renews(it *item) bool {
	a := it.sub.Alert
	return a != nil && a.Renews && a.TTL > 0 && !v.fresh
}

// moved reports whether the incident is no longer the one in view, where that decides whether a report was taken
// before: another replica may have seen the alert turn since.
func (d *desk) moved(ctx context.Context, items []*item) (bool, error) {
	if !slices.ContainsFunc(items, func(it *item) bool { return it.sub.Alert != nil && it.sub.Alert.Recurs }) {
		return false, nil
	}
	rec, err := d.e.load(ctx, state.Ref{ID: d.id, Key: d.key})
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return false, err
	}
	same := d.rec != nil && rec.ID == d.rec.ID && rec.Rev == d.rec.Rev
	d.rec = &rec
	return !same, nil
}
