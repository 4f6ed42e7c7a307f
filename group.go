package ifsev

import (
	"slices"
	"time"
)

// GroupKind says what a group is for.
type GroupKind string

// The kinds of group.
const (
	GroupWindow GroupKind = "window" // events that share a value, within a time
	GroupBudget GroupKind = "budget" // what may be done, within a time
	GroupRoll   GroupKind = "roll"   // the incidents a schedule selected at one of its instants
)

// The bounds of a group.
const (
	// MaxMembers is how many members a group remembers at most.
	MaxMembers = 2000
	// groupSlack is how much longer than its window a group remembers, for members that come late.
	groupSlack = 10 * time.Minute
	// RollTime is how long after the first answer a roll is closed.
	RollTime = 5 * time.Second
	// rollKeep is how long a roll is remembered once it was closed: longer than a call is on its way at most, which is
	// the MaxAge of InwardRetry, so that none that comes late makes a second roll.
	rollKeep = 8 * Day
)

// Group is what is kept of something that concerns several incidents. It lives in a partition of its own, as an
// incident does, and is changed by deliveries that stay within the store.
type Group struct {
	ID   string    `json:"id"`
	Kind GroupKind `json:"kind"`
	Rule string    `json:"rule"`
	Key  string    `json:"key,omitempty"`
	// Members are those that were counted, granted or called, in the order of their instants.
	Members []Member `json:"members,omitempty"`
	// Held are those a budget held back since it last told of them, HeldCount all of them, however many are remembered.
	Held      []Member `json:"held,omitempty"`
	HeldCount int      `json:"held_count,omitempty"`
	// Refused are those it held back and has told of, so that one that asks again is answered the same.
	Refused []Member `json:"refused,omitempty"`
	// Told is set once a roll was closed.
	Told bool `json:"told,omitempty"`
	// Keep is how long a member is remembered; In is the time of a budget.
	Keep time.Duration `json:"keep,omitempty"`
	In   time.Duration `json:"in,omitempty"`
}

// Member is something of one incident that a group counts.
type Member struct {
	// Incident is the incident's ID, Number its number.
	Incident string `json:"incident"`
	Number   int64  `json:"number"`
	// ID tells members apart: the event's, or that of the delivery that asks.
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Told means that it belongs to a burst that filled the window before.
	Told bool `json:"told,omitempty"`
}

// Join tells a group that something happened to an incident.
type Join struct {
	Kind   GroupKind `json:"kind"`
	Rule   string    `json:"rule"`
	Key    string    `json:"key,omitempty"`
	Member Member    `json:"member"`
	// Last and Count are those of the window.
	Last  time.Duration `json:"last,omitempty"`
	Count int           `json:"count,omitempty"`
	// Event is the one that is counted in a window; the rule fires on it should it fill it.
	Event *Event `json:"event,omitempty"`
}

// Spend asks a budget whether something may be done.
type Spend struct {
	Rule   string `json:"rule"`
	Key    string `json:"key,omitempty"`
	Member Member `json:"member"`
	// Max is how many may be done within In.
	Max int           `json:"max"`
	In  time.Duration `json:"in"`
}

// Gathered is what a group tells one of its incidents.
type Gathered struct {
	Kind GroupKind `json:"kind"`
	Rule string    `json:"rule"`
	Key  string    `json:"key,omitempty"`
	// Count counts the members, Incidents names their incidents, each once, in the order they came.
	Count     int      `json:"count"`
	Incidents []string `json:"incidents"`
	// Since is the instant of the first of them.
	Since time.Time `json:"since"`
	// Event is the one that filled the window.
	Event *Event `json:"event,omitempty"`
}

// GroupID is the ID of the group of a rule and a key.
func GroupID(kind GroupKind, rule, key string) string {
	return derivedUUID("group", string(kind), rule, key)
}

// Join counts a member; a second time changes nothing. It answers what the member's incident must be told, nil if the
// window is not full, or was full before and has not been empty since.
//
// A window of `last` ends at any instant t and holds what lies after t-last and not after t. Members may come late and
// out of order: each counts at its own instant.
func (g *Group) Join(j *Join) *Gathered {
	g.Kind, g.Rule, g.Key, g.Keep = j.Kind, j.Rule, j.Key, j.Last+groupSlack
	if g.has(j.Member.ID) {
		return nil
	}
	i := g.insert(j.Member)
	if g.burstTold(i, j.Last) {
		g.Members[i].Told = true
		return nil
	}
	from, to := g.fullest(i, j.Last)
	if to-from < j.Count {
		return nil
	}
	g.tellBurst(i, j.Last)
	told := gathered(g.Members[from:to])
	told.Kind, told.Rule, told.Key, told.Event = g.Kind, g.Rule, g.Key, j.Event
	return told
}

func (g *Group) has(id string) bool {
	is := func(m Member) bool { return m.ID == id }
	return slices.ContainsFunc(g.Members, is) || slices.ContainsFunc(g.Held, is)
}

// insert puts a member in its place and answers it.
func (g *Group) insert(m Member) int {
	i := len(g.Members)
	for i > 0 && m.before(&g.Members[i-1]) {
		i--
	}
	g.Members = slices.Insert(slices.Clone(g.Members), i, m)
	if over := len(g.Members) - MaxMembers; over > 0 && i >= over {
		g.Members = g.Members[over:]
		i -= over
	}
	return i
}

// before reports whether a member comes before another: by their instants, and else by their numbers, so that the order
// in which they arrive means nothing.
func (m *Member) before(other *Member) bool {
	if c := m.At.Compare(other.At); c != 0 {
		return c < 0
	}
	return m.Number < other.Number
}

