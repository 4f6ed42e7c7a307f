package statetest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// commit draws a commit that is mostly right and does it.
func (p *player) commit(rt *rapid.T) {
	c := p.drawCommit(rt, rapid.SampledFrom(p.ids).Draw(rt, "incident"))
	p.commits = append(p.commits, c)
	p.do(rt, c)
}

// settle draws a commit that ends a claim.
func (p *player) settle(rt *rapid.T) {
	claim, ok := p.drawClaim(rt)
	if !ok {
		return
	}
	c := p.drawCommit(rt, claim.Incident)
	c.Settle = &state.Settlement{Claim: claim}
	if rapid.Bool().Draw(rt, "dead") {
		c.Settle.Dead, c.Settle.Failure = true, "gave up: <&> {}"
	}
	c.Outbox = slices.DeleteFunc(c.Outbox, func(o state.OutboxItem) bool { return o.ID == claim.ID })
	p.commits = append(p.commits, c)
	p.do(rt, c)
}

// recordOnly draws a commit about no incident.
func (p *player) recordOnly(rt *rapid.T) {
	c := state.Commit{
		Partition: rapid.SampledFrom(p.parts).Draw(rt, "partition"), Marks: p.drawMarks(rt),
		Entries: []state.Entry{{Seq: 1, Body: []byte(`"recorded"`)}},
	}
	p.commits = append(p.commits, c)
	p.do(rt, c)
}

func (p *player) drawCommit(rt *rapid.T, id string) state.Commit {
	known := p.ref.incidents[id]
	c := state.Commit{ID: id, Expect: p.drawExpect(rt, known)}
	if id == p.unlisted() {
		p.drawRest(rt, &c)
		return c
	}
	c.Summary = p.drawSummary(rt, id)
	c.Doc = rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(rt, "doc")
	var seq int64
	if known != nil {
		seq = lastSeq(known.pages)
	}
	for n := range rapid.IntRange(0, 3).Draw(rt, "entries") {
		body := rapid.SampledFrom([]string{`{"a":"<b>&"}`, `{ "b" : [ ] }`, `"é {}"`}).Draw(rt, "body")
		c.Entries = append(c.Entries, state.Entry{Seq: seq + int64(n) + 1, Body: []byte(body)})
	}
	p.drawKey(rt, &c)
	p.drawRest(rt, &c)
	return c
}

// unlisted is the ID of what is no incident and is in no list.
func (p *player) unlisted() string { return p.ids[0] }

// drawRest draws what every commit may have.
func (p *player) drawRest(rt *rapid.T, c *state.Commit) {
	c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
	c.Marks = p.drawMarks(rt)
	for range rapid.IntRange(0, 2).Draw(rt, "verdicts") {
		if c.Verdicts == nil {
			c.Verdicts = map[string][]byte{}
		}
		c.Verdicts[rapid.SampledFrom([]string{"r1", "{r2}", "r<3>"}).Draw(rt, "rule")] = rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(rt, "verdict")
	}
	for range rapid.IntRange(0, 3).Draw(rt, "deliveries") {
		c.Outbox = append(c.Outbox, p.drawItem(rt, c.ID))
	}
	if rapid.Bool().Draw(rt, "wakes") {
		c.Wake = p.instant(rt, "wake")
	}
	c.Epoch = rapid.SampledFrom([]int64{0, 1, 2, 3}).Draw(rt, "epoch")
}

func (p *player) drawExpect(rt *rapid.T, known *refIncident) state.Rev {
	spoil := rapid.IntRange(0, 9).Draw(rt, "spoil the revision") == 9
	switch {
	case known == nil && spoil:
		return "lost"
	case known == nil:
		return ""
	case spoil && len(known.pages) > 1:
		return known.pages[len(known.pages)-2].Rev
	case spoil:
		return ""
	}
	return known.rec.Rev
}

func (p *player) drawMarks(rt *rapid.T) []state.Mark {
	var marks []state.Mark
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(rt, "marks") {
		// Mostly fresh ones, or soon every commit is a duplicate.
		id := fmt.Sprint("mark ", rapid.IntRange(0, 40).Draw(rt, "mark"))
		if slices.ContainsFunc(marks, func(m state.Mark) bool { return m.ID == id }) {
			continue // twice with different sums has no meaning
		}
		marks = append(marks, state.Mark{ID: id, Sum: rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(rt, "sum")})
	}
	return marks
}

func (p *player) drawKey(rt *rapid.T, c *state.Commit) {
	switch rapid.SampledFrom([]string{"none", "right", "right", "spoilt"}).Draw(rt, "key") {
	case "right":
		c.Key = p.keys[c.ID]
		c.Bound = p.ref.bound[c.Key]
		c.BoundRev = rapid.SampledFrom([]state.Rev{"", p.ref.record(c.Bound).Rev, "another"}).Draw(rt, "bound's revision")
	case "spoilt":
		c.Key = p.keys[c.ID]
		c.Bound = rapid.SampledFrom(append([]string{""}, p.ids...)).Draw(rt, "bound")
	}
}

func (p *player) drawSummary(rt *rapid.T, id string) state.Summary {
	number, err := p.w.Number(p.ctx, id)
	p.fine(rt, "Number", err)
	if want := p.ref.number(id); number != want {
		rt.Fatalf("Number of %s: %d, want %d", id, number, want)
	}
	return state.Summary{
		ID: id, Number: number, Key: p.keys[id], Title: rapid.SampledFrom([]string{"Disk <full>", "SLOW & sure", "ÜBEL"}).Draw(rt, "title"),
		Severity: ifsev.Severity(rapid.IntRange(1, 3).Draw(rt, "severity")), Status: rapid.SampledFrom(ifsev.Statuses()).Draw(rt, "status"),
		Tags:       rapid.SampledFrom([][]string{{}, {"x"}, {"x", "y"}, {"{y}"}}).Draw(rt, "tags"),
		DeclaredAt: p.began, UpdatedAt: p.ref.now, LastActivityAt: p.ref.now, Version: int64(p.serial),
	}
}

// drawItem draws a fresh delivery, or one that is in a lane of the incident.
func (p *player) drawItem(rt *rapid.T, incident string) state.OutboxItem {
	destination := rapid.SampledFrom(p.destinations).Draw(rt, "destination")
	part, err := ifsev.PartitionOfID(incident)
	p.fine(rt, "PartitionOfID", err)
	lane := p.ref.lane(part, destination, incident)
	if len(lane.queue) > 0 && rapid.IntRange(0, 4).Draw(rt, "one that is there") == 4 {
		item := rapid.SampledFrom(lane.queue).Draw(rt, "which").OutboxItem
		item.Body = []byte("must not replace the one there")
		return item
	}
	p.serial++
	id := fmt.Sprintf("d%d{<&>}", p.serial)
	return state.OutboxItem{
		ID: id, Destination: destination, Action: rapid.SampledFrom([]string{"page", "webhook"}).Draw(rt, "action"),
		Rule: rapid.SampledFrom([]string{"r1", "{r2}"}).Draw(rt, "rule"), Due: p.instant(rt, "due"),
		Created: p.began.Add(time.Duration(p.serial) * time.Millisecond), Body: append([]byte(id), 0, 255),
	}
}
