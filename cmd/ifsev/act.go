package main

import (
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/wire"
)

// act makes a change of one incident under /incidents/{id}/what.
func (r *remote) act(cmd *cobra.Command, id, what, as string, body client.Body) error {
	if me := r.me(as); me != "" {
		body["by"] = me
	}
	return r.changed(func(c *client.Client) (wire.Incident, error) { return c.Do(cmd.Context(), id, what, body) })
}

func newAck(r *remote) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:     "ack INCIDENT",
		Short:   "Say that you work on it",
		Example: "  ifsev ack INC-1\n  ifsev ack 1 --as alice",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return r.act(cmd, args[0], "ack", as, client.Body{})
		}),
	}
	asFlag(c, &as)
	return r.flags(c)
}

func newNote(r *remote) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:     "note INCIDENT TEXT",
		Short:   "Add a note to the timeline",
		Example: "  ifsev note INC-1 \"Failing over to the replica\"",
		Args:    cobra.ExactArgs(2),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if err := written("TEXT", args[1]); err != nil {
				return err
			}
			return r.act(cmd, args[0], "notes", as, client.Body{"text": args[1]})
		}),
	}
	asFlag(c, &as)
	return r.flags(c)
}

func newTask(r *remote) *cobra.Command {
	var as, assignee string
	var done bool
	c := &cobra.Command{
		Use:     "task INCIDENT TEXT",
		Short:   "Add a follow-up task, or mark one as done",
		Example: "  ifsev task INC-1 \"Alert on replication lag\" --assignee bob\n  ifsev task INC-1 T1 --done",
		Args:    cobra.ExactArgs(2),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if err := written("TEXT", args[1]); err != nil {
				return err
			}
			body := client.Body{"text": args[1]}
			if done {
				body = client.Body{"done": args[1]}
			}
			if assignee != "" {
				body["assignee"] = assignee
			}
			return r.act(cmd, args[0], "tasks", as, body)
		}),
	}
	c.Flags().StringVar(&assignee, "assignee", "", "who is to do it")
	c.Flags().BoolVar(&done, "done", false, "TEXT is the ID of a task that is done")
	asFlag(c, &as)
	return r.flags(c)
}

// newStatus makes one of the commands that change the status.
func newStatus(r *remote, what, short string) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:     what + " INCIDENT",
		Short:   short,
		Example: "  ifsev " + what + " INC-1 --reason \"rolled back\"",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			body := client.Body{}
			if reason != "" {
				body["reason"] = reason
			}
			return r.act(cmd, args[0], what, as, body)
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "why; it is told in the timeline")
	asFlag(c, &as)
	return r.flags(c)
}
