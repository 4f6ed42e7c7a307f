package kv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Checker = (*Store)(nil)

// Check reads everything in one transaction; see state.Checker. Indexes are held against what they are made of: each
// entry that belongs there must be there, and there must be as many as belong there, so there is no other.
func (s *Store) Check(ctx context.Context, fault func(string)) (state.Checked, error) {
	var sum state.Checked
	err := s.db.View(ctx, func(r Reader) error {
		c := &checker{
			tx: &tx{Reader: r, now: s.now()}, ctx: ctx, fault: fault, want: map[Table]int{}, counted: map[string]int64{},
		}
		c.incidents()
		c.numbers()
		c.keys()
		c.summaries()
		c.deliveries()
		c.deadLetters()
		c.plain()
		c.indexes()
		sum = c.sum
		return c.broken()
	})
	return sum, err
}

// checker goes through the tables.
type checker struct {
	*tx
	ctx   context.Context //nolint:containedctx // it lives as long as the call that made it
	fault func(string)
	sum   state.Checked
	// want counts what belongs in each index, counted what belongs in counts.
	want    map[Table]int
	counted map[string]int64
}

func (c *checker) wrong(format string, args ...any) { c.fault(fmt.Sprintf(format, args...)) }

// broken answers why the check had to end; a damaged record is a fault like others and ends nothing.
func (c *checker) broken() error {
	if c.ctx.Err() != nil {
		return Interrupted(c.ctx)
	}
	return nil
}

// each calls do for every entry of a table, and reports what could not be read of it.
func (c *checker) each(table Table, do func(k *reader, v []byte)) {
	for k, v := range c.Scan(table, nil) {
		r := &reader{b: k}
		if do(r, v); r.bad || len(r.b) > 0 {
			c.wrong("%s: the key %x cannot be read", table, k)
		}
		if c.err != nil {
			c.wrong("%s: %v", table, c.err)
			c.err = nil
		}
		if c.ctx.Err() != nil {
			return
		}
	}
}

// has wants an entry in an index, with the value unless that is nil.
func (c *checker) has(index Table, k key, value []byte, what string) {
	c.want[index]++
	switch v, ok := c.find(index, k); {
	case !ok:
		c.wrong("%s is not listed in %s", what, index)
	case value != nil && !bytes.Equal(v, value):
		c.wrong("%s is listed wrongly in %s", what, index)
	}
}

// find answers an entry; unlike Get it tells an empty value from none.
func (c *checker) find(table Table, k key) ([]byte, bool) {
	for found, v := range c.Scan(table, k) {
		return v, bytes.Equal(found, k)
	}
	return nil, false
}

func (c *checker) incidents() {
	c.each(heads, func(k *reader, _ []byte) {
		id := k.text()
		h, _ := c.head(id)
		listed := h.pages > 0 // anything else is no incident: see state.Commit.Listed
		if listed {
			c.sum.Incidents++
		}
		p, err := ifsev.PartitionOfID(id)
		if err != nil {
			c.wrong("incident %q: %v", id, err)
			return
		}
		c.has(docs, key{}.text(id), nil, "incident "+id)
		if !h.wake.IsZero() {
			c.has(wakes, key{}.part(p).instant(h.wake).text(id), nil, "the wake of incident "+id)
			c.counted[string(wakesKey())]++
			if listed {
				c.sum.Wakes++
			}
		}
		c.timeline(id, h)
	})
}

// timeline follows the chain of an incident without keeping its pages.
func (c *checker) timeline(id string, h head) {
	var chain state.Chain
	doc, n := c.Get(docs, key{}.text(id)), int64(0)
	var last state.Page
	for _, v := range c.under(pages, key{}.text(id)) {
		n++
		c.want[pages]++
		last = c.page(v)
		c.sum.Entries += len(last.Entries)
		if err := chain.Add(last); err != nil {
			c.wrong("incident %s: %v", id, err)
			return
		}
	}
	switch {
	case n == 0 && h.pages == 0: // no timeline is kept of it
	case n != h.pages:
		c.wrong("incident %s has %d commits in its timeline, and %d were written", id, n, h.pages)
	case chain.Head() != h.rev:
		c.wrong("incident %s: the timeline ends at revision %.12s, the incident has %.12s", id, chain.Head(), h.rev)
	case last.DocSum != state.DocSum(doc):
		c.wrong("incident %s: the document is not the one that was committed", id)
	}
}

