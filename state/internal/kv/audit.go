package kv

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Auditor = (*Store)(nil)

// frontOf is how many entries of each index are looked at each time, the earliest: what is in an index and belongs to
// nothing comes to its front in the end.
const frontOf = 8

// The parts of a pass, which begin a cursor.
const (
	atDocuments = 'd'
	atLanes     = 'l'
)

// Audit looks at a part of the store in one transaction; see state.Auditor.
func (s *Store) Audit(ctx context.Context, parts []ifsev.Partition, cursor string, limit int) (state.Audit, error) {
	phase, from, err := readCursor(cursor)
	if err != nil {
		return state.Audit{}, err
	}
	var found state.Audit
	err = s.view(ctx, func(t *tx) {
		a := auditor{tx: t, parts: parts, left: limit, reach: map[ifsev.Partition][]string{}}
		for _, p := range parts {
			a.fronts(p)
		}
		if phase == atDocuments {
			a.documents(from)
		} else {
			a.lanes(from)
		}
		found = a.found
	})
	if err != nil {
		return state.Audit{}, err
	}
	return found, nil
}

func readCursor(cursor string) (phase byte, from key, err error) {
	if cursor == "" {
		return atDocuments, nil, nil
	}
	from, err = hex.DecodeString(cursor[1:])
	if phase = cursor[0]; err != nil || phase != atDocuments && phase != atLanes {
		return 0, nil, errors.New("the audit's cursor is not one of this store's")
	}
	return phase, from, nil
}

func cursorOf(phase byte, at key) string { return string(phase) + hex.EncodeToString(at) }

// auditor looks at some of what is kept.
type auditor struct {
	*tx
	parts []ifsev.Partition
	left  int
	// reach holds the destinations of a partition that have lanes, once they were asked for.
	reach map[ifsev.Partition][]string
	found state.Audit
}

func (a *auditor) wrong(v state.Violation) { a.found.Violations = append(a.found.Violations, v) }

// fronts looks at what comes first in the indexes of a partition.
func (a *auditor) fronts(p ifsev.Partition) {
	n := 0
	for k := range a.under(wakes, key{}.part(p)) {
		if n++; n > frontOf {
			break
		}
		r := reader{b: k[1:]}
		at, id := r.instant(), r.text()
		if h, _ := a.head(id); !h.wake.Equal(at) {
			a.wrong(state.Misplaced(p, id, h.wake, at))
		}
	}
	for _, destination := range a.jump(due, p) {
		n, prefix := 0, key{}.part(p).text(destination)
		for k := range a.under(due, prefix) {
			if n++; n > frontOf {
				break
			}
			r := reader{b: k[len(prefix):]}
			at, l := r.instant(), lane{p, destination, r.text()}
			if d, ok := a.first(l); !ok || !d.next.Equal(at) {
				a.wrong(state.Unlisted(p, destination, l.incident, "is due where it holds nothing that is"))
			}
		}
	}
}

// jump answers the destinations a table of lanes or due has in a partition, of which there are few.
func (a *auditor) jump(table Table, p ifsev.Partition) []string {
	var all []string
	prefix := key{}.part(p)
	for from := prefix; from != nil; {
		next := key(nil)
		for k := range a.Scan(table, from) {
			if prefix.begins(k) {
				r := reader{b: k[1:]}
				all = append(all, r.text())
				next = prefix.text(all[len(all)-1]).beyond()
			}
			break
		}
		from = next
	}
	return all
}

// documents holds documents against the indexes, from the key on.
func (a *auditor) documents(from key) {
	for k := range a.Scan(heads, from) {
		if a.left == 0 {
			a.found.Next = cursorOf(atDocuments, bytes.Clone(k))
			return
		}
		a.left--
		r := reader{b: k}
		id := r.text()
		if p, err := ifsev.PartitionOfID(id); err == nil && slices.Contains(a.parts, p) {
			a.document(p, id)
		}
	}
	a.found.Next = cursorOf(atLanes, nil)
}

func (a *auditor) document(p ifsev.Partition, id string) {
	a.found.Documents++
	h, _ := a.head(id)
	want, err := state.Expect(a.Get(docs, key{}.text(id)))
	if err != nil {
		a.wrong(state.Misshown(p, id, err.Error()))
		return
	}
	if is := a.woken(p, id, h.wake); !want.Wakes(is) {
		a.wrong(state.Misplaced(p, id, want.Wake, is))
	}
	lost := slices.DeleteFunc(want.Deliveries, func(d string) bool { return a.kept(p, id, d) })
	if len(lost) > 0 {
		a.wrong(state.Lost(p, id, lost))
	}
	if n := want.Summary.Number; n > 0 {
		a.found.Incidents = append(a.found.Incidents, id)
		switch s, ok := a.summary(a.Get(summaries, key{}.number(-n))); {
		case !ok:
			a.wrong(state.Misshown(p, id, "it is in no list"))
		case !want.Shows(s):
			a.wrong(state.Misshown(p, id, "lists show something else than its document says"))
		}
	}
}

