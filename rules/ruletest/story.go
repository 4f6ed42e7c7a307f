package ruletest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// maxDecisions is after how many decisions a test is given up.
const maxDecisions = 20_000

// story is one test on its way: incidents going through decisions in virtual time, as the engine makes them.
//
//	declare, do, post ─┐
//	a wake is due ─────┼─► Decide ─► events, verdicts ─► fired
//	a delivery ends ───┘        └──► deliveries ─► mock ─► ends, later
type story struct {
	test      *test
	world     *World
	coverage  *coverage // nil if nobody wants to know
	now       time.Time
	incidents []*incident
	// seen are the reports of tools that were taken.
	seen map[string]bool
	// pending are the deliveries on their way, the next to end first.
	pending []ending
	groups  rules.Groups
	// declared counts those of the test's incidents that have been.
	declared  int
	decisions int
	ids       int
	// fired and done are what happened; the marks are where the present entry begins.
	fired               []firing
	done                []performed
	firedMark, doneMark int
	// at is the incident that is decided on.
	at *incident
}

// incident is one incident of a story.
type incident struct {
	name     string
	player   rules.Player
	recorded map[string]rules.Verdict
}

func (inc *incident) doc() *ifsev.Document { return &inc.player.Document }

// firing is a rule that fired.
type firing struct {
	rule, branch string
	incident     *incident
	at           time.Time
	// atoms are the parts of the condition as they were then; nil where it has none.
	atoms []lang.Atom
}

// shadowBranch is what a firing of a rule in shadow is called.
const shadowBranch = "(in shadow)"

// ending is how and when a delivery ends.
type ending struct {
	at       time.Time
	incident *incident
	outcome  ifsev.Outcome
}

var (
	_ rules.Watcher       = (*story)(nil)
	_ rules.ShadowWatcher = (*story)(nil)
)

// Looked notes what a condition was seen to say.
func (s *story) Looked(r *rules.Rule, env lang.Env, at time.Time) {
	if s.coverage == nil || r.If == nil {
		return
	}
	if _, atoms, err := r.If.Trace(env, at); err == nil {
		s.coverage.saw(r, atoms)
	}
}

// Shadowed notes the branch a rule in shadow fired with.
func (s *story) Shadowed(r *rules.Rule, branch string) {
	if s.coverage != nil {
		s.coverage.fired(r.Name, branch)
	}
}

// Did notes a step that was done.
func (s *story) Did(f *ifsev.Firing, step *rules.Step, args ifsev.Data, err error) {
	if s.coverage != nil {
		s.coverage.did(f.Rule, step.Place)
	}
	if err == nil {
		s.done = append(s.done, performed{rule: f.Rule, incident: s.at, at: s.now, spec: step.Spec, args: args, destination: s.destination(step, args)})
	}
}

func (s *story) destination(step *rules.Step, args ifsev.Data) string {
	if step.Spec.Inside {
		return ""
	}
	return step.Destination(args, &s.world.Rules)
}

// until lets time pass up to and including an instant.
func (s *story) until(end time.Time) error {
	for {
		at, decide := s.next()
		if decide == nil || at.After(end) {
			s.now = end
			return nil
		}
		if s.decisions++; s.decisions > s.test.limit {
			return fmt.Errorf("more than %d decisions were made: does a rule fire again and again?", s.test.limit)
		}
		s.now = at
		if err := decide(); err != nil {
			return err
		}
	}
}

// next answers what happens next by itself, and when: a declaration, the end of a delivery, or a wake.
func (s *story) next() (at time.Time, decide func() error) {
	if s.declared < len(s.test.incidents) {
		d := &s.test.incidents[s.declared]
		at, decide = s.test.start.Add(d.at), func() error { return s.declare(d) }
	}
	if len(s.pending) > 0 && (decide == nil || s.pending[0].at.Before(at)) {
		at, decide = s.pending[0].at, s.end
	}
	for _, inc := range s.incidents {
		if w := inc.player.Next(); !w.IsZero() && (decide == nil || w.Before(at)) {
			at, decide = w, func() error { s.decide(inc, rules.Submission{}); return nil }
		}
	}
	if w := s.groups.Next(); !w.IsZero() && (decide == nil || w.Before(at)) {
		at, decide = w, func() error { s.sendInward(nil, s.groups.Wake(s.now)); return nil }
	}
	return at, decide
}

