package engine

import (
	"context"
	"fmt"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// noRev is no revision of any incident: a commit that expects it is never written.
const noRev state.Rev = "none"

// refused answers the items that are about to be refused.
func refused(items []*item, dec *rules.Decision) (list []*item) {
	n := 0
	for _, it := range items {
		if it.look() {
			continue
		}
		if dec.Replies[n].Err != nil {
			list = append(list, it)
		}
		n++
	}
	return list
}

// carriedOut answers those of the items that were carried out before: somebody who got no answer has sent them again,
// and must not be told that they are refused. Moved means that the incident is no longer the one in view.
func (d *desk) carriedOut(ctx context.Context, v *view, items []*item) (moved bool, err error) {
	var sent []*item
	c := state.Commit{ID: v.rec.ID, Expect: noRev, Next: noRev}
	for _, it := range items {
		if it.marked {
			sent = append(sent, it)
			c.Marks = append(append(c.Marks, it.mark), it.also...)
		}
	}
	if len(sent) == 0 {
		return false, nil
	}
	// The ids are looked at before the revision, which does not fit.
	res, _, err := d.e.commit(ctx, c)
	switch {
	case err != nil:
		return false, err
	case res.Status == state.Duplicate:
		if moved, err = d.moved(ctx, sent); moved || err != nil {
			return moved, err
		}
		_, err = d.duplicates(ctx, v, sent, res)
		return false, err
	case res.Status != state.Conflict:
		return false, fmt.Errorf("engine: a commit for no revision of %s was answered %s", v.rec.ID, res.Status)
	case res.Record.Rev != v.rec.Rev:
		d.rec = &res.Record
		return true, nil
	}
	return false, nil
}
