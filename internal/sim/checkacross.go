package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// checkAcross looks at what concerns several incidents, when the world is at rest.
func (w *world) checkAcross(all map[string]*history) {
	if len(w.out.Violations) > 0 {
		return // what was read may not hang together
	}
	for _, id := range w.watch.groupIDs {
		g := w.watch.groups[id]
		w.out.Count.Groups++
		w.out.Count.Tells += len(g.tells)
		if g.pending() {
			w.violated("stuck: group %s of %s has something to tell at rest: %s", short(id), g.doc.Rule, asJSON(g.doc))
		}
		switch g.doc.Kind {
		case ifsev.GroupWindow:
			w.checkWindow(g)
		case ifsev.GroupRoll:
			w.checkRoll(g)
		case ifsev.GroupBudget:
			w.checkBudget(g)
		}
		if w.forgetting && g.doc.Kind != ifsev.GroupRoll && !g.doc.Empty() && len(w.out.Violations) == 0 {
			w.violated("group %s of %s has not forgotten: %s", short(id), g.doc.Rule, asJSON(g.doc))
		}
	}
	for _, id := range w.incidents {
		if h := all[id]; h != nil {
			w.checkRelations(h, all)
			w.checkFirings(h)
			for _, c := range w.watch.chains[id] {
				w.checkCounted(h, c)
			}
		}
	}
	w.checkAsked()
}

// checkAsked looks whether everything that was told a group or an incident has arrived there.
func (w *world) checkAsked() {
	for _, list := range w.watch.lanes {
		for _, d := range list {
			if !d.inward() {
				continue
			}
			w.out.Count.Inward++
			if d.settled && !d.dead && d.taken == 0 && !d.mayVanish() {
				w.violated("lost: what %s says (%s) is nowhere", d.id, d.full.Action)
			}
			if in := d.full.Inward; in.Declare != nil && d.by != nil {
				w.checkDeclared(d)
			}
		}
	}
}

// checkDeclared looks whether a delivery has declared one incident: of its own, or the one that has the key.
func (w *world) checkDeclared(d *delivery) {
	decl := d.full.Inward.Declare
	made := w.watch.chains[d.at][0] == d.by
	switch {
	case decl.Key == "" && (!made || d.at != ifsev.DeclaredID(d.id)):
		w.violated("declare: delivery %s has not declared an incident of its own: %s", d.id, short(d.at))
	case decl.Key != "" && d.by.Summary.Key != decl.Key:
		w.violated("declare: delivery %s was for the key %q and came to %q", d.id, decl.Key, d.by.Summary.Key)
	}
}

// checkWindow reckons all of a window at once. Where everything came in order, each burst that is full was told once.
func (w *world) checkWindow(g *grouped) {
	var j *ifsev.Join
	for _, m := range g.window.members {
		j = w.watch.asked[g.id+" "+m.ID].full.Inward.Join
	}
	if j == nil {
		w.violated("window: group %s has nobody", short(g.id))
		return
	}
	full := 0
	for rest := g.window.members; len(rest) > 0; {
		burst := g.window.burst(rest[0], j.Last)
		rest = g.window.members[slices.IndexFunc(g.window.members, func(m ifsev.Member) bool { return m.ID == burst[len(burst)-1].ID })+1:]
		if most(burst, j.Last, "") >= j.Count {
			full++
		}
	}
	if got := len(g.tells); got < full || got > full && !g.late {
		w.violated("window: %d bursts of %s for %q were full, %d were told", full, g.doc.Rule, g.doc.Key, got)
	}
}

// checkRoll looks whether a roll was told once, with all it has called.
func (w *world) checkRoll(g *grouped) {
	if len(g.tells) != 1 {
		w.violated("roll: %s at %s was told %d times", g.doc.Rule, g.doc.Key, len(g.tells))
		return
	}
	if n := g.tells[0].full.Inward.Tell.Count; n != len(g.counted) {
		w.violated("roll: %s at %s called %d incidents and told of %d", g.doc.Rule, g.doc.Key, len(g.counted), n)
	}
}