func (s *story) declare(d *declaration) error {
	s.declared++
	sub := s.submission(d.by)
	sub.Change = &ifsev.Change{Declare: &d.what}
	reply := s.decide(s.open(d.name), sub)
	return reply.Err
}

// end ends the delivery that is due first.
func (s *story) end() error {
	e := s.pending[0]
	s.pending = s.pending[1:]
	if e.outcome.Delivery.IsInward() && e.outcome.Failure == nil {
		return s.route(e.incident, e.outcome.Delivery)
	}
	sub := s.submission("")
	sub.Actor = ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}
	sub.Outcome = &e.outcome
	return s.decide(e.incident, sub).Err
}

// defaultActor is who acts where a test does not say.
const defaultActor = "tester"

func (s *story) submission(by string) rules.Submission {
	if by == "" {
		by = defaultActor
	}
	s.ids++
	return rules.Submission{ID: "test-" + strconv.Itoa(s.ids), Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: by}, AcceptedAt: s.now}
}

// open makes room for an incident that is about to be declared.
func (s *story) open(name string) *incident {
	number := len(s.incidents) + 1
	if name == "" {
		name = "INC-" + strconv.Itoa(number)
	}
	inc := &incident{name: name, player: rules.Player{Set: s.test.set, Watcher: s}, recorded: map[string]rules.Verdict{}}
	s.incidents = append(s.incidents, inc)
	return inc
}

// decide makes one decision on the incident now, and notes what came of it.
func (s *story) decide(inc *incident, sub rules.Submission) rules.Reply {
	s.at = inc
	var subs []rules.Submission
	if sub.ID != "" {
		number := slices.Index(s.incidents, inc) + 1
		sub.IncidentID, sub.Number = incidentID(number), int64(number)
		subs = append(subs, sub)
	}
	d := inc.player.Play(s.now, subs...)
	s.note(inc, &d)
	for _, dlv := range d.Deliveries {
		s.send(inc, dlv)
	}
	if len(d.Replies) == 0 {
		return rules.Reply{}
	}
	return d.Replies[0]
}

// note remembers what rules answered and which of them fired.
func (s *story) note(inc *incident, d *rules.Decision) {
	for _, v := range d.Verdicts {
		rules.Record(inc.recorded, v)
		if v.Kind == rules.VerdictFired && v.Held == rules.HeldShadow { // it fired, and does nothing
			s.fired = append(s.fired, firing{rule: v.Rule, branch: shadowBranch, incident: inc, at: s.now, atoms: v.Atoms})
		}
	}
	for i := range d.Events {
		ev := &d.Events[i]
		if ev.Type != ifsev.RuleFired {
			continue
		}
		f := firing{rule: ev.Data.String("rule"), branch: ev.Data.String("branch"), incident: inc, at: s.now}
		if v := inc.recorded[f.rule]; v.Kind == rules.VerdictFired {
			f.atoms = v.Atoms
		}
		s.fired = append(s.fired, f)
		if s.coverage != nil {
			s.coverage.fired(f.rule, f.branch)
		}
	}
}

func incidentID(number int) string {
	var uuid [16]byte
	binary.BigEndian.PutUint64(uuid[6:14], uint64(number))
	return ifsev.NewIncidentID(uuid, 0)
}

// find answers the incident an entry means; without a name the only one there is.
func (s *story) find(name string) (*incident, error) {
	for i, inc := range s.incidents {
		if inc.name == name || name == "INC-"+strconv.Itoa(i+1) {
			return inc, nil
		}
	}
	switch {
	case name == "" && len(s.incidents) == 1:
		return s.incidents[0], nil
	case name != "":
		return nil, fmt.Errorf("the incident %s has not been declared yet", name)
	case len(s.incidents) == 0:
		return nil, errors.New("there is no incident yet")
	}
	var names []string
	for _, inc := range s.incidents {
		names = append(names, inc.name)
	}
	return nil, fmt.Errorf("there are several incidents; say which is meant with incident: %s", strings.Join(names, " or "))
}
