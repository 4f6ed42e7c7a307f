package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// attempt names one attempt at a delivery.
type attempt struct {
	delivery string
	number   int
}

// ending is what the engine knows of an attempt when it writes down how it went.
type ending struct {
	until   time.Time // when its claim ends, by the clock of the replica that made it
	claimed time.Time
	receipt ifsev.Receipt
	failure error
}

// claimed notes until when a replica believes to hold its claims.
func (o *watch) claimed(claims []state.Claim, until time.Time) {
	for _, cl := range claims {
		o.endings[attempt{cl.ID, cl.Attempt}] = &ending{until: until, claimed: time.Now()}
	}
}

// answered notes what a receiver answered.
func (o *watch) answered(a *actions.Attempt, r ifsev.Receipt, err error) {
	if e := o.endings[attempt{a.Delivery.ID, a.Number}]; e != nil {
		e.receipt, e.failure = r, err
	}
}

// again decides all of an incident anew without any fault: what was committed together one by one, each on the document
// before it. Every commit must be what comes of that, so nothing that a replica remembered, did twice or was told twice
// has left a trace.
func (w *world) again(h *history) {
	p := replay{w: w, doc: ifsev.Document{}}
	for n, c := range w.watch.chains[h.id] {
		w.out.Count.Compared++
		if err := p.play(c); err != nil {
			w.violated("fixed point: commit %d of %s, decided again: %v", n+1, short(h.id), err)
			return
		}
	}
}

// replay is one incident decided anew.
type replay struct {
	w   *world
	doc ifsev.Document
	out rules.Decision // what came of one commit
}

// set answers the rules of an epoch.
func (w *world) set(epoch int64) *rules.Set {
	if s := w.numbered[epoch]; s != nil || epoch == 0 {
		return s
	}
	kept, err := w.inner.RuleSet(now(), epoch)
	if err != nil {
		return nil
	}
	s, err := loadKept(kept)
	if err != nil {
		return nil
	}
	numbered := *s
	numbered.Epoch = epoch
	w.numbered[epoch] = &numbered
	return &numbered
}

func (p *replay) play(c *state.Commit) error {
	var want ifsev.Document
	if err := json.Unmarshal(c.Doc, &want); err != nil {
		return err
	}
	outcome := -1
	if c.Settle != nil {
		outcome = p.before(c)
	}
	before := p.doc
	err := p.try(c, &want, outcome)
	// Where no event tells the outcome, it may have come anywhere among the others.
	for i := 0; err != nil && outcome >= 0 && i <= len(c.Marks); i++ {
		if p.doc = before; p.try(c, &want, i) == nil {
			return nil
		}
	}
	return err
}

// try decides what a commit was made of, with the outcome behind so many of the others.
func (p *replay) try(c *state.Commit, want *ifsev.Document, outcome int) error {
	subs, err := p.submissions(c, want, outcome)
	if err != nil {
		return err
	}
	p.out = rules.Decision{}
	if len(subs) == 0 {
		p.decide(c.Epoch, want.DecidedAt)
	}
	for _, sub := range subs {
		p.decide(c.Epoch, want.DecidedAt, sub)
	}
	return p.compare(c)
}

func (p *replay) decide(epoch int64, at time.Time, subs ...rules.Submission) {
	in := rules.Input{Document: p.doc, Submissions: subs, Now: at, SetAt: p.w.set}
	if before := p.w.set(p.doc.Epoch); before != nil && p.doc.Epoch != epoch {
		in.Previous = before.Manifest()
	}
	dec := p.w.set(epoch).Decide(in)
	p.doc = dec.Document
	p.out.Events = append(p.out.Events, dec.Events...)
	p.out.Deliveries = append(p.out.Deliveries, dec.Deliveries...)
}

// submissions are those that a commit was made of, in order, with the outcome behind so many of them.
func (p *replay) submissions(c *state.Commit, doc *ifsev.Document, outcome int) ([]rules.Submission, error) {
	var subs []rules.Submission
	for i := 0; i <= len(c.Marks); i++ {
		if i == outcome {
			sub, err := p.outcome(c)
			if err != nil {
				return nil, err
			}
			subs = append(subs, sub)
		}
		if i == len(c.Marks) {
			break
		}
		sub, err := p.w.watch.submission(c.Marks[i].ID)
		if err != nil {
			return nil, err
		}
		sub.IncidentID, sub.Number = c.ID, doc.Incident.Number
		subs = append(subs, sub)
	}
	return subs, nil
}

