package sim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// grouped is what was seen of a group: what it was told, commit by commit, held against a plain recount.
type grouped struct {
	id  string
	doc ifsev.Group // as it was last committed
	// counted says how often each member came to be remembered, by ID.
	counted map[string]int
	grants  []ifsev.Member
	window  recount
	// tells are what it told incidents, in order.
	tells []*delivery
	// gone means that it was removed, which it may be while nothing would be lost.
	gone bool
	// late means that members did not come in the order of their instants.
	late bool
}

// pending reports whether the group waits for more than to forget.
func (g *grouped) pending() bool {
	return g.doc.HeldCount > 0 || g.doc.Kind == ifsev.GroupRoll && !g.doc.Told
}

// committedGroup sees a commit of a group that was written.
func (o *watch) committedGroup(c *state.Commit) {
	var doc ifsev.Document
	if err := json.Unmarshal(c.Doc, &doc); err != nil || doc.Group == nil {
		o.w.violated("group %s: %v, %.200s", short(c.ID), err, c.Doc)
		return
	}
	g := o.groups[c.ID]
	if g == nil {
		g = &grouped{id: c.ID, counted: map[string]int{}, window: recount{told: map[string]bool{}}}
		o.groups[c.ID] = g
		o.groupIDs = append(o.groupIDs, c.ID)
	}
	before := g.doc
	g.doc, g.gone = *doc.Group, false
	if len(c.Entries) > 0 || c.Summary.Number != 0 {
		o.w.violated("group %s has a timeline", short(c.ID))
	}
	fresh := g.fresh(&before)
	for _, m := range fresh {
		o.counted(g, m)
	}
	var told []*delivery
	for i := range c.Outbox {
		told = append(told, o.deliveries[c.Outbox[i].ID])
	}
	g.tells = append(g.tells, told...)
	switch g.doc.Kind {
	case ifsev.GroupWindow:
		o.recounted(g, fresh, told)
	case ifsev.GroupBudget:
		o.granted(g, fresh)
	}
}

// removed sees a document leave the store.
func (o *watch) removed(id string) {
	g := o.groups[id]
	if g == nil || !g.doc.Empty() {
		o.w.violated("%s was removed, and was needed", short(id))
		return
	}
	o.w.out.Count.Removed++
	g.gone = true
	delete(o.wakes, id)
}

// fresh answers the members the group did not have before.
func (g *grouped) fresh(before *ifsev.Group) (list []ifsev.Member) {
	seen := map[string]bool{}
	for _, m := range g.doc.Members {
		if seen[m.ID] {
			g.counted[m.ID]++
		}
		seen[m.ID] = true
		if !slices.ContainsFunc(before.Members, func(b ifsev.Member) bool { return b.ID == m.ID }) {
			list = append(list, m)
		}
	}
	return list
}

// counted sees that a group counts a member: once, and only if an incident said so.
func (o *watch) counted(g *grouped, m ifsev.Member) {
	if g.counted[m.ID]++; g.counted[m.ID] > 1 {
		o.w.violated("doubled: group %s of %s counts %s %d times", short(g.id), g.doc.Rule, m.ID, g.counted[m.ID])
	}
	d := o.asked[g.id+" "+m.ID]
	if d == nil {
		o.w.violated("group %s of %s counts %s, which nobody told it", short(g.id), g.doc.Rule, m.ID)
		return
	}
	d.taken++
}

// granted looks whether a budget grants no more than it has within its time, by its own clock.
func (o *watch) granted(g *grouped, fresh []ifsev.Member) {
	for _, m := range fresh {
		d := o.asked[g.id+" "+m.ID]
		if d == nil {
			continue
		}
		d.granted = true
		s, n := d.full.Inward.Spend, 1
		for _, other := range g.grants {
			if age := m.At.Sub(other.At); age >= 0 && age < s.In {
				n++
			}
		}
		if n > s.Max {
			o.w.violated("budget: %s has granted %d within %s, and has %d", s.Rule, n, s.In, s.Max)
		}
		g.grants = append(g.grants, m)
	}
}

// recount is a window reckoned anew from everything that was ever counted in it.
type recount struct {
	members []ifsev.Member
	told    map[string]bool
}

func (r *recount) clone() recount {
	told := map[string]bool{}
	for id := range r.told {
		told[id] = true
	}
	return recount{slices.Clone(r.members), told}
}

// burst answers the members that hang together with one of them: between two that follow each other is less than last.
func (r *recount) burst(of ifsev.Member, last time.Duration) []ifsev.Member {
	slices.SortStableFunc(r.members, func(a, b ifsev.Member) int { return a.At.Compare(b.At) })
	var now []ifsev.Member
	for i, m := range r.members {
		if i > 0 && m.At.Sub(r.members[i-1].At) >= last {
			if hasMember(now, of.ID) {
				break
			}
			now = nil
		}
		now = append(now, m)
	}
	return now
}

