package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/wire"
)

// story is all there is to tell about one incident.
type story struct {
	Incident   wire.Incident    `json:"incident"`
	Timeline   []wire.Entry     `json:"timeline"`
	Rules      []wire.Explained `json:"rules"`
	Deliveries []wire.Delivery  `json:"deliveries"`
	Chain      *wire.Chain      `json:"chain,omitempty"`
}

func newShow(r *remote) *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use:     "show INCIDENT",
		Short:   "Show an incident: what happened, what was done, what is waiting and until when",
		Example: "  ifsev show INC-1\n  ifsev show 1 --verify",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			st, err := tell(cmd, c, args[0], verify)
			if err != nil {
				return err
			}
			if err := r.print(st, func(w io.Writer) { r.showStory(w, st) }); err != nil {
				return err
			}
			if st.Chain != nil && !st.Chain.OK {
				return errors.New(st.Chain.Error)
			}
			return nil
		}),
	}
	c.Flags().BoolVar(&verify, "verify", false, "check that the timeline is as it was written: exit code 1 if it was changed")
	return r.flags(c)
}

func tell(cmd *cobra.Command, c *client.Client, id string, verify bool) (*story, error) {
	ctx := cmd.Context()
	inc, err := c.Incident(ctx, id)
	if err != nil {
		return nil, err
	}
	st := &story{Incident: inc}
	if st.Timeline, err = c.Timeline(ctx, inc.ID); err != nil {
		return nil, err
	}
	explained, err := c.Explain(ctx, inc.ID, "")
	if err != nil {
		return nil, err
	}
	st.Rules = explained.Rules
	if st.Deliveries, err = c.Deliveries(ctx, client.DeliveryFilter{Incident: inc.ID}); err != nil {
		return nil, err
	}
	if verify {
		chain, err := c.Verify(ctx, inc.ID)
		if err != nil {
			return nil, err
		}
		st.Chain = &chain
	}
	return st, nil
}

func newExplain(r *remote) *cobra.Command {
	c := &cobra.Command{
		Use:     "explain INCIDENT [RULE]",
		Short:   "Say why each rule did or did not fire on an incident",
		Example: "  ifsev explain INC-1\n  ifsev explain INC-1 database-slow",
		Args:    cobra.RangeArgs(1, 2),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			rule := ""
			if len(args) > 1 {
				rule = args[1]
			}
			e, err := c.Explain(cmd.Context(), args[0], rule)
			if err != nil {
				return err
			}
			return r.print(e, func(w io.Writer) { r.showExplanation(w, &e) })
		}),
	}
	return r.flags(c)
}
