package rules

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// kindWait holds a firing up until an instant: it is in the document (Firing.Until) and part of the wake, so it survives
// whatever becomes of the daemon, and what follows is done as of that instant.
const kindWait = "wait"

// maxWait bounds one wait.
const maxWait = 366 * ifsev.Day

// waitArg is how long.
const waitArg = "for"

func waitSpec() ifsev.ActionSpec {
	return ifsev.ActionSpec{
		Kind: kindWait, Doc: "Waits before the next step; whatever happens to the incident meanwhile, unless a step says `if`.",
		Short: waitArg, Example: "wait: 10m",
		Args: []ifsev.FieldSpec{{Name: waitArg, Type: ifsev.TypeDuration, Required: true, Doc: "How long."}},
	}
}

// wait has the firing wait from this instant on, and reports whether there is anything to wait for.
func (d *decider) wait(f *ifsev.Firing, args ifsev.Data) (bool, error) {
	long, err := ifsev.ParseDuration(args.String(waitArg))
	switch {
	case err != nil:
		return false, err
	case long > maxWait:
		return false, fmt.Errorf("%s is longer than %s", args.String(waitArg), ifsev.FormatDuration(maxWait))
	case long <= 0:
		return false, nil
	}
	f.Until = d.at.Add(long)
	return true, nil
}

// endWaits goes on with the firings that have waited long enough.
func (d *decider) endWaits() {
	for i := 0; i < len(d.doc.Firings); {
		f := d.doc.Firings[i]
		if f.Until.IsZero() || f.Until.After(d.at) {
			i++
			continue
		}
		f.AcceptedAt, f.Until = f.Until, time.Time{} // what follows is due from then on
		next(&f)
		i += d.goOn(i, &f)
	}
}

// checkWait reports a wait that is written out and cannot be.
func (r *stepReader) checkWait() {
	n := r.value
	if n.Kind() == strictyaml.Map {
		n = n.Object(&strictyaml.Problems{}).Take(waitArg)
	}
	long, err := ifsev.ParseDuration(n.Raw())
	switch {
	case r.step.Spec.Kind != kindWait || n.Kind() != strictyaml.Scalar || err != nil: // reported, or known when it is done
	case long <= 0:
		r.errors.Add(n.Problem("`wait` must be more than nothing", "write it like 90s, 20m or 1h30m"))
	case long > maxWait:
		r.errors.Add(n.Problem("`wait` must be no more than "+ifsev.FormatDuration(maxWait), "for what comes so late write a rule of its own"))
	}
}
