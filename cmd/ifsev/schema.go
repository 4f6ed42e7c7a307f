package main

import (
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/rules/ruletest"
)

func newSchema(w *world) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [rules|tests|config]",
		Short: "Print the JSON Schema of rule files, of their tests or of the configuration, for editors",
		Long: `Print the JSON Schema of rule files (the default), of their tests or of the configuration.

An editor that knows it completes keys and marks mistakes. Put this at the top of a rule file:
  # yaml-language-server: $schema=ifsev-rules.schema.json`,
		Example:   "  ifsev schema > ifsev-rules.schema.json\n  ifsev schema config > ifsev.schema.json",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"rules", "tests", "config"},
		RunE: does(func(_ *cobra.Command, args []string) error {
			text := daemon.RuleSchema
			if len(args) > 0 {
				text = map[string]func() []byte{"rules": daemon.RuleSchema, "tests": ruletest.Schema, "config": daemon.ConfigSchema}[args[0]]
			}
			_, err := w.out.Write(text())
			return err
		}),
	}
}
