package main

import (
	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
)

const about = `ifsev: if SEV, then …

Declare incidents, or let your monitoring do it; rules in YAML say what follows, at the change or at the
exact instant time makes them true; ifsev does it, and can say why.`

func newRoot(w *world, release func()) *cobra.Command {
	root := group(&cobra.Command{
		Use:           "ifsev",
		Short:         "if SEV, then …: carries out your incident process",
		Long:          about,
		Example:       "  ifsev serve --rules examples/rules\n  ifsev declare \"Checkout is down\" --sev 1 --tag database\n  ifsev show INC-1",
		SilenceErrors: true,
		SilenceUsage:  true,
	})
	root.SetIn(w.in)
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.AddGroup(
		&cobra.Group{ID: "daemon", Title: "The daemon and its rules:"},
		&cobra.Group{ID: "incidents", Title: "Incidents, through a running daemon:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	r := &remote{world: w}
	add("daemon", newServe(w))
	add("daemon", endable(release, newCheck(w), newTest(w), newFmt(w), newGraph(w), newBacktest(r), newSchema(w))...)
	add("daemon", newLSP(w), newToken(w))
	add("incidents", newDeclare(r), newList(r), newShow(r), newUpdate(r), newAck(r), newNote(r), newTask(r),
		newStatus(r, "mitigate", "Say that customers no longer suffer"), newStatus(r, "close", "Close an incident"),
		newStatus(r, "reopen", "Open an incident again"), newExplain(r), newPlan(r), newSilence(r), newDeliveries(r), newExport(r), newImport(w))
	add("daemon", newStore(w), newDoctor(r))
	root.AddCommand(newVersion(w))
	helpers(root)
	return root
}

// endable gives signals back to the system while commands run that do nothing but reckon and print: they have nothing
// to bring to an end, so the first one ends them, whatever they are at.
func endable(release func(), commands ...*cobra.Command) []*cobra.Command {
	for _, c := range commands {
		c.PreRun = func(*cobra.Command, []string) { release() }
	}
	return commands
}

// remote is what the commands that speak to a daemon have in common.
type remote struct {
	*world
	server, token, output string
}

const defaultServer = "http://127.0.0.1:8080"

// flags adds the flags of a command that speaks to a daemon.
func (r *remote) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVarP(&r.output, "output", "o", formatTable, "what to print: table, json or yaml")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats(), cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	c.PreRunE = func(*cobra.Command, []string) error { return checkFormat(r.output, formats()) }
	return r.address(c)
}

// address adds the flags that say which daemon is meant.
func (r *remote) address(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&r.server, "server", "", "address of the daemon (default IFSEV_SERVER, or "+defaultServer+")")
	c.Flags().StringVar(&r.token, "token", "", "token to show it (default IFSEV_TOKEN)")
	return c
}

// connect makes the client the flags and the environment ask for.
func (r *remote) connect() (*client.Client, error) {
	server := first(r.server, r.env("IFSEV_SERVER"), defaultServer)
	c, err := client.New(server, first(r.token, r.env("IFSEV_TOKEN")))
	if err != nil {
		return nil, usage{err}
	}
	return c, nil
}

// me is who acts where --as does not say: the person at the terminal.
func (r *remote) me(as string) string {
	return first(as, r.env("IFSEV_AS"), r.env("USER"), r.env("LOGNAME"))
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
