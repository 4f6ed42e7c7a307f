package statetest

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// look compares everything that can be seen.
func (p *player) look(rt *rapid.T) {
	p.ref.now = p.now(rt)
	for _, id := range p.ids {
		p.lookAtIncident(rt, id)
	}
	for key, id := range p.ref.bound {
		p.lookUp(rt, state.Ref{Key: key}, id)
	}
	p.lookAtList(rt)
	p.lookAtDeliveries(rt)
	p.lookAtDue(rt)
}

// same compares two values; nothing and empty are the same.
func (p *player) same(rt *rapid.T, what string, want, got any) {
	if reflect.DeepEqual(want, got) { // much faster than finding the difference
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (p *player) lookUp(rt *rapid.T, ref state.Ref, id string) {
	rec, err := p.w.Load(p.ctx, ref)
	if p.ref.incidents[id] == nil {
		if !errors.Is(err, state.ErrNotFound) {
			rt.Fatalf("Load %+v: %v, want ErrNotFound", ref, err)
		}
		return
	}
	p.fine(rt, "Load", err)
	p.same(rt, "record", p.ref.record(id), rec)
}

func (p *player) lookAtIncident(rt *rapid.T, id string) {
	p.lookUp(rt, state.Ref{ID: id}, id)
	if number := p.ref.numbers[id]; number != 0 {
		p.lookUp(rt, state.Ref{Number: number}, id)
	}
	known := p.ref.incidents[id]
	if known == nil {
		return
	}
	verdicts, err := p.w.Verdicts(p.ctx, id)
	p.fine(rt, "Verdicts", err)
	p.same(rt, "verdicts", known.verdicts, verdicts)

	limit := rapid.IntRange(1, 5).Draw(rt, "limit")
	var pages []state.Page
	for after := int64(0); ; after = lastSeq(pages) {
		more, err := p.w.Timeline(p.ctx, id, after, limit)
		p.fine(rt, "Timeline", err)
		if pages = append(pages, more...); lastSeq(more) <= after {
			break
		}
	}
	p.same(rt, "timeline", known.pages, pages)
	if id != p.unlisted() {
		p.fine(rt, "Verify", state.Verify(pages, known.rec.Rev))
	}
}

func (p *player) lookAtList(rt *rapid.T) {
	q := state.Query{
		Statuses:   rapid.SampledFrom([][]ifsev.Status{nil, {ifsev.StatusOpen}, {ifsev.StatusOpen, ifsev.StatusMitigated}}).Draw(rt, "statuses"),
		Severities: rapid.SampledFrom([][]ifsev.Severity{nil, {1}, {2, 3}}).Draw(rt, "severities"),
		Tags:       rapid.SampledFrom([][]string{nil, {"x"}, {"y", "x"}}).Draw(rt, "tags"),
		Text:       rapid.SampledFrom([]string{"", "DISK", "übel"}).Draw(rt, "text"),
		Before:     rapid.Int64Range(0, 5).Draw(rt, "before"), Limit: rapid.IntRange(1, 5).Draw(rt, "limit"),
	}
	list, err := p.w.List(p.ctx, q)
	p.fine(rt, "List", err)
	p.same(rt, "list", p.ref.list(q), list)
}

func (p *player) lookAtDeliveries(rt *rapid.T) {
	q := state.DeliveryQuery{
		Incident: rapid.SampledFrom(append([]string{"", ""}, p.ids...)).Draw(rt, "incident"),
		Rule:     rapid.SampledFrom([]string{"", "", "{r2}"}).Draw(rt, "rule"),
		Dead:     rapid.IntRange(0, 3).Draw(rt, "dead") == 3, Limit: rapid.SampledFrom([]int{1000, 2}).Draw(rt, "limit"),
	}
	want := p.ref.deliveries(q)
	letters, err := p.w.Deliveries(p.ctx, q)
	p.fine(rt, "Deliveries", err)
	if len(letters) != len(want) {
		rt.Fatalf("%d deliveries for %+v, want %d", len(letters), q, len(want))
	}
	for n, d := range want {
		p.sameLetter(rt, d, p.ref.letter(d), letters[n])
	}
}

func (p *player) sameLetter(rt *rapid.T, d *refDelivery, want, got state.Letter) {
	if d.revived {
		want.LastError = got.LastError // it may be remembered or not
	}
	if d.claimed && !d.next.After(p.ref.now) && got.State == ifsev.DeliveryInFlight {
		want.State = got.State // an expired claim that nobody took yet may be called either
	}
	want.Place = got.Place // the store's own
	if p.near(want.NextAttempt, got.NextAttempt) {
		want.NextAttempt = got.NextAttempt
	}
	p.same(rt, "letter of "+d.ID, want, got)
}

// near compares instants; where the store reads a real clock some time may have passed between.
func (p *player) near(a, b time.Time) bool {
	return a.Equal(b) || p.w.suite.real && !a.IsZero() && !b.IsZero() && a.Sub(b).Abs() < time.Minute/2
}

func (p *player) lookAtDue(rt *rapid.T) {
	for _, part := range p.parts {
		want := p.ref.due(part)
		got, err := p.w.Due(p.ctx, []ifsev.Partition{part}, 1000)
		p.fine(rt, "Due", err)
		p.same(rt, "instants of wakes", wakeTimes(want.wakes), wakeTimes(got.Wakes))
		p.same(rt, "wakes", sortedWakes(want.wakes), sortedWakes(got.Wakes))
		p.sameDestinations(rt, want.destinations, got.Destinations)
		p.sameNext(rt, want, got)
	}
}

func wakeTimes(wakes []state.Wake) []time.Time {
	var all []time.Time
	for _, w := range wakes {
		all = append(all, w.At)
	}
	return all
}

func sortedWakes(wakes []state.Wake) map[string]time.Time {
	all := map[string]time.Time{}
	for _, w := range wakes {
		all[w.ID] = w.At
	}
	return all
}

func (p *player) sameDestinations(rt *rapid.T, want, got []state.DestinationDue) {
	if len(want) != len(got) {
		rt.Fatalf("destinations due: %+v, want %+v", got, want)
	}
	if !slices.IsSortedFunc(got, func(a, b state.DestinationDue) int { return a.At.Compare(b.At) }) {
		rt.Fatalf("destinations due are not earliest first: %+v", got)
	}
	for _, d := range want {
		n := slices.IndexFunc(got, func(o state.DestinationDue) bool { return o.Destination == d.Destination })
		if n < 0 || got[n].Partition != d.Partition || !p.near(got[n].At, d.At) {
			rt.Fatalf("destinations due: %+v, want %+v among them", got, d)
		}
	}
}

// sameNext wants the earliest instant to come. Beside a destination that is due, an earlier one does no harm: who
// asked comes again anyway.
func (p *player) sameNext(rt *rapid.T, want refDue, got state.Due) {
	switch {
	case p.near(want.next, got.Next):
	case len(want.destinations) > 0 && !got.Next.IsZero() && got.Next.After(got.Now) && (want.next.IsZero() || got.Next.Before(want.next)):
	default:
		rt.Fatalf("next %s, want %s", got.Next, want.next)
	}
}

// lookAtStats compares the counts at the end of a run, where they do not lag behind.
func (p *player) lookAtStats(rt *rapid.T) {
	if p.w.suite.real {
		return
	}
	got, err := p.w.Stats(p.ctx)
	p.fine(rt, "Stats", err)
	dropZeros(got)
	p.same(rt, "stats", p.ref.stats(), got)
}
