package ruletest

import (
	"fmt"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// route has a delivery that stays within the store end: another incident, or a group, decides on it.
func (s *story) route(inc *incident, d ifsev.Delivery) error {
	outputs, err := s.inward(&d)
	if inc == nil {
		return err // a group's: nobody waits for it
	}
	out := ifsev.Outcome{Delivery: d, Attempts: 1, Receipt: &ifsev.Receipt{Outputs: outputs}}
	if err != nil {
		out.Receipt, out.Failure = nil, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: err.Error(), Permanent: true}
	}
	sub := s.submission("")
	sub.Actor, sub.Outcome = ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}, &out
	return s.decide(inc, sub).Err
}

// inward answers what the delivery brings.
func (s *story) inward(d *ifsev.Delivery) (ifsev.Data, error) {
	in := d.Inward
	switch {
	case in.Group != "":
		outputs, follows := s.groups.Take(s.now, *d)
		s.sendInward(nil, follows)
		return outputs, nil
	case in.Declare != nil:
		return s.declareBy(*d)
	}
	i := slices.IndexFunc(s.incidents, func(inc *incident) bool {
		return inc.doc().Incident.ID == in.Incident || inc.doc().Incident.Name() == in.Incident
	})
	if i < 0 {
		return nil, fmt.Errorf("there is no incident %s", in.Incident)
	}
	sub := s.submission("")
	sub.ID, sub.Inward = rules.InwardID(d.ID), in
	return nil, s.decide(s.incidents[i], sub).Err
}

// declareBy declares another incident, or finds the active one of its key.
func (s *story) declareBy(d ifsev.Delivery) (ifsev.Data, error) {
	key := d.Inward.Declare.Key
	i := slices.IndexFunc(s.incidents, func(inc *incident) bool {
		return key != "" && inc.doc().Incident.Key == key && inc.doc().Incident.Status.Active()
	})
	created := i < 0
	var inc *incident
	if created {
		inc = s.open("")
	} else {
		inc = s.incidents[i]
	}
	reply := s.decide(inc, rules.DeclaredBy(d))
	if reply.Err != nil {
		if created {
			s.incidents = slices.DeleteFunc(s.incidents, func(other *incident) bool { return other == inc })
		}
		return nil, reply.Err
	}
	return rules.DeclaredOutputs(&inc.doc().Incident, created, s.world.Rules.URL), nil
}

// sendInward lets deliveries that stay within the store end now, after what ends now already.
func (s *story) sendInward(from *incident, deliveries []ifsev.Delivery) {
	for _, d := range deliveries {
		s.put(ending{at: s.now, incident: from, outcome: ifsev.Outcome{Delivery: d}})
	}
}