// before counts the marks whose first event stands before the event of the outcome.
func (p *replay) before(c *state.Commit) (n int) {
	for _, e := range c.Entries {
		var ev ifsev.Event
		if json.Unmarshal(e.Body, &ev) != nil || ev.Data.String("delivery") == c.Settle.Claim.ID {
			break
		}
		for i, m := range c.Marks {
			if m.ID == ev.ID {
				n = i + 1
			}
		}
	}
	return n
}

// submission is what was sent, as the engine submits it.
func (o *watch) submission(mark string) (rules.Submission, error) {
	if id, inward := strings.CutPrefix(mark, "in:"); inward && o.deliveries[id] != nil {
		d := o.deliveries[id].full
		if d.Inward.Declare != nil {
			return rules.DeclaredBy(d), nil
		}
		return rules.Submission{ID: mark, Inward: d.Inward}, nil
	}
	for _, x := range o.sent {
		if x.mark != mark {
			continue
		}
		if x.alert != nil {
			return rules.Submission{ID: mark, Alert: x.alert, Actor: ifsev.Actor{Kind: ifsev.SourceActor, Name: x.alert.Source}}, nil
		}
		return rules.Submission{ID: mark, Change: &x.request.Change, Actor: x.request.Actor}, nil
	}
	return rules.Submission{}, fmt.Errorf("nobody sent %s", mark)
}

// outcome is how a delivery ended, as the engine submits it.
func (p *replay) outcome(c *state.Commit) (rules.Submission, error) {
	s, e := c.Settle, p.w.watch.settled[c]
	d := p.w.watch.deliveries[s.Claim.ID]
	if e == nil || d == nil {
		return rules.Submission{}, fmt.Errorf("delivery %s was never handed out", s.Claim.ID)
	}
	out := &ifsev.Outcome{Delivery: d.full, Attempts: s.Claim.Attempt}
	f, failed := errors.AsType[*ifsev.Failure](e.failure)
	switch {
	case d.inward() && s.Dead:
		out.Failure = &ifsev.Failure{Reason: ifsev.ReasonClient, Text: s.Failure, Permanent: true}
	case d.inward():
		out.Receipt = p.w.answer(d)
	case failed:
		out.Failure = f
	case s.Dead: // without an attempt: the receiver had asked to wait, and its age ended meanwhile
		out.Failure = &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: s.Failure}
	default:
		out.Receipt = &e.receipt
	}
	if !d.inward() {
		if err := json.Unmarshal(s.Claim.Body, &out.Delivery); err != nil {
			return rules.Submission{}, err
		}
	}
	id := ifsev.DerivedID("out", d.id, strconv.Itoa(s.Claim.Attempt), e.until.Format(time.RFC3339Nano))
	return rules.Submission{ID: id, Outcome: out}, nil
}

// answer is what a delivery within the store was answered.
func (w *world) answer(d *delivery) *ifsev.Receipt {
	r := &ifsev.Receipt{Summary: "decided"}
	switch in := d.full.Inward; {
	case in.Spend != nil:
		r.Outputs = ifsev.Data{"granted": d.granted}
	case in.Declare != nil && d.by != nil:
		inc := &ifsev.Incident{ID: d.at, Number: d.by.Summary.Number}
		r.Summary = inc.Name()
		r.Outputs = rules.DeclaredOutputs(inc, w.watch.chains[d.at][0] == d.by, surroundings().URL)
	}
	return r
}

// accepted is when something was accepted, which only the replica knew that took it.
var accepted = regexp.MustCompile(`"accepted_at":"[^"]*",?`)

func (p *replay) compare(c *state.Commit) error {
	strip := func(b []byte) string { return accepted.ReplaceAllString(string(b), "") }
	if got, want := strip([]byte(asJSON(p.doc))), strip(c.Doc); got != want {
		return fmt.Errorf("the document is\n%s\nnot\n%s", want, got)
	}
	if len(p.out.Events) != len(c.Entries) || len(p.out.Deliveries) != len(c.Outbox) {
		return fmt.Errorf("%d events and %d deliveries, not %d and %d", len(c.Entries), len(c.Outbox), len(p.out.Events), len(p.out.Deliveries))
	}
	for i, e := range c.Entries {
		if got := asJSON(p.out.Events[i]); got != string(e.Body) {
			return fmt.Errorf("event %d is\n%s\nnot\n%s", e.Seq, e.Body, got)
		}
	}
	for i, o := range c.Outbox {
		if got := asJSON(p.out.Deliveries[i]); strip([]byte(got)) != strip(o.Body) {
			return fmt.Errorf("delivery %d is\n%s\nnot\n%s", i, o.Body, got)
		}
	}
	return nil
}
