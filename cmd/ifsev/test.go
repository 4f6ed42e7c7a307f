package main

import (
	"errors"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/ruletest"
)

const testHelp = `Run the tests of rules in virtual time: nothing sleeps, and nothing is sent.

Tests stand beside the rules in files called NAME_test.yaml. A test that fails prints the difference, and why
each rule concerned did or did not fire. Secrets of the configuration are not needed.`

// tested is what --format json prints.
type tested struct {
	OK       bool                `json:"ok"`
	Failed   int                 `json:"failed"`
	Problems strictyaml.Problems `json:"problems"`
	ruletest.Report
}

func newTest(w *world) *cobra.Command {
	t := &daemon.RuleTests{Env: w.lookup}
	var run, format string
	known := []string{"text", "json", "junit"}
	c := &cobra.Command{
		Use:     "test [PATH…]",
		Short:   "Run the tests of rules in virtual time",
		Long:    testHelp,
		Example: "  ifsev test rules/\n  ifsev test --coverage --run 'ladder|nag' rules/\n  ifsev test --config ifsev.yaml --format junit rules/ > rules.xml",
		RunE: does(func(_ *cobra.Command, args []string) error {
			if err := checkFormat(format, known); err != nil {
				return err
			}
			if run != "" {
				pattern, err := regexp.Compile(run)
				if err != nil {
					return usagef("--run: %w", err)
				}
				t.Run = pattern
			}
			t.Paths = args
			report, problems, err := t.Do()
			if errors.Is(err, daemon.ErrNoTests) && len(args) == 0 {
				return usagef("nothing to test: name test files or folders")
			}
			if err != nil {
				return err
			}
			return w.showTests(report, problems, format)
		}),
	}
	w.configFlag(c, &t.Config, "configuration file")
	c.Flags().StringVar(&run, "run", "", "run only the tests whose file and name (FILE: NAME) match this regular expression")
	c.Flags().StringVar(&format, "format", "text", "what to print: text, json or junit")
	c.Flags().BoolVar(&t.Coverage, "coverage", false, "list what no test reaches: parts of conditions, branches, steps")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return c
}

// showTests prints how tests went and answers the error that makes the exit code.
func (w *world) showTests(report *ruletest.Report, problems strictyaml.Problems, format string) error {
	if report == nil {
		report = &ruletest.Report{Results: []ruletest.Result{}}
	}
	ok := report.Failed() == 0 && len(problems) == 0
	var err error
	switch {
	case format == "json":
		err = writeJSON(w.out, tested{OK: ok, Failed: report.Failed(), Problems: append(strictyaml.Problems{}, problems...), Report: *report})
	case len(problems) > 0 && format == "junit":
		showProblems(w.err, problems, "error", w.colour(w.err))
	case len(problems) > 0:
		showProblems(w.out, problems, "error", w.colour(w.out))
		say(w.out, "%s: no test was run", plural(len(problems), "mistake", "mistakes"))
	case format == "junit":
		err = report.JUnit(w.out)
	case len(report.Results) == 0: // said below
	default:
		report.Text(w.out)
	}
	switch {
	case err != nil:
		return err
	case !ok:
		return errSaid
	case len(report.Results) == 0:
		return errors.New("no test matches --run")
	}
	return nil
}