// checkBudget looks whether everything that was held back was told, once.
func (w *world) checkBudget(g *grouped) {
	told, held := g.doc.HeldCount, 0
	for _, d := range g.tells {
		told += d.full.Inward.Tell.Count
	}
	for _, d := range w.watch.asked {
		if d.full.Inward.Group == g.id && d.ends > 0 && !d.granted {
			held++
		}
	}
	w.out.Count.Held += held
	if told != held {
		w.violated("budget: %s %q has held back %d and told of %d", g.doc.Rule, g.doc.Key, held, told)
	}
}

// checkCounted looks whether a commit told the windows of its rules of every event, once.
func (w *world) checkCounted(h *history, c *state.Commit) {
	set := w.set(c.Epoch)
	if set == nil {
		w.violated("rule set %d is not there", c.Epoch)
		return
	}
	got, want := map[string]int{}, map[string]int{}
	for i := range c.Outbox {
		if d := w.watch.deliveries[c.Outbox[i].ID]; d.inward() && d.full.Inward.Join != nil && d.full.Inward.Join.Kind == ifsev.GroupWindow {
			j := d.full.Inward.Join
			got[j.Rule+" "+j.Key+" "+j.Member.ID]++
		}
	}
	for _, r := range set.Rules {
		if r.Window == nil {
			continue
		}
		for i := range c.Entries {
			ev := &h.events[c.Entries[i].Seq-1]
			if slices.ContainsFunc(r.When, ev.Type.Is) {
				for _, key := range keysOf(r, h, ev) {
					want[r.Name+" "+key+" "+ev.ID]++
				}
			}
		}
	}
	if !sameCounts(got, want) {
		w.violated("window: a commit of %s has these counted: %v, and should have %v", short(h.id), got, want)
	}
	w.checkTold(h, c, set)
}

// keysOf is what the windows of the simulation's rules are by, reckoned anew.
func keysOf(r *rules.Rule, h *history, ev *ifsev.Event) []string {
	switch r.Name {
	case "storm": // when: declared
		return ev.Data.Strings("tags")
	case "service": // which never changes
		return ifsev.CleanTags([]string{h.doc.Incident.Service})
	}
	return []string{""}
}

// checkTold looks whether what an incident was told had its rule do what it should, in the same commit.
func (w *world) checkTold(h *history, c *state.Commit, set *rules.Set) {
	digests := map[string]int{}
	for _, m := range c.Marks {
		d := w.watch.deliveries[m.ID[min(3, len(m.ID)):]]
		if d == nil || !d.inward() || d.full.Inward.Tell == nil {
			continue
		}
		told := d.full.Inward.Tell
		r := set.Rule(told.Rule)
		switch {
		case r == nil:
		case told.Kind == ifsev.GroupWindow && r.Window != nil && !wrote(h, c, m.ID, ifsev.WindowFilled):
			w.violated("window: %s was told that %s is full and does not say so", short(h.id), r.Name)
		case told.Kind == ifsev.GroupBudget && r.Budget != nil && len(r.Budget.Digest) > 0:
			digests[r.Name]++
		case told.Kind == ifsev.GroupBudget && r.Budget != nil && !wrote(h, c, m.ID, ifsev.Noted):
			w.violated("budget: %s was told what %s held back and does not say so", short(h.id), r.Name)
		}
	}
	for i := range c.Entries {
		if ev := &h.events[c.Entries[i].Seq-1]; ev.Type == ifsev.RuleFired && ev.Data.String("branch") == "digest" {
			digests[ev.Data.String("rule")]--
		}
	}
	for rule, n := range digests {
		if n != 0 {
			w.violated("budget: %s was told what %s held back, and %d digests are missing", short(h.id), rule, n)
		}
	}
}

func wrote(h *history, c *state.Commit, id string, kind ifsev.EventType) bool {
	return slices.ContainsFunc(c.Entries, func(e state.Entry) bool {
		ev := &h.events[e.Seq-1]
		return ev.ID == id && ev.Type == kind
	})
}

// checkRelations looks whether what an incident says of another is what that says of it.
func (w *world) checkRelations(h *history, all map[string]*history) {
	inc := &h.doc.Incident
	for _, r := range inc.Related {
		for _, other := range all {
			back := r.Mirror(inc.Name())
			if other.doc.Incident.Name() == r.Incident && !slices.Contains(other.doc.Incident.Related, back) && !w.mirrorDied(h.id, r.Incident) {
				w.violated("related: %s has %s as %s, which knows nothing of it", inc.Name(), r.Incident, r.As)
			}
		}
	}
}