// woken answers where the index of wakes has the incident; the head says where to look.
func (a *auditor) woken(p ifsev.Partition, id string, at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	want := key{}.part(p).instant(at).text(id)
	for k := range a.Scan(wakes, want) {
		if bytes.Equal(k, want) {
			return at
		}
		break
	}
	return time.Time{}
}

// kept reports whether a delivery about the incident is in a lane or dead.
func (a *auditor) kept(p ifsev.Partition, incident, id string) bool {
	if a.Get(dead, deadKey(p, id)) != nil {
		return true
	}
	all, ok := a.reach[p]
	if !ok {
		all = a.jump(items, p)
		a.reach[p] = all
	}
	return slices.ContainsFunc(all, func(destination string) bool {
		return a.Get(inLane, lane{p, destination, incident}.key().text(id)) != nil
	})
}

// lanes holds lanes against the index of what is due, from the key on.
func (a *auditor) lanes(from key) {
	for from != nil || a.found.Lanes == 0 {
		var l lane
		for k := range a.Scan(items, from) {
			r := reader{b: k}
			l = lane{p: r.part(), destination: r.text(), incident: r.text()}
			break
		}
		switch {
		case l.incident == "":
			return
		case a.left == 0:
			a.found.Next = cursorOf(atLanes, l.key())
			return
		}
		a.left--
		a.found.Lanes++
		if slices.Contains(a.parts, l.p) {
			a.lane(l)
		}
		from = l.key().beyond()
	}
}

func (a *auditor) lane(l lane) {
	d, _ := a.first(l)
	want := d.dueKey()
	for k := range a.Scan(due, want) {
		if bytes.Equal(k, want) {
			return
		}
		break
	}
	a.wrong(state.Unlisted(l.p, l.destination, l.incident, "holds something, and is not in the index of what is due"))
}

// Repair makes index entries anew; see state.Auditor.
func (s *Store) Repair(ctx context.Context, v state.Violation) (bool, error) {
	var done bool
	err := s.update(ctx, func(t *tx) {
		switch v.Invariant {
		case state.InvariantWake:
			done = t.repairWake(v.Partition, v.ID)
		case state.InvariantLane:
			done = t.repairLane(lane{v.Partition, v.Destination, v.ID})
		}
	})
	if err != nil {
		return false, err
	}
	return done, nil
}

// repairWake leaves one entry of the incident in the index, the document's, and counts all anew.
func (t *tx) repairWake(p ifsev.Partition, id string) bool {
	want := state.Expected{}
	h, ok := t.head(id)
	if ok {
		var err error
		if want, err = state.Expect(t.Get(docs, key{}.text(id))); err != nil {
			return false
		}
	}
	prefix := key{}.part(p)
	is := func(k []byte) bool {
		r := reader{b: k[len(prefix):]}
		r.instant()
		return r.text() == id
	}
	there := t.matchingKeys(wakes, prefix, is)
	entry := prefix.instant(want.Wake).text(id)
	if want.Wakes(h.wake) {
		entry = prefix.instant(h.wake).text(id)
	}
	if want.Wakes(h.wake) && t.only(there, entry, want.Wake.IsZero()) {
		return false
	}
	if !want.Wakes(h.wake) {
		h.wake = want.Wake
		t.Put(heads, key{}.text(id), h.encode())
	}
	t.replace(wakes, there, entry, want.Wake.IsZero())
	n := int64(0)
	for range t.Scan(wakes, nil) {
		n++
	}
	t.count(wakesKey(), n-t.number(counts, wakesKey()))
	return true
}

// repairLane leaves one entry of the lane in the index, that of its head.
func (t *tx) repairLane(l lane) bool {
	prefix := key{}.part(l.p).text(l.destination)
	there := t.matchingKeys(due, prefix, func(k []byte) bool {
		r := reader{b: k[len(prefix):]}
		r.instant()
		return r.text() == l.incident
	})
	d, ok := t.first(l)
	entry := d.dueKey()
	if t.only(there, entry, !ok) {
		return false
	}
	t.replace(due, there, entry, !ok)
	return true
}

func (t *tx) matchingKeys(table Table, prefix key, is func(k []byte) bool) []key {
	var found []key
	for k := range t.under(table, prefix) {
		if is(k) {
			found = append(found, bytes.Clone(k))
		}
	}
	return found
}

// only reports whether the entry, or nothing if none is wanted, is all there is.
func (t *tx) only(there []key, entry key, none bool) bool {
	if none {
		return len(there) == 0
	}
	return len(there) == 1 && bytes.Equal(there[0], entry)
}

func (t *tx) replace(table Table, there []key, entry key, none bool) {
	for _, k := range there {
		t.Delete(table, k)
	}
	if !none {
		t.Put(table, entry, nil)
	}
}
