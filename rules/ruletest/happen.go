package ruletest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/triggers"
)

// happen carries an entry out: time passes, somebody acts, a tool posts, and all that follows at once follows.
func (s *story) happen(e *entry) error {
	at := s.test.start.Add(e.at)
	if err := s.until(at); err != nil {
		return err
	}
	for i := range e.acts {
		if err := s.act(e.incident, &e.acts[i]); err != nil {
			return err
		}
	}
	if e.post != nil {
		if err := s.posted(e.post); err != nil {
			return err
		}
	}
	return s.until(at)
}

func (s *story) act(name string, a *act) error {
	inc, err := s.find(name)
	if err != nil {
		return err
	}
	sub := s.submission(a.by)
	switch {
	case a.ack:
		sub.Change = &ifsev.Change{Acknowledge: sub.Actor.Name}
	case a.taskDone != "":
		sub.Change = &ifsev.Change{TaskDone: a.taskDone}
	default:
		sub.Change, err = a.act.Change(s.test.set, &inc.doc().Incident, sub.Actor.Name, s.now)
	}
	if err != nil {
		return err
	}
	return s.decide(inc, sub).Err
}

// posted takes a payload in, as the daemon does: each alert goes to the active incident of its key, or opens one.
func (s *story) posted(p *post) error {
	elements, err := p.decoder.Decode(triggers.Request{Header: p.request.Header, Body: p.request.Body, At: s.now})
	if err != nil {
		return fmt.Errorf("%s does not understand the payload: %w", p.source, err)
	}
	for _, e := range elements {
		if e.Reason != "" {
			return fmt.Errorf("%s rejects %s: %s", p.source, orWhole(e.Pointer), e.Reason)
		}
		if err := s.alert(e.Alert); err != nil {
			return fmt.Errorf("%s: %w", p.source, err)
		}
	}
	return nil
}

func orWhole(pointer string) string {
	if pointer == "" {
		return "the payload"
	}
	return pointer
}

func (s *story) alert(a ifsev.Alert) error {
	if s.seen[a.ID] {
		return nil // the same report once more
	}
	s.seen[a.ID] = true
	i := slices.IndexFunc(s.incidents, func(inc *incident) bool {
		return inc.doc().Incident.Key == a.Key && inc.doc().Incident.Status.Active()
	})
	var inc *incident
	switch {
	case i >= 0:
		inc = s.incidents[i]
	case a.RecordOnly || a.Status == ifsev.AlertIsResolved:
		return nil // it is recorded, and concerns no incident
	default:
		inc = s.open("")
	}
	sub := s.submission("")
	sub.Alert, sub.Actor = &a, ifsev.Actor{Kind: ifsev.SourceActor, Name: a.Source}
	return s.decide(inc, sub).Err
}

// send lets a delivery end as the mocks say.
func (s *story) send(inc *incident, d ifsev.Delivery) {
	m := s.mock(&d)
	if d.IsInward() && m.failure == nil {
		s.sendInward(inc, []ifsev.Delivery{d})
		return
	}
	e := ending{incident: inc, outcome: ifsev.Outcome{Delivery: d}}
	if m.failure == nil && m.outputs == nil {
		m.failure = s.unresolved(inc, &d)
	}
	e.at, e.outcome.Attempts, e.outcome.Failure = attempts(&d, m)
	if e.outcome.Failure == nil {
		e.outcome.Receipt = &ifsev.Receipt{Status: http.StatusOK, Summary: "mocked", Outputs: s.answers(inc, &d, m)}
	}
	s.put(e)
}

// put puts the end of a delivery in its place among the others.
func (s *story) put(e ending) {
	i, _ := slices.BinarySearchFunc(s.pending, e, func(a, b ending) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1 // of two that end together the one sent first comes first
	})
	s.pending = slices.Insert(s.pending, i, e)
}

// mock answers how a delivery ends: the nearest of what is said about its step, its destination and its kind.
func (s *story) mock(d *ifsev.Delivery) mock {
	names := []string{d.Rule + "/" + d.Step}
	if rule := s.test.set.Rule(d.Rule); rule != nil {
		for _, step := range rule.AllSteps() {
			if step.ID != "" && step.ID == d.Step {
				names = append(names, d.Rule+"/"+step.Place)
			}
		}
	}
	for _, name := range append(names, d.Destination, d.Action) {
		if m := s.test.mocks[name]; m != nil {
			return *m
		}
	}
	return mock{}
}

