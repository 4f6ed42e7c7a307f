package redisstate

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Commit writes one decision in one round trip. A write whose answer was lost is sent again within the budget; if it
// turns out to have been done, the answer is Written as it was the first time.
func (s *Store) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	p, err := partitionOf(&c)
	if err != nil {
		return state.Result{}, err
	}
	if c.ID == "" {
		c = state.Commit{Partition: p, Next: c.Next, Doc: c.Doc, Marks: c.Marks, Entries: c.Entries}
	}
	args, err := commitArgs(&c)
	if err != nil {
		return state.Result{}, err
	}
	ctx, done := counting(ctx)
	got, err := s.durably(ctx, s.scripts.commit, s.base(p), tellsOf(c.Next), args...)
	if err != nil {
		return state.Result{}, err
	}
	res, rev, err := commitResult(&c, got)
	if err == nil && done.Load() > 1 && c.ID != "" && rev == c.Next {
		return written(&c), nil
	}
	return res, err
}

// tellsOf says of an answer of commit.lua whether the commit, or another under the same ids, was written before: it is
// then taken for done, and must be durable as if it were new.
func tellsOf(next state.Rev) func(any) bool {
	return func(answer any) bool {
		a := reading(answer)
		status, rev := state.Status(a.integer()), state.Rev(a.text())
		return status == state.Duplicate || status == state.Conflict && rev == next
	}
}

func written(c *state.Commit) state.Result {
	return state.Result{Status: state.Written, Record: state.Record{ID: c.ID, Rev: c.Next, Doc: c.Doc}}
}

// partitionOf answers where a commit is written, and refuses one whose parts live in different partitions: that is a
// mistake in the program.
func partitionOf(c *state.Commit) (ifsev.Partition, error) {
	p := c.Partition
	if c.ID != "" {
		var err error
		if p, err = ifsev.PartitionOfID(c.ID); err != nil {
			return 0, err
		}
	}
	switch {
	case p < 0 || p >= ifsev.Partitions:
		return 0, fmt.Errorf("commit in partition %d: there are %d", p, ifsev.Partitions)
	case c.ID == "":
	case c.Key != "" && ifsev.PartitionOfKey(c.Key) != p:
		return 0, fmt.Errorf("commit of %s: its key belongs to partition %d, its ID to %d", c.ID, ifsev.PartitionOfKey(c.Key), p)
	case c.Settle != nil && c.Settle.Claim.Partition != p:
		return 0, fmt.Errorf("commit of %s: the claim to settle is in partition %d, the incident in %d", c.ID, c.Settle.Claim.Partition, p)
	}
	return p, nil
}

// commitArgs are the arguments of commit.lua.
func commitArgs(c *state.Commit) ([]any, error) {
	summary, err := json.Marshal(c.Summary)
	if err != nil {
		return nil, fmt.Errorf("the summary of %s: %w", c.ID, err)
	}
	page, err := encodeSummed(c.Next, c.Sum(), c.Entries)
	if err != nil {
		return nil, fmt.Errorf("the timeline of %s: %w", c.ID, err)
	}
	wake, last := "", ""
	if !c.Wake.IsZero() {
		wake = strconv.FormatInt(micros(c.Wake), 10)
	}
	if n := len(c.Entries); n > 0 {
		last = strconv.FormatInt(c.Entries[n-1].Seq, 10)
	}
	args := make([]any, 0, 24+2*len(c.Marks)+2*len(c.Verdicts)+7*len(c.Outbox))
	args = append(args, c.ID, string(c.Expect), string(c.Next), c.Doc, summary, c.Summary.Number,
		className(state.Class{Severity: c.Summary.Severity, Status: c.Summary.Status}),
		c.Key, c.Bound, wake, c.Epoch, last, len(c.Entries), page, len(c.Marks), len(c.Verdicts), len(c.Outbox))
	args = append(append(args, settleArgs(c.Settle)...), string(c.BoundRev))
	for _, m := range c.Marks {
		args = append(args, m.ID, takenText(state.Taken{Incident: c.ID, Sum: m.Sum}))
	}
	for rule, verdict := range c.Verdicts {
		args = append(args, rule, verdict)
	}
	for _, o := range c.Outbox {
		args = append(args, o.ID, o.Destination, o.Action, o.Rule, micros(o.Due), micros(o.Created), o.Body)
	}
	return args, nil
}

func settleArgs(s *state.Settlement) []any {
	if s == nil {
		return []any{"", "", "", "", "", ""}
	}
	how := "done"
	if s.Dead {
		how = "dead"
	}
	return []any{how, s.Claim.Destination, s.Claim.Incident, s.Claim.ID, s.Claim.Attempt, s.Failure}
}

// takenText is what a mark is kept as: the length of the incident's ID, a colon, the ID, the sum.
func takenText(t state.Taken) string { return strconv.Itoa(len(t.Incident)) + ":" + t.Incident + t.Sum }

func takenOf(text string) (state.Taken, error) {
	length, rest, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(rest) {
		return state.Taken{}, fmt.Errorf("a dedup mark is damaged: %q", text)
	}
	return state.Taken{Incident: rest[:n], Sum: rest[n:]}, nil
}

// className is how a class is counted under; classOf reads it.
func className(c state.Class) string { return strconv.Itoa(int(c.Severity)) + " " + string(c.Status) }

func classOf(name string) (state.Class, error) {
	severity, status, _ := strings.Cut(name, " ")
	n, err := strconv.Atoi(severity)
	if err != nil {
		return state.Class{}, fmt.Errorf("incidents are counted under %q, which is no severity and status", name)
	}
	return state.Class{Severity: ifsev.Severity(n), Status: ifsev.Status(status)}, nil
}

// commitResult reads the answer of commit.lua, and the revision that is kept now.
func commitResult(c *state.Commit, got any) (state.Result, state.Rev, error) {
	a := reading(got)
	status := state.Status(a.integer())
	rev, doc := state.Rev(a.text()), a.text()
	res := state.Result{Status: status, Bound: a.text(), Epoch: a.integer()}
	switch {
	case status == state.Written && c.ID != "":
		res = written(c)
	case status == state.Conflict && rev != "":
		res.Record = state.Record{ID: c.ID, Rev: rev, Doc: []byte(doc)}
	case status == state.Duplicate:
		res.Duplicates = map[string]state.Taken{}
		for a.more() {
			id := a.text()
			taken, err := takenOf(a.text())
			if err != nil {
				return res, rev, err
			}
			res.Duplicates[id] = taken
		}
	}
	return res, rev, a.err
}