func (c *checker) numbers() {
	last := c.number(meta, key{}.text("incidents"))
	c.each(numbers, func(k *reader, _ []byte) {
		id := k.text()
		n := c.number(numbers, key{}.text(id))
		c.has(byNumber, key{}.number(n), []byte(id), "the number of incident "+id)
		if n < 1 || n > last {
			c.wrong("incident %s has number %d, and %d is the last that was given", id, n, last)
		}
	})
}

func (c *checker) keys() {
	c.each(keys, func(k *reader, v []byte) {
		c.sum.Keys++
		if name := k.text(); c.Get(heads, key{}.text(string(v))) == nil {
			c.wrong("the key %.100q is bound to incident %s, which is not there", name, v)
		}
	})
}

func (c *checker) summaries() {
	c.each(summaries, func(k *reader, v []byte) {
		n := -k.number()
		s, _ := c.summary(v)
		c.counted[string(classKey(s))]++
		if s.Number != n {
			c.wrong("the summary of number %d says number %d", n, s.Number)
		}
		if c.Get(heads, key{}.text(s.ID)) == nil {
			c.wrong("the summary of number %d is of incident %s, which is not there", n, s.ID)
		}
	})
}

func (c *checker) deliveries() {
	var before lane
	c.each(items, func(k *reader, v []byte) {
		l := lane{p: k.part(), destination: k.text(), incident: k.text()}
		ordinal := k.number()
		d := c.delivery(v)
		c.sum.Deliveries++
		if d.lane != l || d.ordinal != ordinal {
			c.wrong("delivery %s lies in another lane than its own", d.id)
		}
		c.has(inLane, l.key().text(d.id), key{}.number(ordinal), "delivery "+d.id)
		c.letter(d, pending, d.itemKey())
		if l != before {
			c.has(due, d.dueKey(), nil, "the lane of delivery "+d.id)
		}
		before = l
	})
}

func (c *checker) deadLetters() {
	c.each(dead, func(k *reader, v []byte) {
		p, id := k.part(), k.text()
		d := c.delivery(v)
		c.sum.Dead++
		if d.p != p || d.id != id {
			c.wrong("the dead delivery %s is kept as %s", d.id, id)
		}
		c.letter(d, buried, deadKey(p, id))
	})
}

func (c *checker) letter(d delivery, kind byte, at key) {
	c.has(letters, letterKey(d, kind), at, "delivery "+d.id)
	c.counted[string(actionKey(kind, d.action))]++
}

// plain reads what no index is made of.
func (c *checker) plain() {
	c.each(marks, func(k *reader, v []byte) {
		c.sum.Inbound++
		k.number()
		k.part()
		k.take(16)
		c.mark(v)
	})
	c.each(orphans, func(k *reader, v []byte) {
		k.part()
		k.number()
		c.page(v)
	})
	newest := c.newestEpoch()
	c.each(rulesets, func(k *reader, _ []byte) {
		c.sum.RuleSets++
		if epoch := k.number(); epoch > newest {
			c.wrong("rule set %d is newer than the newest, %d", epoch, newest)
		} else {
			c.ruleSet(epoch)
		}
	})
	c.each(verdicts, func(k *reader, _ []byte) {
		id := k.text()
		k.text()
		if c.Get(heads, key{}.text(id)) == nil {
			c.wrong("a verdict is kept of incident %s, which is not there", id)
		}
	})
}

// indexes wants nothing in the indexes but what was found to belong there.
func (c *checker) indexes() {
	if c.ctx.Err() != nil {
		return
	}
	for _, index := range []Table{docs, pages, byNumber, wakes, inLane, due, letters} {
		n := 0
		for range c.Scan(index, nil) {
			n++
		}
		if n > c.want[index] {
			c.wrong("%s holds %d entries, and %d belong there", index, n, c.want[index])
		}
	}
	c.each(counts, func(k *reader, _ []byte) {
		name := string(k.take(len(k.b)))
		if n := c.number(counts, key(name)); n != c.counted[name] {
			c.wrong("counts say %d where there are %d", n, c.counted[name])
		}
		delete(c.counted, name)
	})
	for _, n := range c.counted {
		c.wrong("counts say 0 where there are %d", n)
	}
}
