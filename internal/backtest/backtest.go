package backtest

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

// Epoch is a rule set that was in force from an instant on. The sets of one record have different numbers.
type Epoch struct {
	At  time.Time
	Set *rules.Set
}

// Options is what a Backtest is made of.
type Options struct {
	// Candidate are the rules that are tried.
	Candidate *rules.Set
	// Recorded are those that were in force, oldest first; with none the candidate is held against the recorded firings
	// themselves.
	Recorded []Epoch
	// End is when the record was made: nothing is decided beyond.
	End time.Time
}

// Backtest tries rules on recorded incidents. It is for one goroutine.
type Backtest struct {
	candidate, recorded regime
	end                 time.Time
	most                int // decisions on one incident
	report              Report
	// across says that the incidents are played together; cast are those to be played then.
	across bool
	cast   []*past
	diffs  map[string]*RuleDiff
}

// candidateEpoch numbers the candidate: there is no other set beside it.
const candidateEpoch = 1

// New makes a backtest.
func New(o Options) *Backtest {
	numbered := *o.Candidate
	numbered.Epoch = candidateEpoch
	b := &Backtest{candidate: regime{{Set: &numbered}}, recorded: o.Recorded, end: o.End, most: maxDecisions, diffs: map[string]*RuleDiff{}}
	b.across = numbered.Across()
	for _, e := range o.Recorded {
		b.across = b.across || e.Set.Across()
	}
	b.report.Basis = BasisReplayed
	if len(o.Recorded) == 0 {
		b.report.Basis = BasisRecorded
	}
	for _, r := range numbered.Rules {
		b.diff(r.Name)
	}
	return b
}

// diff answers the difference of one rule.
func (b *Backtest) diff(rule string) *RuleDiff {
	d := b.diffs[rule]
	if d == nil {
		d = &RuleDiff{Rule: rule}
		b.diffs[rule] = d
		b.report.Rules = append(b.report.Rules, d)
	}
	return d
}

// Add plays one more incident, or has it wait for Finish where rules look across incidents. The error says that it could
// not be played to its end; it counts for nothing then.
func (b *Backtest) Add(h record.History) error {
	p := readPast(&h)
	if b.across {
		b.cast = append(b.cast, p)
		b.report.count(&h, p.ignored, 0)
		return nil
	}
	p.fromOutside(func(string) bool { return len(b.recorded) == 0 && p.declared != nil })
	after := newReplayer(p, b.candidate, b.kept)
	if err := after.play(b.end, b.most); err != nil {
		return err
	}
	before := p.firings
	if len(b.recorded) > 0 {
		then := newReplayer(p, b.recorded, func(string, time.Time) bool { return true })
		if err := then.play(b.end, b.most); err != nil {
			return fmt.Errorf("by the rules of then: %w", err)
		}
		before = then.fired
		b.report.Unexplained = append(b.report.Unexplained, unexplained(p.firings, then.fired)...)
	}
	b.compare(before, after.fired)
	b.report.count(&h, p.ignored, after.imagined)
	return nil
}

// Finish plays together what waits for it. Without it such incidents are missing in the report.
func (b *Backtest) Finish() error {
	if len(b.cast) == 0 {
		return nil
	}
	there := map[string]bool{}
	for _, p := range b.cast {
		for _, id := range p.causes {
			there[id] = true
		}
	}
	for _, p := range b.cast {
		p.fromOutside(func(cause string) bool { return there[cause] })
	}
	after := newStage(b.cast, b.candidate, b.kept)
	if err := after.play(b.end, b.most); err != nil {
		return err
	}
	b.report.Imagined += after.imagined()
	then := after
	if len(b.recorded) > 0 {
		then = newStage(b.cast, b.recorded, func(string, time.Time) bool { return true })
		if err := then.play(b.end, b.most); err != nil {
			return fmt.Errorf("by the rules of then: %w", err)
		}
	}
	b.compareAll(then, after)
	b.cast = nil
	return nil
}

// compareAll notes how the firings differ, incident by incident: those of the record, then those that are imagined.
func (b *Backtest) compareAll(then, after *stage) {
	for _, r := range after.all {
		before := r.past.firings
		if was := then.byID[r.past.id]; len(b.recorded) > 0 {
			before = nil
			if was != nil {
				before = was.fired
			}
			b.report.Unexplained = append(b.report.Unexplained, unexplained(r.past.firings, before)...)
		}
		b.compare(before, r.fired)
	}
	for _, r := range then.all {
		if after.byID[r.past.id] == nil {
			b.report.Unexplained = append(b.report.Unexplained, unexplained(nil, r.fired)...)
			b.compare(r.fired, nil)
		}
	}
}

// kept reports whether the candidate has the rule as it was at an instant.
func (b *Backtest) kept(name string, at time.Time) bool {
	if len(b.recorded) == 0 {
		return true // nobody knows; most rules are
	}
	now, then := b.candidate[0].Set.Rule(name), b.recorded[b.recorded.at(at)].Set.Rule(name)
	return now != nil && then != nil && now.Hash == then.Hash
}

// Report answers what was found so far.
func (b *Backtest) Report() *Report { return &b.report }
