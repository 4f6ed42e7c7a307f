package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
)

const graphHelp = `Draw which rule can set off which, and through which field or event.

Rules that may set each other off for ever are red; ` + "`ifsev check`" + ` says more about them.`

func newGraph(w *world) *cobra.Command {
	var file, format string
	known := []string{"mermaid", "dot", "json"}
	c := &cobra.Command{
		Use:     "graph [PATH…]",
		Short:   "Draw which rule can set off which",
		Long:    graphHelp,
		Example: "  ifsev graph rules/ > rules.mmd\n  ifsev graph --format dot rules/ | dot -Tsvg > rules.svg",
		RunE: does(func(_ *cobra.Command, args []string) error {
			if err := checkFormat(format, known); err != nil {
				return err
			}
			graph, report, err := daemon.Graph(file, args, w.lookup)
			if err != nil {
				return err
			}
			if graph == nil {
				showProblems(w.err, report.Errors, "error", w.colour(w.err))
				return errSaid
			}
			switch format {
			case "json":
				return writeJSON(w.out, graph)
			case "dot":
				_, err = io.WriteString(w.out, graph.DOT())
			default:
				_, err = io.WriteString(w.out, graph.Mermaid())
			}
			return err
		}),
	}
	w.configFlag(c, &file, "configuration file")
	c.Flags().StringVar(&format, "format", "mermaid", "what to print: mermaid, dot or json")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return c
}
