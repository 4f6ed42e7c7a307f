package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/wire"
)

func newSilence(r *remote) *cobra.Command {
	return group(&cobra.Command{
		Use:     "silence",
		Short:   "Hold rules back for a time, and see what is held back",
		Example: "  ifsev silence add 'service == \"shop\"' --for 2h --reason \"the database moves\"\n  ifsev silence list\n  ifsev silence end sil_0123",
	}, newSilenceAdd(r), newSilenceList(r), newSilenceEnd(r))
}

func newSilenceAdd(r *remote) *cobra.Command {
	var until, long, reason, as string
	var names []string
	c := &cobra.Command{
		Use:     "add CONDITION",
		Short:   "Hold rules back on the incidents for which a condition holds",
		Example: "  ifsev silence add 'service == \"shop\"' --for 2h --reason \"the database moves\"\n  ifsev silence add true --rule nag --until 2026-12-01T08:00:00Z",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			body := client.Body{"if": args[0]}
			if (until == "") == (long == "") {
				return usagef("say when it ends: --for 2h, or --until 2026-12-01T08:00:00Z")
			}
			if until != "" {
				at, err := time.Parse(time.RFC3339, until)
				if err != nil {
					return usagef("--until %q is no instant: write it like 2026-12-01T08:00:00Z", until)
				}
				body["until"] = at
			}
			if _, err := ifsev.ParseDuration(long); err != nil && long != "" {
				return usagef("--for %q is no duration: write it like 90m, 2h or 1d", long)
			}
			for name, text := range map[string]string{"for": long, "reason": reason, "by": r.me(as)} {
				if text != "" {
					body[name] = text
				}
			}
			if len(names) > 0 {
				body["rules"] = names
			}
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			s, err := c.AddSilence(cmd.Context(), body)
			if err != nil {
				return err
			}
			return r.print(s, func(w io.Writer) {
				say(w, "%s holds %s back where %s, until %s.", s.ID, heldRules(&s), visible(s.If), clock(s.Until))
			})
		}),
	}
	c.Flags().StringVar(&long, "for", "", "how long it lasts, such as 2h")
	c.Flags().StringVar(&until, "until", "", "when it ends, such as 2026-12-01T08:00:00Z")
	c.Flags().StringVar(&reason, "reason", "", "why, for people")
	c.Flags().StringSliceVar(&names, "rule", nil, "a rule it holds back; may be repeated; all if none is named")
	asFlag(c, &as)
	return r.flags(c)
}

// heldRules says which rules a silence holds back.
func heldRules(s *wire.Silence) string {
	if len(s.Rules) == 0 {
		return "all rules"
	}
	return visible(strings.Join(s.Rules, ", "))
}

func newSilenceList(r *remote) *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the silences that are not over",
		Example: "  ifsev silence list",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			all, err := c.Silences(cmd.Context())
			if err != nil {
				return err
			}
			return r.print(wire.Page[wire.Silence]{Items: all}, func(w io.Writer) { showSilences(w, all) })
		}),
	}
	return r.flags(c)
}

func showSilences(w io.Writer, all []wire.Silence) {
	if len(all) == 0 {
		say(w, "Nothing is silenced.")
		return
	}
	rows := [][]string{{"SILENCE", "WHERE", "RULES", "UNTIL", "BY", "REASON"}}
	for i := range all {
		s := &all[i]
		name, by := s.ID, s.By
		if name == "" {
			name, by = fmt.Sprintf("%s:%d", s.File, s.Line), "its file"
		}
		rows = append(rows, []string{visible(name), visible(s.If), heldRules(s), clock(s.Until), visible(by), visible(s.Reason)})
	}
	table(w, rows)
}

func newSilenceEnd(r *remote) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:     "end SILENCE",
		Short:   "End a silence that was added",
		Example: "  ifsev silence end sil_0123",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			if err := c.EndSilence(cmd.Context(), args[0], r.me(as)); err != nil {
				return err
			}
			say(r.out, "%s has ended; what it held back goes on.", visible(args[0]))
			return nil
		}),
	}
	asFlag(c, &as)
	return r.address(c)
}