// burst answers the members around the i-th between which there was always one in the window.
func (g *Group) burst(i int, last time.Duration) (from, to int) {
	from, to = i, i+1
	for from > 0 && g.Members[from].At.Sub(g.Members[from-1].At) < last {
		from--
	}
	for to < len(g.Members) && g.Members[to].At.Sub(g.Members[to-1].At) < last {
		to++
	}
	return from, to
}

func (g *Group) burstTold(i int, last time.Duration) bool {
	from, to := g.burst(i, last)
	return slices.ContainsFunc(g.Members[from:to], func(m Member) bool { return m.Told })
}

func (g *Group) tellBurst(i int, last time.Duration) {
	from, to := g.burst(i, last)
	for n := from; n < to; n++ {
		g.Members[n].Told = true
	}
}

// fullest answers the window with the most members that holds the i-th; of several the last.
func (g *Group) fullest(i int, last time.Duration) (from, to int) {
	for start := i; start >= 0 && g.Members[i].At.Sub(g.Members[start].At) < last; start-- {
		end := i
		for end < len(g.Members) && g.Members[end].At.Sub(g.Members[start].At) < last {
			end++
		}
		if end-start > to-from {
			from, to = start, end
		}
	}
	return from, to
}

// gathered sums members up.
func gathered(members []Member) *Gathered {
	g := &Gathered{Count: len(members), Incidents: []string{}}
	for _, m := range members {
		if name := (&Incident{Number: m.Number}).Name(); !slices.Contains(g.Incidents, name) {
			g.Incidents = append(g.Incidents, name)
		}
	}
	if len(members) > 0 {
		g.Since = members[0].At
	}
	return g
}

// Call adds an incident to a roll; one that comes after it was closed is too late.
func (g *Group) Call(j *Join) {
	g.Kind, g.Rule, g.Key, g.Keep = j.Kind, j.Rule, j.Key, rollKeep
	if !g.Told && !g.has(j.Member.ID) {
		g.insert(j.Member)
	}
}

// Close closes a roll that is due, and answers what the incident with the lowest number, whose ID is answered too, must
// be told; nil if it is not due.
func (g *Group) Close(now time.Time) (*Gathered, string) {
	if g.Kind != GroupRoll || g.Told || len(g.Members) == 0 || now.Before(g.closes()) {
		return nil, ""
	}
	g.Told = true
	all := slices.SortedFunc(slices.Values(g.Members), func(a, b Member) int { return int(a.Number - b.Number) })
	told := gathered(all)
	told.Kind, told.Rule, told.Key, told.Since = g.Kind, g.Rule, g.Key, all[0].At
	return told, all[0].Incident
}

func (g *Group) closes() time.Time { return g.Members[0].At.Add(RollTime) }

// Spend answers whether it may be done now; the same asked again is answered the same.
func (g *Group) Spend(s *Spend, now time.Time) bool {
	// Who got no answer asks again, which may be after the time of the budget.
	g.Kind, g.Rule, g.Key, g.Keep, g.In = GroupBudget, s.Rule, s.Key, s.In+groupSlack, s.In
	asked := func(m Member) bool { return m.ID == s.Member.ID }
	if slices.ContainsFunc(g.Held, asked) || slices.ContainsFunc(g.Refused, asked) {
		return false
	}
	if slices.ContainsFunc(g.Members, asked) {
		return true
	}
	m := s.Member
	m.At = now
	granted := 0
	for _, other := range g.Members {
		if now.Sub(other.At) < s.In {
			granted++
		}
	}
	if granted < s.Max {
		g.insert(m)
		return true
	}
	if g.HeldCount++; len(g.Held) < MaxMembers {
		g.Held = append(slices.Clip(g.Held), m)
	}
	return false
}

// Digest answers what a budget has held back, once it has room again, and the ID of the incident that must be told: the
// last that was held back. Nil if there is nothing to tell yet.
func (g *Group) Digest(now time.Time) (*Gathered, string) {
	if g.Kind != GroupBudget || g.HeldCount == 0 || now.Before(g.digests()) {
		return nil, ""
	}
	told := gathered(g.Held)
	told.Kind, told.Rule, told.Key, told.Count = g.Kind, g.Rule, g.Key, g.HeldCount
	last := g.Held[len(g.Held)-1].Incident
	g.Refused = append(slices.Clip(g.Refused), g.Held...)
	g.Refused = g.Refused[max(0, len(g.Refused)-MaxMembers):]
	g.Held, g.HeldCount = nil, 0
	return told, last
}

// digests is when what was held back is told: as long after the first of it as the time of the budget is.
func (g *Group) digests() time.Time { return g.Held[0].At.Add(g.In) }

// Forget drops the members that mean nothing any more.
func (g *Group) Forget(now time.Time) {
	keep := now.Add(-g.Keep)
	old := func(m Member) bool { return !m.At.After(keep) }
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), old)
	g.Refused = slices.DeleteFunc(slices.Clone(g.Refused), old)
}

// Empty reports whether nothing would be lost with the group.
func (g *Group) Empty() bool { return len(g.Members) == 0 && g.HeldCount == 0 && len(g.Refused) == 0 }

// Wake is when time alone has something to do for the group; zero for never.
func (g *Group) Wake() time.Time {
	switch {
	case g.Kind == GroupBudget && g.HeldCount > 0:
		return g.digests()
	case g.Kind == GroupRoll && !g.Told && len(g.Members) > 0:
		return g.closes()
	}
	var last time.Time
	for _, list := range [][]Member{g.Members, g.Refused} {
		if n := len(list); n > 0 && list[n-1].At.After(last) {
			last = list[n-1].At
		}
	}
	if last.IsZero() {
		return last
	}
	return last.Add(g.Keep)
}
