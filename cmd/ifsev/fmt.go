package main

import (
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

const fmtHelp = `Write rule files and rule tests in one layout, and print the names of those that changed. Of folders these are all
*.yaml and *.yml in them and below. - reads standard input and writes to standard output.

What a file says does not change: no value, no type, no comment. Keys stand in the order of the manual, two spaces
indent, one blank line is between rules, quotes go where they say nothing, and what is in brackets stays so where it
fits in 100 characters. A file that is no YAML is left alone.`

// standardInput is the name of what - reads.
const standardInput = "<standard input>"

func newFmt(w *world) *cobra.Command {
	f := &formatting{world: w}
	c := &cobra.Command{
		Use:     "fmt PATH…",
		Short:   "Write rule files and rule tests in one layout",
		Long:    fmtHelp,
		Example: "  ifsev fmt rules/\n  ifsev fmt --check rules/        # in CI: lists what would change\n  ifsev fmt --diff rules/\n  ifsev fmt - < rules.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "-" {
				return f.stream()
			}
			return f.files(args)
		}),
	}
	c.Flags().BoolVar(&f.check, "check", false, "write nothing; list the files that would change, and exit 1 if there are any")
	c.Flags().BoolVar(&f.diff, "diff", false, "write nothing; print what would change")
	return c
}

// formatting is one run of fmt.
type formatting struct {
	*world
	check, diff bool
}

func (f *formatting) files(paths []string) error {
	changed, problems, err := daemon.Layouts(paths)
	for i := range changed {
		if err := f.file(&changed[i]); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return f.end(len(changed), problems)
}

func (f *formatting) file(l *daemon.Layout) error {
	if !f.check && !f.diff {
		if err := l.Write(); err != nil {
			return err
		}
	}
	if f.diff {
		return f.showDiff(l)
	}
	say(f.out, "%s", l.Path)
	return nil
}

func (f *formatting) showDiff(l *daemon.Layout) error {
	_, err := f.out.Write(diff.Diff(l.Path+".orig", l.Before, l.Path, l.After))
	return err
}

// stream formats standard input.
func (f *formatting) stream() error {
	text, err := io.ReadAll(io.LimitReader(f.in, strictyaml.MaxBytes+1))
	if err != nil {
		return err
	}
	l, problems, err := daemon.LayoutOf(standardInput, text)
	switch {
	case err != nil:
		return err
	case len(problems) > 0:
		return f.end(0, problems)
	case l == nil:
		l = &daemon.Layout{Path: standardInput, Before: text, After: text}
	}
	changed := 0
	if string(l.After) != string(text) {
		changed = 1
	}
	if !f.check && !f.diff {
		_, err := f.out.Write(l.After)
		return err
	}
	if changed > 0 {
		if err := f.file(l); err != nil {
			return err
		}
	}
	return f.end(changed, nil)
}

// end says what is wrong, and in a check that something is.
func (f *formatting) end(changed int, problems strictyaml.Problems) error {
	showProblems(f.err, problems, "error", f.colour(f.err))
	if len(problems) > 0 {
		return errSaid
	}
	if f.check && changed > 0 {
		return fmt.Errorf("%s not in the one layout: run `ifsev fmt`", plural(changed, "file is", "files are"))
	}
	return nil
}