// unresolved fails a delivery to somebody who is not there, as the real sender does: a role that nobody holds, a
// rotation with nobody on call.
func (s *story) unresolved(inc *incident, d *ifsev.Delivery) *ifsev.Failure {
	if _, err := s.resolve(inc, d); err != nil {
		return &ifsev.Failure{Reason: ifsev.ReasonConfig, Text: err.Error(), Permanent: true}
	}
	return nil
}

func (s *story) resolve(inc *incident, d *ifsev.Delivery) (string, error) {
	dir := s.world.Rules.Directory
	if dir.Empty() {
		return "", nil
	}
	if spec := s.spec(d.Action); spec != nil {
		for _, a := range spec.Args {
			if target := d.Args.String(a.Name); a.Names == ifsev.NamesTarget && target != "" {
				return dir.Resolve(target, inc.doc().Incident.Roles, s.now)
			}
		}
	}
	return "", nil
}

func (s *story) spec(kind string) *ifsev.ActionSpec {
	for i := range s.world.Rules.Actions {
		if spec := &s.world.Rules.Actions[i]; spec.Kind == kind {
			return spec
		}
	}
	return nil
}

// answers makes the outputs of a delivery that succeeds: those of the mock, and else one of the right type for each:
// the argument of the same name, whoever was resolved, or something that says where it comes from.
func (s *story) answers(inc *incident, d *ifsev.Delivery, m mock) ifsev.Data {
	data := ifsev.Data{}
	if spec := s.spec(d.Action); spec != nil {
		data = s.test.set.Imagined(*d).Outcome.Receipt.Outputs
		for _, o := range spec.Outputs {
			pretend(data, o, d)
		}
		if person, err := s.resolve(inc, d); err == nil && person != "" && data["person"] != nil {
			data["person"] = person
		}
	}
	for name, v := range m.outputs {
		data[name] = v
	}
	return data
}

// pretend fills in an output nobody has said anything about.
func pretend(data ifsev.Data, o ifsev.FieldSpec, d *ifsev.Delivery) {
	if v, ok := d.Args[o.Name]; ok {
		data[o.Name] = v
	}
	if data[o.Name] != nil {
		return
	}
	switch o.Type {
	case ifsev.TypeInt, ifsev.TypeNumber:
		data[o.Name] = 1
	case ifsev.TypeBool:
		data[o.Name] = true
	case ifsev.TypeTime:
		data[o.Name] = d.CreatedAt.UTC().Format(time.RFC3339)
	case ifsev.TypeDuration:
		data[o.Name] = "1m"
	case ifsev.TypeStrings:
		data[o.Name] = []string{}
	case ifsev.TypeMap, ifsev.TypeAny:
		data[o.Name] = map[string]any{}
	}
}

// The defaults where neither the step nor its kind says how to retry, and how many attempts are reckoned one by one.
const (
	retryMin    = time.Second
	retryMax    = 5 * time.Minute
	retryAge    = time.Hour
	maxAttempts = 10_000
)

// attempts reckons when a delivery ends: attempts are made with the step's backoff at its longest, without the jitter
// that spreads them in the daemon; the last is at the end of its age, as there.
func attempts(d *ifsev.Delivery, m mock) (at time.Time, made int, failure *ifsev.Failure) {
	retry := d.Retry
	for _, f := range []struct {
		v    *time.Duration
		none time.Duration
	}{{&retry.Min, retryMin}, {&retry.Max, retryMax}, {&retry.MaxAge, retryAge}} {
		if *f.v == 0 {
			*f.v = f.none
		}
	}
	end := d.CreatedAt.Add(retry.MaxAge)
	at = d.CreatedAt
	for made = 1; ; made++ {
		switch {
		case m.failure == nil || m.times > 0 && made > m.times:
			return at, made, nil
		case m.failure.Permanent, retry.Attempts > 0 && made >= retry.Attempts, !at.Before(end):
			return at, made, m.failure
		}
		if at = at.Add(retry.Backoff(made)); at.After(end) || made >= maxAttempts {
			at = end
		}
	}
}
