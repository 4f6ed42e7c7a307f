package main

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/wire"
)

const deliveriesMost = 1000

func newDeliveries(r *remote) *cobra.Command {
	return group(&cobra.Command{
		Use:     "deliveries",
		Short:   "See what is waiting, retrying or dead, and send it again",
		Example: "  ifsev deliveries list --dead\n  ifsev deliveries retry --dead --rule status-page",
	}, newDeliveriesList(r), newDeliveriesRetry(r), newDeliveriesDrop(r))
}

// filterFlags adds the flags that choose deliveries.
func filterFlags(c *cobra.Command, f *client.DeliveryFilter, dead *bool) {
	c.Flags().StringVar(&f.Rule, "rule", "", "only of this rule")
	c.Flags().StringVar(&f.Incident, "incident", "", "only of this incident")
	c.Flags().BoolVar(dead, "dead", false, "only the dead")
}

func newDeliveriesList(r *remote) *cobra.Command {
	var filter client.DeliveryFilter
	var dead bool
	var state string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List what is waiting, in flight, retrying or dead",
		Example: "  ifsev deliveries list\n  ifsev deliveries list --dead --rule status-page",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if err := chooseState(&filter, state, dead); err != nil {
				return err
			}
			if filter.Limit < 1 || filter.Limit > deliveriesMost {
				return usagef("--limit must be 1 to %d, not %d", deliveriesMost, filter.Limit)
			}
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			shown := filter.Limit
			filter.Limit = min(shown+1, deliveriesMost) // one more, to know whether there are
			found, err := chosen(cmd, c, filter)
			if err != nil {
				return err
			}
			r.sayMore(shown, len(found) > shown)
			found = found[:min(shown, len(found))]
			return r.print(wire.Page[wire.Delivery]{Items: found}, func(w io.Writer) { r.showDeliveries(w, found) })
		}),
	}
	filterFlags(c, &filter, &dead)
	c.Flags().StringVar(&state, "state", "", "only waiting, in_flight, retrying or dead")
	c.Flags().IntVar(&filter.Limit, "limit", 200, "how many at most")
	return r.flags(c)
}

// chooseState puts in a filter what --state and --dead say.
func chooseState(f *client.DeliveryFilter, state string, dead bool) error {
	known := []ifsev.DeliveryState{ifsev.DeliveryWaiting, ifsev.DeliveryInFlight, ifsev.DeliveryRetrying, ifsev.DeliveryDead}
	if state != "" {
		if err := oneOf("state", state, known); err != nil {
			return err
		}
	}
	f.State = ifsev.DeliveryState(state)
	if dead && state != "" && f.State != ifsev.DeliveryDead {
		return usagef("--dead and --state %s exclude each other: leave one of them out", state)
	}
	if dead {
		f.State = ifsev.DeliveryDead
	}
	return nil
}

// chosen answers the deliveries of a filter; where there are none of a rule that does not exist, it says so.
func chosen(cmd *cobra.Command, c *client.Client, f client.DeliveryFilter) ([]wire.Delivery, error) {
	found, err := c.Deliveries(cmd.Context(), f)
	if err == nil && len(found) == 0 && f.Rule != "" {
		_, err = c.Rule(cmd.Context(), f.Rule) // one that was taken away may still have some
	}
	return found, err
}

func (r *remote) showDeliveries(w io.Writer, found []wire.Delivery) {
	if len(found) == 0 {
		say(w, "Nothing is waiting, retrying or dead.")
		return
	}
	rows := [][]string{{"DELIVERY", "INCIDENT", "RULE", "ACTION", "DESTINATION", "STATE", "ATTEMPTS", "NEXT", "LAST ERROR"}}
	for i := range found {
		d := &found[i]
		next := "-"
		if !d.NextAttemptAt.IsZero() {
			next = age(d.NextAttemptAt, r.now())
		}
		rows = append(rows, []string{
			d.ID, "INC-" + strconv.FormatInt(d.Number, 10), d.Rule, d.Action, visible(d.Destination), string(d.State),
			strconv.Itoa(d.Attempts), next, visible(d.LastError),
		})
	}
	table(w, rows)
}

func newDeliveriesRetry(r *remote) *cobra.Command {
	return r.dead("retry", "Send dead deliveries again, with the same idempotency keys",
		func(cmd *cobra.Command, c *client.Client, id string) error {
			_, err := c.RetryDelivery(cmd.Context(), id)
			return err
		}, "sent again")
}

func newDeliveriesDrop(r *remote) *cobra.Command {
	return r.dead("drop", "Forget dead deliveries",
		func(cmd *cobra.Command, c *client.Client, id string) error { return c.DropDelivery(cmd.Context(), id) }, "dropped")
}

// dead makes a command that does something with dead deliveries: those named, or with --dead all that the filter finds.
func (r *remote) dead(what, short string, do func(*cobra.Command, *client.Client, string) error, done string) *cobra.Command {
	var filter client.DeliveryFilter
	var all bool
	c := &cobra.Command{
		Use:     what + " [DELIVERY…]",
		Short:   short,
		Example: "  ifsev deliveries " + what + " dlv_0123\n  ifsev deliveries " + what + " --dead --rule status-page",
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("name deliveries, or choose all dead ones with --dead (and --rule, --incident)")
			}
			if !all && (filter.Rule != "" || filter.Incident != "") {
				return usagef("--rule and --incident choose among the dead: add --dead")
			}
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			if all {
				filter.State, filter.Limit = ifsev.DeliveryDead, deliveriesMost
				found, err := chosen(cmd, c, filter)
				if err != nil {
					return err
				}
				for i := range found {
					args = append(args, found[i].ID)
				}
			}
			for _, id := range args {
				if err := do(cmd, c, id); err != nil {
					return err
				}
			}
			say(r.out, "%s %s.", plural(len(args), "delivery", "deliveries"), done)
			return nil
		}),
	}
	filterFlags(c, &filter, &all)
	return r.flags(c)
}
