package analysis

import (
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
)

// Load is rules.Load followed by Check: what a set must pass before it is taken into use. The set is nil where there is
// any error.
func Load(files []rules.Source, w rules.World) (*rules.Set, strictyaml.Problems, strictyaml.Problems) {
	set, errs, warnings := rules.Load(files, w)
	if set == nil {
		return nil, errs, warnings
	}
	errs, more := Check(set)
	warnings.Add(more...)
	warnings.Sort()
	if len(errs) > 0 {
		return nil, errs, warnings
	}
	return set, nil, warnings
}

// Check finds what is wrong with the rules of a set together. An error is something that will happen: rules that set
// each other off for ever. A warning is allowed and will not do what is probably meant. Both are sorted by place.
func Check(set *rules.Set) (errs, warnings strictyaml.Problems) {
	r := &report{model: newModel(set)}
	for _, look := range []func(*report){never, twins, loops, disputes, deadlines, cooldowns, deadSteps} {
		look(r)
	}
	r.errs.Sort()
	r.warnings.Sort()
	return r.errs, r.warnings
}

// report collects what is found.
type report struct {
	*model
	places         places
	errs, warnings strictyaml.Problems
	// silent are rules of which it has been said that they never fire: nothing else about them matters.
	silent map[string]bool
}

func (r *report) warn(p strictyaml.Problem, code string) {
	p.Code = code
	r.warnings.Add(p)
}

func (r *report) fail(p strictyaml.Problem, code string) {
	p.Code = code
	r.errs.Add(p)
}
