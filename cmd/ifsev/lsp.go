package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/lsp"
	"github.com/ifsev/ifsev/rules/ruletest"
)

const lspHelp = `Help an editor with rule files: a language server over standard input and output.

It says while you type what ` + "`ifsev check`" + ` would say, tells what a key, an action, a variable or a function means,
completes all of them and the names of the configuration, and leads from a name to where it is declared. The
configuration is the ifsev.yaml in the folder of a file or above it; its rules are checked together, a file it does not
name with those beside it. docs/editors.md says how editors start it.`

func newLSP(w *world) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:     "lsp",
		Short:   "Help an editor with rule files (a language server)",
		Long:    lspHelp,
		Example: "  ifsev lsp\n  ifsev lsp --config /etc/ifsev/ifsev.yaml",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			options := lsp.Options{Version: version, Surroundings: w.surroundings, RuleFiles: daemon.ReadRules, TestSchema: ruletest.Schema()}
			if file != "" {
				path, err := filepath.Abs(file)
				if err != nil {
					return err
				}
				options.Config = path
			}
			return lsp.Serve(cmd.Context(), w.in, w.out, options)
		}),
	}
	c.Flags().StringVar(&file, "config", "", "configuration file (default the ifsev.yaml nearest to each file, in its folder or above it)")
	c.Flags().Bool("stdio", true, "speak over standard input and output, as it always does; some editors add this flag")
	return c
}

// surroundings reads what rule files are checked against, as `ifsev check` does.
func (w *world) surroundings(file string, read func(string) ([]byte, error)) lsp.Surroundings {
	s := daemon.ReadSurroundings(file, w.lookup, read)
	return lsp.Surroundings{World: s.World, Rules: s.Rules, Known: s.Known, Errors: s.Errors, Warnings: s.Warnings}
}
