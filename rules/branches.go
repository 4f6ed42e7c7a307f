package rules

// Branch is a list of steps of a rule with what a firing of it is called: then, after[5m], otherwise.
type Branch struct {
	Name  string
	Steps []Step
}

// Branches lists the branches a rule has, in the order they may come.
func (r *Rule) Branches() []Branch {
	var all []Branch
	if len(r.Then) > 0 {
		all = append(all, Branch{branchThen, r.Then})
	}
	for i := range r.After {
		all = append(all, Branch{r.After[i].branch(), r.After[i].Steps})
	}
	if len(r.Otherwise) > 0 {
		all = append(all, Branch{branchOtherwise, r.Otherwise})
	}
	if steps := r.Budget.digest(); len(steps) > 0 {
		all = append(all, Branch{branchDigest, steps})
	}
	return all
}

// AllSteps lists every step of a rule, those of on_error behind their own.
func (r *Rule) AllSteps() []Step {
	var all []Step
	for _, b := range r.Branches() {
		for _, s := range b.Steps {
			all = append(append(all, s), s.OnError...)
		}
	}
	return all
}
