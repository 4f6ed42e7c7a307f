package main

import (
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
)

func newSchema(w *world) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [rules|config]",
		Short: "Print the JSON Schema of rule files or of the configuration, for editors",
		Long: `Print the JSON Schema of rule files (the default) or of the configuration.

An editor that knows it completes keys and marks mistakes. Put this at the top of a rule file:
  # yaml-language-server: $schema=ifsev-rules.schema.json`,
		Example:   "  ifsev schema > ifsev-rules.schema.json\n  ifsev schema config > ifsev.schema.json",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"rules", "config"},
		RunE: does(func(_ *cobra.Command, args []string) error {
			text := daemon.RuleSchema()
			if len(args) > 0 && args[0] == "config" {
				text = daemon.ConfigSchema()
			}
			_, err := w.out.Write(text)
			return err
		}),
	}
}
