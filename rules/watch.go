package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Watcher is told what Decide looks at and does, while it does it: what tests of rules and their coverage are made of.
// What it is given must not be changed or kept beyond the call.
type Watcher interface {
	// Looked says that the condition of a rule is evaluated over env at an instant.
	Looked(r *Rule, env lang.Env, at time.Time)
	// Did says that a step of a firing was done: one inside the incident with its change, one to the outside as far as
	// its delivery. An err is why it could not be.
	Did(f *ifsev.Firing, s *Step, args ifsev.Data, err error)
}

// ShadowWatcher is a Watcher that is told as well which branch of a rule in shadow would have been done.
type ShadowWatcher interface {
	Shadowed(r *Rule, branch string)
}

func (d *decider) looked(r *Rule, env lang.Env) {
	if d.in.Watcher != nil {
		d.in.Watcher.Looked(r, env, d.at)
	}
}

func (d *decider) did(f *ifsev.Firing, s *Step, args ifsev.Data, err error) {
	if d.in.Watcher != nil {
		d.in.Watcher.Did(f, s, args, err)
	}
}