// mirrorDied reports whether an incident told another of their relation when that was not there yet.
func (w *world) mirrorDied(from, to string) bool {
	return slices.ContainsFunc(w.watch.lanes[lane{ifsev.DestinationInward, from}], func(d *delivery) bool {
		return d.dead && d.full.Inward.Relate != nil && d.full.Inward.Incident == to
	})
}

// firingSeen is what a timeline says of a firing.
type firingSeen struct{ fired, held int }

// checkFirings holds what budgets answered against what the timeline says, and looks whether silences and schedules
// were kept.
func (w *world) checkFirings(h *history) {
	seen, ended := map[string]*firingSeen{}, map[string]bool{}
	minutes := map[time.Time]bool{}
	of := func(ev *ifsev.Event) *firingSeen {
		id := ev.Data.String("firing")
		if seen[id] == nil {
			seen[id] = &firingSeen{}
		}
		return seen[id]
	}
	for i := range h.events {
		switch ev := &h.events[i]; ev.Type {
		case ifsev.RuleFired:
			of(ev).fired++
			for _, id := range ev.Data.Strings("ended") {
				ended[id] = true
			}
			w.checkInstant(ev, minutes)
		case ifsev.HeldBack:
			of(ev).held++
		case ifsev.PlanCancelled:
			w.out.Count.Cancelled++
			ended[ev.Data.String("rule")] = true
		}
	}
	w.checkGranted(h)
	want := map[string]*firingSeen{}
	for _, d := range w.watch.lanes[lane{ifsev.DestinationInward, h.id}] {
		s := d.full.Inward.Spend
		if s == nil || !d.settled || ended[d.full.Firing] || ended[d.full.Rule] {
			continue
		}
		if want[d.full.Firing] == nil {
			want[d.full.Firing] = &firingSeen{}
		}
		switch x := want[d.full.Firing]; {
		case !d.granted:
			x.held++
		case s.Key[:1] == "f": // of firings
			x.fired++
		}
	}
	for id, x := range want {
		got := seen[id]
		if got == nil {
			got = &firingSeen{}
		}
		if got.held != x.held || x.fired > got.fired || got.fired > 1 {
			w.violated("budget: firing %s of %s was granted %d and held back %d times; the timeline says %+v", id, short(h.id), x.fired, x.held, *got)
		}
	}
}

// checkGranted looks whether nothing was delivered that the budget of deliveries was not asked for.
func (w *world) checkGranted(h *history) {
	grants := map[[2]string]int{}
	for _, d := range w.watch.lanes[lane{ifsev.DestinationInward, h.id}] {
		if s := d.full.Inward.Spend; s != nil && d.granted && d.full.Rule == sparing {
			grants[[2]string{d.full.Firing, strings.TrimPrefix(s.Key, "deliveries ")}]++
		}
	}
	for l, list := range w.watch.lanes {
		if l.incident != h.id || l.destination == ifsev.DestinationInward {
			continue
		}
		for _, d := range list {
			if d.full.Rule == sparing && strings.HasPrefix(d.full.Step, "then") {
				grants[[2]string{d.full.Firing, l.destination}]--
			}
		}
	}
	for of, n := range grants {
		if n < 0 {
			w.violated("budget: %d deliveries of firing %s of %s to %s were not granted", -n, of[0], short(h.id), of[1])
		}
	}
}

// checkInstant looks whether a rule has fired while it was silenced, or a schedule twice for one instant.
func (w *world) checkInstant(ev *ifsev.Event, minutes map[time.Time]bool) {
	switch ev.Data.String("rule") {
	case "hush":
		if early := w.s.began.Add(hushed).Sub(ev.At); early > 0 {
			w.violated("silence: a rule fired %s before its silence was over", early)
		}
	case "cron":
		at := ev.At.Truncate(time.Minute)
		if minutes[at] {
			w.violated("schedule: a rule fired twice for %s", w.at(at))
		}
		minutes[at] = true
	}
}
