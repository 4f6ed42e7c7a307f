package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
)

const exportHelp = `Print what a daemon recorded, as JSON lines: the rule sets that were in force, then every event of every
incident with its document, verdicts and revisions. ` + "`ifsev backtest --from FILE` and `ifsev import events FILE`" + ` read
it, anywhere; so does any tool that reads JSON.

It holds no secrets, but what people wrote in incidents and the names of who was there.`

func newExport(r *remote) *cobra.Command {
	var incident, since, store, file string
	c := &cobra.Command{
		Use:     "export",
		Short:   "Print the recorded events as JSON lines",
		Long:    exportHelp,
		Example: "  ifsev export > events.jsonl\n  ifsev export --since 30d > events.jsonl\n  ifsev export --incident INC-1",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			from, err := parseSince(since, r.now())
			if err != nil {
				return err
			}
			if err := r.oneOrigin("", store); err != nil {
				return err
			}
			body, err := r.export(cmd.Context(), store, file, incident, from)
			if err != nil {
				return err
			}
			defer func() { _ = body.Close() }() // it was read to its end, or is of no use
			if _, err := io.Copy(r.out, body); err != nil {
				return fmt.Errorf("the export broke off: %w", err)
			}
			return nil
		}),
	}
	c.Flags().StringVar(&incident, "incident", "", "only this incident")
	sinceFlag(c, &since)
	storeFlag(c, &store)
	c.Flags().StringVar(&file, "config", "", "configuration of the daemon whose store it is (default ifsev.yaml, if it exists); an archive needs none")
	return r.address(c)
}

// export opens what a daemon has recorded, or what a store holds.
func (r *remote) export(ctx context.Context, store, config, incident string, since time.Time) (io.ReadCloser, error) {
	if store != "" {
		return r.records(ctx, store, config, incident, since)
	}
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Export(ctx, incident, since)
}

func sinceFlag(c *cobra.Command, since *string) {
	c.Flags().StringVar(since, "since", "", "only incidents declared since then: 30d, 2026-11-01 or 2026-11-01T09:00:00Z")
}

// parseSince reads how long ago, a date or an instant; zero for nothing.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := ifsev.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usagef("--since %q is not known: write how long ago (30d), a date (2026-11-01) or an instant (2026-11-01T09:00:00Z)", text)
}
