package actions

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/ifsev/ifsev"
)

// dry answers the dry-run connection that a delivery of this kind would go through; nil if it would go out.
func (s *Sender) dry(spec *ifsev.ActionSpec, d ifsev.Delivery) *link {
	if spec.Connection == "" || strings.Contains(d.Args.String("url"), "://") {
		return nil
	}
	name := ""
	for _, a := range spec.Args {
		if a.Names == ifsev.NamesConnection {
			name = d.Args.String(a.Name)
		}
	}
	l, f := s.pick(spec.Connection, name)
	if f != nil || !l.DryRun {
		return nil
	}
	return l
}

// pretend writes what would be sent to the log, and answers as if it had been.
func (s *Sender) pretend(ctx context.Context, a Attempt, spec *ifsev.ActionSpec, l *link) ifsev.Receipt {
	text, err := json.Marshal(a.Delivery.Args)
	if err != nil {
		text = []byte("(arguments that are no JSON)")
	}
	s.log.InfoContext(ctx, "dry run: "+spec.Kind, "args", s.scrub.text(string(text)), "incident", incidentName(a.Delivery),
		"rule", a.Delivery.Rule, "connection", l.Name, "delivery", a.Delivery.ID)
	receipt := ifsev.Receipt{Summary: "dry run: written to the log, not sent", Outputs: ifsev.Data{}}
	for _, o := range spec.Outputs {
		receipt.Outputs[o.Name] = pretended(o, a.Delivery.Args)
	}
	return receipt
}

// pretended is what a later step sees of an output: the argument of the same name, such as the channel, or nothing.
func pretended(o ifsev.FieldSpec, given ifsev.Data) any {
	if v, ok := given[o.Name]; ok {
		return v
	}
	switch o.Type {
	case ifsev.TypeInt, ifsev.TypeNumber:
		return 0
	case ifsev.TypeString:
		return ""
	}
	return nil
}
