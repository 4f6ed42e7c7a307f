package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/backtest"
	"github.com/ifsev/ifsev/internal/daemon"
)

const backtestHelp = `Try rules on what a daemon recorded, in virtual time: which firings there would have been in addition, which
no longer, and which at another time. Nothing is performed.

What came from outside (declarations, changes by people, alerts, how deliveries ended) is played at its
recorded time; what rules did is decided anew, by the rules that were in force and by those that are tried.
A delivery that was never really made counts as delivered at once.

The events come from a daemon (--server), from a file that ` + "`ifsev export`" + ` made (--from), or straight from a store
(--store) that no daemon holds: an archive, the folder of a daemon that is stopped, or a Redis. People, rotations and
connections are those of the daemon or the archive, unless --config names a configuration to try; for a store that
is no archive they are those of --config, or of ifsev.yaml.`

// backtested is what --format json prints.
type backtested struct {
	*backtest.Report
	Added   []string `json:"rules_added"`
	Changed []string `json:"rules_changed"`
	Removed []string `json:"rules_removed"`
	Notes   []string `json:"notes"`
}

func newBacktest(r *remote) *cobra.Command {
	var from, file, store, since, format string
	known := []string{"text", "json"}
	c := &cobra.Command{
		Use:     "backtest PATH…",
		Short:   "Try rules on recorded incidents: what would have fired, and what no longer",
		Long:    backtestHelp,
		Example: "  ifsev backtest rules/\n  ifsev export > events.jsonl\n  ifsev backtest rules/ --from events.jsonl --since 30d --format json",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format, known); err != nil {
				return err
			}
			if err := r.oneOrigin(from, store); err != nil {
				return err
			}
			at, err := parseSince(since, r.now())
			if err != nil {
				return err
			}
			events, err := r.recorded(from, func() (io.ReadCloser, error) {
				if store != "" {
					return r.records(cmd.Context(), store, file, "", at)
				}
				c, err := r.connect()
				if err != nil {
					return nil, err
				}
				defer c.Close()
				return c.Export(cmd.Context(), "", at)
			})
			if err != nil {
				return err
			}
			defer func() { _ = events.Close() }() // it was read to its end, or is of no use
			tried, err := daemon.Backtest(daemon.Trial{Paths: args, Config: file, Env: r.lookup, Record: events, Since: at})
			if err != nil {
				return err
			}
			return r.showTrial(tried, format)
		}),
	}
	f := c.Flags()
	f.StringVar(&from, "from", "", "a file `ifsev export` made; - reads standard input")
	storeFlag(c, &store)
	f.StringVar(&file, "config", "", "configuration to try the rules with (default: that of the daemon)")
	sinceFlag(c, &since)
	f.StringVar(&format, "format", "text", "what to print: text or json")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return r.address(c)
}

// recorded opens what was recorded: a file, standard input, or what a daemon or a store has.
func (r *remote) recorded(from string, elsewhere func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	if from == "" {
		return elsewhere()
	}
	return r.open(from)
}

// open opens a file; - is standard input.
func (w *world) open(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(w.in), nil
	}
	return os.Open(path)
}

// oneOrigin wants one place the events come from.
func (r *remote) oneOrigin(from, store string) error {
	daemon := r.server != "" || r.token != ""
	switch {
	case from != "" && store != "":
		return usagef("--from reads a file, --store a store: leave one of them out")
	case from != "" && daemon:
		return usagef("--from reads a file: leave out --server and --token")
	case store != "" && daemon:
		return usagef("--store reads a store: leave out --server and --token")
	}
	return nil
}

func storeFlag(c *cobra.Command, store *string) {
	c.Flags().StringVar(store, "store", "", "read this store in the place of a daemon: file:DIR that no daemon holds, or redis://HOST:PORT/DB")
}

// records opens what a store holds, without a daemon.
func (r *remote) records(ctx context.Context, store, config, incident string, since time.Time) (io.ReadCloser, error) {
	in := daemon.Inputs{Config: config, Env: r.lookup}
	in.Flags.Store = store
	return (&daemon.Records{Inputs: in, Now: r.now, Incident: incident, Since: since}).Open(ctx)
}

func (r *remote) showTrial(t *daemon.Tried, format string) error {
	colour := r.colour(r.err)
	showProblems(r.err, t.Warnings, "warning", colour)
	if len(t.Errors) > 0 {
		showProblems(r.err, t.Errors, "error", colour)
		return errSaid
	}
	if format == "json" {
		return writeJSON(r.out, backtested{t.Backtest, names(t.Added), names(t.Changed), names(t.Removed), names(t.Notes)})
	}
	showBacktest(r.out, t)
	return nil
}

// names is never null in JSON.
func names(list []string) []string { return append([]string{}, list...) }
