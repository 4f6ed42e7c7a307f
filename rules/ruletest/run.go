package ruletest

import (
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ifsev/ifsev/rules"
)

// Options say how tests are run.
type Options struct {
	// Run picks the tests by `FILE: NAME`; nil means all.
	Run *regexp.Regexp
	// Coverage asks what is reached of these rules, beside those of the suites; nil means that nobody wants to know.
	Coverage []*rules.Rule
	// Workers is how many tests run at a time; 0 means one for each processor.
	Workers int
}

// Run runs the tests of the suites, each by itself. The report is in their order however they ran.
func Run(suites []*Suite, o Options) *Report {
	type place struct {
		suite *Suite
		test  *test
	}
	var places []place
	for _, s := range suites {
		for _, t := range s.tests {
			if o.Run == nil || o.Run.MatchString(s.File+": "+t.name) {
				places = append(places, place{s, t})
			}
		}
	}
	results, seen := make([]Result, len(places)), make([]*coverage, len(places))
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(workers, len(places)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(places); i = int(next.Add(1)) - 1 {
				p := places[i]
				if o.Coverage != nil {
					seen[i] = newCoverage(p.test.set)
				}
				results[i] = p.suite.run(p.test, seen[i])
			}
		})
	}
	wait.Wait()
	report := &Report{Results: results}
	if o.Coverage != nil {
		report.Coverage = covered(suites, seen, o.Coverage)
	}
	return report
}

func covered(suites []*Suite, seen []*coverage, all []*rules.Rule) *Coverage {
	sum := newCoverage(nil)
	for _, c := range seen {
		sum.add(c)
	}
	for _, s := range suites {
		all = append(all, s.set.Rules...)
	}
	return sum.report(all)
}

// run tells one story from its beginning to its end.
func (s *Suite) run(t *test, c *coverage) Result {
	st := &story{test: t, world: s.world, coverage: c, now: t.start, seen: map[string]bool{}}
	result := Result{File: s.File, Name: t.name, Line: t.line, Failures: []Failure{}}
	for i := range t.timeline {
		e := &t.timeline[i]
		if err := st.happen(e); err != nil {
			// What follows would be told of another story.
			result.Failures = append(result.Failures, Failure{Line: e.line, At: since(t.start, st.now), What: whatError, Message: err.Error()})
			break
		}
		result.Failures = append(result.Failures, st.check(e)...)
		st.firedMark, st.doneMark = len(st.fired), len(st.done)
	}
	return result
}
