package main

import (
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/wire"
)

const planHelp = `Say what will happen to an incident, and when, if nobody does anything and every delivery succeeds at its
next attempt: at most 20 things, within 30 days.

--cancel takes back what a rule has pending: it does not fire until it is armed again (by default: until the
incident is reopened), and steps it has not come to are not done. A delivery that is on its way already is
not called back. The timeline says who cancelled it.`

func newPlan(r *remote) *cobra.Command {
	var rule, as string
	c := &cobra.Command{
		Use:     "plan INCIDENT",
		Short:   "Say what happens next to an incident, and cancel it",
		Long:    planHelp,
		Example: "  ifsev plan INC-1\n  ifsev plan INC-1 --cancel unacknowledged",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if rule == "" && cmd.Flags().Changed("cancel") {
				return usagef("--cancel wants the name of a rule")
			}
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			var p wire.Plan
			if rule != "" {
				p, err = c.CancelPlan(cmd.Context(), args[0], rule, r.me(as))
			} else {
				p, err = c.Plan(cmd.Context(), args[0])
			}
			if err != nil {
				return err
			}
			return r.print(p, func(w io.Writer) {
				if rule != "" {
					say(w, "Cancelled what %s had pending on INC-%d.", rule, p.Number)
				}
				r.showPlan(w, &p)
			})
		}),
	}
	c.Flags().StringVar(&rule, "cancel", "", "cancel what this rule has pending on the incident")
	asFlag(c, &as)
	return r.flags(c)
}

// showPlan tells what is planned, the earliest first, and what is on its way.
func (r *remote) showPlan(w io.Writer, p *wire.Plan) {
	name := "INC-" + strconv.FormatInt(p.Number, 10)
	if len(p.Items) == 0 {
		say(w, "Nothing will happen to %s by itself within 30 days.", name)
	} else {
		say(w, "If nothing else happens to %s, and every delivery succeeds:", name)
		r.showPlanned(w, p)
	}
	if len(p.Deliveries) > 0 {
		say(w, "\nOn their way")
		var lines []waiting
		for i := range p.Deliveries {
			lines = append(lines, r.onItsWay(&p.Deliveries[i]))
		}
		showLines(w, lines)
	}
}

func (r *remote) showPlanned(w io.Writer, p *wire.Plan) {
	rows := make([][]string, len(p.Items))
	doubt := false
	for i := range p.Items {
		it := &p.Items[i]
		what := visible(strings.Join(it.What, "; "))
		if !it.Certain {
			what, doubt = what+" (*)", true
		}
		rows[i] = []string{"  " + clock(it.At), age(it.At, r.now()), it.Rule + rung(it.Branch), what}
	}
	table(w, rows)
	if p.More {
		say(w, "  and more after that")
	}
	if doubt {
		say(w, "(*) depends on a delivery that has not succeeded yet, or on the room in a budget")
	}
}
