package ruletest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// coverage collects what tests have reached of rules.
type coverage struct {
	set   *rules.Set
	rules map[ruleKey]*reached
}

// ruleKey tells rules apart: sets that were loaded apart hold the same rule more than once.
type ruleKey struct{ file, name string }

// reached is what has been reached of one rule.
type reached struct {
	rule *rules.Rule
	// yes and no hold the parts of the condition that were seen true and false.
	yes, no, branches, steps map[string]bool
}

func newCoverage(set *rules.Set) *coverage { return &coverage{set: set, rules: map[ruleKey]*reached{}} }

func (c *coverage) of(r *rules.Rule) *reached {
	k := ruleKey{r.File, r.Name}
	if c.rules[k] == nil {
		c.rules[k] = &reached{rule: r, yes: map[string]bool{}, no: map[string]bool{}, branches: map[string]bool{}, steps: map[string]bool{}}
	}
	return c.rules[k]
}

// saw notes the values the parts of a condition had; in a loop a part has several.
func (c *coverage) saw(r *rules.Rule, atoms []lang.Atom) {
	of := c.of(r)
	for _, a := range atoms {
		if !a.Truth || !a.Evaluated {
			continue
		}
		for value := range strings.SplitSeq(a.Value, ", ") {
			switch value {
			case "true":
				of.yes[a.Text] = true
			case "false":
				of.no[a.Text] = true
			}
		}
	}
}

func (c *coverage) fired(rule, branch string) {
	if r := c.set.Rule(rule); r != nil {
		c.of(r).branches[branch] = true
	}
}

func (c *coverage) did(rule, place string) {
	if r := c.set.Rule(rule); r != nil {
		c.of(r).steps[place] = true
	}
}

// add takes in what another has seen.
func (c *coverage) add(more *coverage) {
	for _, m := range more.rules {
		of := c.of(m.rule)
		for _, pair := range [][2]map[string]bool{{of.yes, m.yes}, {of.no, m.no}, {of.branches, m.branches}, {of.steps, m.steps}} {
			for name := range pair[1] {
				pair[0][name] = true
			}
		}
	}
}

// Coverage says how much of the rules their tests reach: each part of each condition seen true and seen false, each
// branch fired, each step done but for those of rules in shadow.
type Coverage struct {
	Reached int     `json:"reached"`
	Total   int     `json:"total"`
	Percent float64 `json:"percent"`
	// Rules are in the order of files and their places in them.
	Rules []RuleCoverage `json:"rules"`
}

// RuleCoverage is how much of one rule is reached.
type RuleCoverage struct {
	Rule    string `json:"rule"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Reached int    `json:"reached"`
	Total   int    `json:"total"`
	// Missing says what no test has reached.
	Missing []Gap `json:"missing"`
}

// Gap is something no test has reached.
type Gap struct {
	// Kind is condition, branch or step.
	Kind string `json:"kind"`
	// Text is the part of the condition, the branch or the place of the step and its action.
	Text string `json:"text"`
	// Never is the value a part of a condition never had.
	Never string `json:"never,omitempty"`
	Line  int    `json:"line,omitempty"`
}

// report sums up over all rules, those that no test has come near included.
func (c *coverage) report(all []*rules.Rule) *Coverage {
	for _, r := range all {
		c.of(r)
	}
	out := &Coverage{Rules: []RuleCoverage{}}
	for _, of := range c.rules {
		rc := of.report()
		out.Reached, out.Total = out.Reached+rc.Reached, out.Total+rc.Total
		out.Rules = append(out.Rules, rc)
	}
	slices.SortFunc(out.Rules, func(a, b RuleCoverage) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule))
	})
	if out.Percent = 100; out.Total > 0 {
		out.Percent = float64(1000*out.Reached/out.Total) / 10
	}
	return out
}

func (of *reached) report() RuleCoverage {
	rc := RuleCoverage{Rule: of.rule.Name, File: of.rule.File, Line: of.rule.Line, Missing: []Gap{}}
	count := func(ok bool, gap Gap) {
		if rc.Total++; ok {
			rc.Reached++
		} else {
			rc.Missing = append(rc.Missing, gap)
		}
	}
	for _, a := range atomsOf(of.rule) {
		count(of.yes[a], Gap{Kind: gapCondition, Text: a, Never: "true"})
		count(of.no[a], Gap{Kind: gapCondition, Text: a, Never: "false"})
	}
	for _, b := range of.rule.Branches() {
		count(of.branches[b.Name], Gap{Kind: gapBranch, Text: b.Name, Line: of.rule.Line})
	}
	if of.rule.Shadow {
		return rc // none of its steps is ever done
	}
	for _, s := range of.rule.AllSteps() {
		count(of.steps[s.Place], Gap{Kind: gapStep, Text: s.Place + " " + s.Spec.Kind, Line: s.Line})
	}
	return rc
}

// atomsOf lists the parts of a rule's condition that are true or false.
func atomsOf(r *rules.Rule) []string {
	if r.If == nil {
		return nil
	}
	atoms, err := r.If.Atoms()
	if err != nil {
		return nil // it compiled when it was loaded
	}
	var texts []string
	for _, a := range atoms {
		if a.Truth {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// The kinds of gaps.
const (
	gapCondition = "condition"
	gapBranch    = "branch"
	gapStep      = "step"
)
