package main

import (
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/daemon"
)

const importEventsHelp = `Put what ` + "`ifsev export`" + ` printed into an archive: a store that holds nothing else. The incidents are there
as they were, with their numbers, timelines, documents and verdicts; each chain of revisions is followed first.

The pieces a daemon writes when closed incidents leave its store (incidents-….jsonl.gz) are taken too, compressed as they
are. Give all of them at once: each has only the rule sets of its own incidents, and these are kept in order.

An archive is for looking and trying: ` + "`ifsev backtest --store`, `ifsev export --store`" + `, and ` + "`ifsev serve --store`" + `, which
shows it and changes nothing. No daemon decides anything in it, so nothing of it can wake, fire or be delivered;
that is why a store that a daemon uses is refused.

Doing it again is harmless: what is there is left alone, an incident that went on since is continued, and one that is
there with another history is an error.`

func newImport(w *world) *cobra.Command {
	return group(&cobra.Command{
		Use: "import", Short: "Take over what was recorded elsewhere",
		Example: "  ifsev import events events.jsonl --store file:./archive",
	}, newImportEvents(w))
}

func newImportEvents(w *world) *cobra.Command {
	var store string
	c := &cobra.Command{
		Use:     "events FILE...",
		Short:   "Put exported incidents into an archive, for backtests elsewhere",
		Long:    importEventsHelp,
		Example: "  ifsev export > events.jsonl\n  ifsev import events events.jsonl --store file:./archive\n  ifsev backtest rules/ --store file:./archive\n  ifsev import events incidents-*.jsonl.gz --store file:./archive",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if store == "" {
				return usagef("name the archive with --store, such as --store file:./archive")
			}
			var from []daemon.Recorded
			for _, name := range args {
				text, err := w.open(name)
				if err != nil {
					return err
				}
				defer func() { _ = text.Close() }() // it was read to its end, or is of no use
				from = append(from, daemon.Recorded{Name: name, Text: text})
			}
			done, err := daemon.Import(cmd.Context(), store, from, w.now)
			if err != nil {
				return err
			}
			say(w.out, "%s imported, %d continued, %d known already; %s and %s written", plural(done.Added, "incident", "incidents"),
				done.Continued, done.Known, plural(done.Events, "event", "events"), plural(done.RuleSets, "rule set", "rule sets"))
			return nil
		}),
	}
	c.Flags().StringVar(&store, "store", "", "the archive: file:DIR or a Redis, empty or an archive already")
	return c
}
