package sim

import (
	"encoding/json"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// history is an incident as it is in the end.
type history struct {
	id     string
	doc    ifsev.Document
	events []ifsev.Event
	counts map[string]int // of events, by ID
	// outcomes are what the timeline says of deliveries.
	outcomes map[string]outcomes
}

// replayed says of how many worlds one is decided anew as a whole.
const replayed = 4

// check looks at the world when it is at rest.
func (w *world) check() {
	all := map[string]*history{}
	for _, id := range w.incidents {
		if h := w.read(id); h != nil {
			all[id] = h
		}
	}
	for _, x := range w.watch.sent {
		w.checkSent(x, all)
	}
	for _, l := range w.watch.lanes {
		for _, d := range l {
			w.checkDelivery(d, all[d.lane.incident])
		}
	}
	w.out.Count.Deliveries = len(w.watch.deliveries)
	w.checkIndex()
	w.checkNames(all)
	w.checkAcross(all)
	for _, id := range w.incidents {
		if h := all[id]; h != nil {
			w.checkRest(h)
			if w.out.Seed%replayed == 0 {
				w.again(h)
			}
		}
	}
}

// read reads an incident, and looks whether it hangs together: chain, sequence, and the document as what the timeline
// makes of it.
func (w *world) read(id string) *history {
	rec, err := w.store.Load(now(), state.Ref{ID: id})
	if err != nil {
		w.violated("incident %s: %v", id, err)
		return nil
	}
	h := &history{id: id, counts: map[string]int{}, outcomes: map[string]outcomes{}}
	if err := json.Unmarshal(rec.Doc, &h.doc); err != nil {
		w.violated("document of %s: %v", id, err)
		return nil
	}
	var pages []state.Page
	for after := int64(0); ; {
		more, err := w.store.Timeline(now(), id, after, 1000)
		if err != nil {
			w.violated("timeline of %s: %v", id, err)
			return nil
		}
		if len(more) == 0 {
			break
		}
		pages = append(pages, more...)
		for _, p := range more {
			for _, e := range p.Entries {
				after = max(after, e.Seq)
			}
		}
	}
	if err := state.Verify(pages, rec.Rev); err != nil {
		w.violated("chain of %s: %v", short(id), err)
	}
	w.fold(h, pages)
	return h
}

func (w *world) fold(h *history, pages []state.Page) {
	var inc ifsev.Incident
	inc.ID, inc.Number = h.doc.Incident.ID, h.doc.Incident.Number
	for _, p := range pages {
		for _, e := range p.Entries {
			var ev ifsev.Event
			err := json.Unmarshal(e.Body, &ev)
			if err == nil {
				inc, err = ifsev.Apply(inc, ev)
			}
			if err != nil {
				w.violated("timeline of %s: %v", short(h.id), err)
				return
			}
			h.events = append(h.events, ev)
			h.counts[ev.ID]++
			h.tellsOutcome(&ev)
			if n := int64(len(h.events)); ev.Seq != n || h.counts[ev.ID] > 1 {
				w.violated("timeline of %s: event %s (%s) is number %d and stands at %d, %d times", short(h.id), ev.ID, ev.Type, ev.Seq, n, h.counts[ev.ID])
			}
		}
	}
	if got, want := asJSON(h.doc.Incident), asJSON(inc); got != want {
		w.violated("document of %s is not what its timeline makes:\n%s\n%s", short(h.id), got, want)
	}
}

func (h *history) tellsOutcome(ev *ifsev.Event) {
	id := ev.Data.String("delivery")
	o := h.outcomes[id]
	switch {
	case id == "":
		return
	case ev.Type == ifsev.ActionFailed:
		o.failed++
	default:
		o.delivered++
	}
	h.outcomes[id] = o
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// checkSent looks for what was sent: once where it was accepted, at most once where nobody knows, and nowhere else.
func (w *world) checkSent(x *sent, all map[string]*history) {
	n, where := 0, ""
	for id, h := range all {
		if h.counts[x.mark] > 0 {
			n, where = n+h.counts[x.mark], id
		}
	}
	switch {
	case n > 1:
		w.violated("doubled: %s is there %d times", x.mark, n)
	case x.refused != nil && n > 0:
		w.violated("%s was refused (%v) and is there", x.mark, x.refused)
	case x.accepted && n == 0 && (x.changed || x.mustShow()):
		w.violated("lost: %s was accepted and is nowhere", x.mark)
	case x.accepted && n == 1 && x.incident != "" && where != x.incident:
		w.violated("%s is at %s, its sender was told %s", x.mark, short(where), short(x.incident))
	}
}

// mustShow reports whether it makes an event whatever the incident is like.
func (x *sent) mustShow() bool {
	return x.request != nil && (x.request.Change.Note != "" || x.request.Change.Declare != nil && x.request.Change.Declare.Key == "") ||
		x.alert != nil && x.alert.Status == ifsev.AlertIsFiring
}

// checkDelivery looks whether what was decided was done, or given up and said so, each time it ended.
func (w *world) checkDelivery(d *delivery, h *history) {
	if !d.settled {
		w.violated("skipped: delivery %s (%s) was decided and never ended (%d attempts, taken %d times)", d.id, d.lane.destination, d.attempts, d.taken)
		return
	}
	if told, want := h.told(d), d.tells(h != nil); told != want {
		w.violated("delivery %s (%s) ended %d times, %d of them dead, and the timeline says so %v times", d.id, d.lane.destination, d.ends, d.died, told)
	}
	if d.died == 0 && d.ends == 1 && w.out.Seed%4 != 0 {
		return // the index says that nothing is due there
	}
	letters, err := w.store.Deliveries(now(), state.DeliveryQuery{ID: d.id, Limit: 1})
	kept := d.dead && !d.dropped
	switch {
	case err != nil:
		w.violated("delivery %s: %v", d.id, err)
	case !kept && len(letters) != 0:
		w.violated("delivery %s is done or dropped and still in the outbox: %s", d.id, letters[0].State)
	case kept && (len(letters) != 1 || letters[0].State != ifsev.DeliveryDead || letters[0].LastError == ""):
		w.violated("delivery %s was given up and is not among the dead, with the reason: %+v", d.id, letters)
	}
}

// outcomes is how often a timeline tells that a delivery was delivered, and that it was given up.
type outcomes struct{ delivered, failed int }

func (h *history) told(d *delivery) outcomes {
	if h == nil {
		return outcomes{}
	}
	return h.outcomes[d.id]
}

// tells answers what the timeline must say: of what stays within the store, only what a step asked for or what failed.
func (d *delivery) tells(incident bool) outcomes {
	all := outcomes{d.ends - d.died, d.died}
	switch in := d.full.Inward; {
	case !incident:
		return outcomes{}
	case in == nil || in.Declare != nil:
		return all
	case in.Spend != nil:
		return outcomes{}
	}
	return outcomes{failed: all.failed}
}

// checkNames looks whether two incidents have one number, or one key while both are active.
func (w *world) checkNames(all map[string]*history) {
	numbers, keys := map[int64]bool{}, map[string]bool{}
	for _, h := range all {
		inc := &h.doc.Incident
		if numbers[inc.Number] {
			w.violated("two incidents have the number %d", inc.Number)
		}
		numbers[inc.Number] = true
		if inc.Key == "" || !inc.Status.Active() {
			continue
		}
		if keys[inc.Key] {
			w.violated("two incidents are active under the key %s", inc.Key)
		}
		keys[inc.Key] = true
	}
}

// checkRest looks whether an incident is really at rest: no firing waits for anything that will not come.
func (w *world) checkRest(h *history) {
	for i := range h.doc.Firings {
		f := &h.doc.Firings[i]
		if f.Delivery != "" || f.Queued || f.Until.Before(time.Now()) {
			w.violated("stuck: firing %s of %s is unfinished at rest: %s", f.ID, f.Rule, asJSON(f))
		}
	}
	if !h.doc.Wake.IsZero() && h.doc.Wake.Before(time.Now()) {
		w.violated("stuck: %s should have been looked at %s ago", short(h.id), time.Since(h.doc.Wake))
	}
	epoch := w.watch.epochs[partitionOf(h.id)]
	if h.doc.Incident.Status.Active() && h.doc.Epoch != epoch {
		w.violated("old rules: %s was last judged under epoch %d, its partition is at %d", short(h.id), h.doc.Epoch, epoch)
	}
}

func partitionOf(id string) ifsev.Partition {
	p, err := ifsev.PartitionOfID(id)
	if err != nil {
		return 0
	}
	return p
}
