package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
)

const exportHelp = `Print what a daemon recorded, as JSON lines: the rule sets that were in force, then every event of every
incident. ` + "`ifsev backtest --from FILE`" + ` reads it, anywhere; so does any tool that reads JSON.

It holds no secrets, but what people wrote in incidents and the names of who was there.`

func newExport(r *remote) *cobra.Command {
	var incident, since string
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
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			body, err := c.Export(cmd.Context(), incident, from)
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
	return r.address(c)
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
