package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/wire"
)

const doctorHelp = `Ask a daemon how it is: its store and what that promises, replicas, rules, sources, destinations, deadlines, what
must always be true of the store, a synthetic event's way, clocks, backups, and the heartbeat. One line each says ok,
warn or fail, and what to do next.

Where no daemon answers, this says so, and looks whether one could start here: configuration, rules and store. Nothing
is changed. The exit code is 1 if something fails. It needs a token with the scope admin, where there are tokens.`

func newDoctor(r *remote) *cobra.Command {
	var in daemon.Inputs
	c := &cobra.Command{
		Use:     "doctor",
		Short:   "Say how the daemon is, and what to do about what is wrong",
		Long:    doctorHelp,
		Example: "  ifsev doctor\n  ifsev doctor --server http://ifsev.example.com:8080 -o json",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			d, err := c.Doctor(cmd.Context())
			var refused *client.Error
			if err != nil {
				if cmd.Context().Err() != nil || errors.As(err, &refused) {
					return err
				}
				in.Env = r.lookup
				v, _ := build()
				d = daemon.Diagnose(cmd.Context(), in, v, err, r.now)
			}
			if err := r.print(d, func(w io.Writer) { r.showDoctor(w, &d) }); err != nil {
				return err
			}
			if !d.OK {
				return errSaid
			}
			return nil
		}),
	}
	r.configFlag(c, &in.Config, "configuration file to look at where no daemon answers")
	return r.flags(c)
}

func (r *remote) showDoctor(w io.Writer, d *wire.Doctor) {
	rows := [][]string{}
	for _, l := range d.Lines {
		rows = append(rows, []string{l.Status, visible(l.About), visible(l.Text)})
		if l.Next != "" {
			rows = append(rows, []string{"", "", "→ " + visible(l.Next)})
		}
	}
	table(w, rows)
}
