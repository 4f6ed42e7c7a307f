package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/wire"
)

const checkHelp = `Check rule files, and the configuration they are used with, without running anything.

Every mistake is reported with its file, line and column, the line with a caret, and what to write instead. The rules
are looked at together as well: those that set each other off for ever are an error, and what can never happen or
contradicts something else is a warning. docs/checks.md tells of each.
Secrets that are not there (as in CI) are taken for granted, with a warning each.`

func newCheck(w *world) *cobra.Command {
	var file, format string
	known := []string{"text", "json", "github", "sarif"}
	c := &cobra.Command{
		Use:     "check [PATH…]",
		Short:   "Check rules and configuration",
		Long:    checkHelp,
		Example: "  ifsev check rules/\n  ifsev check --config ifsev.yaml --format github rules/",
		RunE: does(func(_ *cobra.Command, args []string) error {
			if err := checkFormat(format, known); err != nil {
				return err
			}
			env := w.environment()
			report, err := daemon.Check(file, args, env.get)
			if err != nil {
				return err
			}
			env.strangers(func(message string) { say(w.err, "warning: %s", message) })
			if len(args) == 0 && report.Files == 0 && report.Config == "" {
				return usagef("nothing to check: name rule files or folders")
			}
			if err := w.showReport(report, format); err != nil {
				return err
			}
			if len(report.Errors) > 0 {
				return errSaid
			}
			return nil
		}),
	}
	w.configFlag(c, &file, "configuration file")
	c.Flags().StringVar(&format, "format", "text", "what to print: text, json, github or sarif")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return c
}

func (w *world) showReport(r *daemon.Report, format string) error {
	switch format {
	case "json":
		return writeJSON(w.out, wire.Check{
			OK: len(r.Errors) == 0, Rules: r.Rules, Errors: append(strictyaml.Problems{}, r.Errors...), Warnings: append(strictyaml.Problems{}, r.Warnings...),
		})
	case "sarif":
		return writeJSON(w.out, sarif(r, version))
	case "github":
		githubLines(w.out, "error", r.Errors)
		githubLines(w.out, "warning", r.Warnings)
	default:
		colour := w.colour(w.out)
		showProblems(w.out, r.Errors, "error", colour)
		showProblems(w.out, r.Warnings, "warning", colour)
	}
	say(w.out, "%s", summary(r))
	return nil
}

// summary says in one line how a check went.
func summary(r *daemon.Report) string {
	files := plural(r.Files, "file", "files")
	warnings := ""
	if n := len(r.Warnings); n > 0 {
		warnings = ", " + plural(n, "warning", "warnings")
	}
	if n := len(r.Errors); n > 0 {
		return plural(n, "mistake", "mistakes") + warnings + " in " + files
	}
	rules := plural(r.Rules, "rule", "rules")
	if r.Packs > 0 {
		rules += " and " + plural(r.Packs, "pack", "packs")
	}
	return rules + " in " + files + ": ok" + warnings
}

// The colours of a terminal.
const (
	red, yellow, bold, plainText = "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
)

// showProblems writes each with its line and caret.
func showProblems(out io.Writer, problems strictyaml.Problems, severity string, colour bool) {
	for _, p := range problems {
		head, caret := p.Error(), p.Caret()
		if severity != "error" {
			head = severity + ": " + head
		}
		if colour {
			shade := red
			if severity != "error" {
				shade = yellow
			}
			head = bold + head + plainText
			caret = shadeCaret(caret, shade)
		}
		_, _ = fmt.Fprintf(out, "%s\n%s", head, caret) // a terminal that is gone has nobody to be told
	}
	if len(problems) > 0 {
		say(out, "")
	}
}

// shadeCaret colours the line that holds nothing but carets.
func shadeCaret(text, shade string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if marks := strings.TrimSpace(line); marks != "" && strings.Trim(marks, "^") == "" {
			lines[i] = shade + strings.TrimSuffix(line, "\n") + plainText + "\n"
		}
	}
	return strings.Join(lines, "")
}

// githubLines writes problems as GitHub Actions shows them beside the changed lines.
func githubLines(out io.Writer, severity string, problems strictyaml.Problems) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, p := range problems {
		text := p.Message
		if p.Hint != "" {
			text += "\nhint: " + p.Hint
		}
		place := "file=" + property.Replace(p.File)
		if p.Line > 0 {
			place += fmt.Sprintf(",line=%d,col=%d", p.Line, p.Column)
		}
		say(out, "::%s %s::%s", severity, place, data.Replace(text))
	}
}