func hasMember(list []ifsev.Member, id string) bool {
	return slices.ContainsFunc(list, func(m ifsev.Member) bool { return m.ID == id })
}

// most answers the most of them that lie in one window; with an ID only windows count that hold it.
func most(list []ifsev.Member, last time.Duration, with string) (n int) {
	for _, end := range list {
		in := slices.DeleteFunc(slices.Clone(list), func(m ifsev.Member) bool { return m.At.After(end.At) || end.At.Sub(m.At) >= last })
		if with == "" || hasMember(in, with) {
			n = max(n, len(in))
		}
	}
	return n
}

// join counts a member and answers how many fill the window with it; 0 if they do not, or have before.
func (r *recount) join(m ifsev.Member, j *ifsev.Join) int {
	r.members = append(r.members, m)
	burst := r.burst(m, j.Last)
	for _, other := range burst {
		if r.told[other.ID] {
			r.told[m.ID] = true
			return 0
		}
	}
	n := most(burst, j.Last, m.ID)
	if n < j.Count {
		return 0
	}
	for _, other := range burst {
		r.told[other.ID] = true
	}
	return n
}

// maxOrders bounds how many that were decided together are tried in every order.
const maxOrders = 4

// recounted holds what a window told against the recount. What was decided together came in some order: there must be
// one that leads to what it told.
func (o *watch) recounted(g *grouped, fresh []ifsev.Member, told []*delivery) {
	want := map[string]int{}
	for _, d := range told {
		want[d.id] = d.full.Inward.Tell.Count
	}
	for _, m := range fresh {
		for _, known := range g.window.members {
			g.late = g.late || m.At.Before(known.At)
		}
	}
	g.late = g.late || len(fresh) > 1
	for _, order := range orders(fresh) {
		r := g.window.clone()
		got := map[string]int{}
		for _, m := range order {
			j := o.asked[g.id+" "+m.ID]
			if j == nil {
				return
			}
			if n := r.join(m, j.full.Inward.Join); n > 0 {
				got[ifsev.DerivedID("dlv", g.id, m.ID)] = n
			}
		}
		if len(fresh) > maxOrders || sameCounts(want, got) {
			g.window = r
			return
		}
	}
	o.w.violated("window: the one of %s for %q told %v with %d more of %d", g.doc.Rule, g.doc.Key, want, len(fresh), len(g.window.members))
}

func sameCounts(a, b map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for id, n := range a {
		if b[id] != n {
			return false
		}
	}
	return true
}

// orders answers all orders of a few, of many one.
func orders(of []ifsev.Member) (all [][]ifsev.Member) {
	if len(of) < 2 || len(of) > maxOrders {
		return [][]ifsev.Member{of}
	}
	for i := range of {
		rest := slices.Delete(slices.Clone(of), i, i+1)
		for _, tail := range orders(rest) {
			all = append(all, append([]ifsev.Member{of[i]}, tail...))
		}
	}
	return all
}

// asks reads a delivery whole: of those within the store, and of the rule whose deliveries have a budget.
func (o *watch) asks(d *delivery) {
	err := json.Unmarshal(d.body, &d.full)
	if in := d.full.Inward; err != nil || (in == nil) == (d.lane.destination == ifsev.DestinationInward) {
		o.w.violated("delivery %s to %s cannot be: %v", d.id, d.lane.destination, err)
		return
	}
	switch in := d.full.Inward; {
	case in == nil:
	case in.Join != nil:
		o.asked[in.Group+" "+in.Join.Member.ID] = d
	case in.Spend != nil:
		o.asked[in.Group+" "+in.Spend.Member.ID] = d
	}
}

// marked sees that an incident took what another document told it: once.
func (o *watch) marked(c *state.Commit) {
	for _, m := range c.Marks {
		id, inward := strings.CutPrefix(m.ID, "in:")
		if !inward {
			continue
		}
		d := o.deliveries[id]
		if d == nil {
			o.w.violated("%s was told %s, which nobody said", short(c.ID), id)
			continue
		}
		if d.taken++; d.taken > 1 {
			o.w.violated("doubled: %s was told %s %d times", short(c.ID), id, d.taken)
		}
		d.at, d.by = c.ID, c
	}
}

// inwardDead looks whether a delivery within the store was given up although the document it is for is there.
func (o *watch) inwardDead(d *delivery, since time.Time) {
	in := d.full.Inward
	there := true
	switch {
	case in.Relate != nil:
		number, _ := ifsev.NumberOf(in.Incident)
		began, ok := o.began[number]
		there = ok && began.Before(since)
	case in.Tell != nil:
		there = len(o.chains[in.Incident]) > 0
	}
	if there {
		o.w.violated("given up: %s within the store, though what it is for is there: %s", d.full.Action, d.failure)
	}
}
