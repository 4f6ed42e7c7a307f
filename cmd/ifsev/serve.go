package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

const serveHelp = `Run the daemon: it takes incidents and alerts over HTTP, evaluates the rules, and performs what they say.

Flags win over the environment (IFSEV_CONFIG, IFSEV_LISTEN, IFSEV_STORE, IFSEV_DURABILITY, IFSEV_RULES, IFSEV_URL), which wins over the
configuration file. With nothing at all it listens on 127.0.0.1:8080 and keeps its data in ./ifsev-data.
Changed rules and configuration are taken over while it runs, all or nothing; SIGHUP asks for it.
SIGTERM or SIGINT stops it after what is in hand is finished; a second one stops it at once.`

// newServe makes the command of the daemon.
func newServe(w *world) *cobra.Command {
	var in daemon.Inputs
	var verbose bool
	var format string
	c := &cobra.Command{
		Use:     "serve",
		Short:   "Run the daemon",
		Long:    serveHelp,
		Example: "  ifsev serve --rules examples/rules\n  ifsev serve --config /etc/ifsev.yaml --store redis://redis:6379/0 --listen 0.0.0.0:8080",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format, []string{"auto", "text", "json"}); err != nil {
				return err
			}
			hangup := make(chan os.Signal, 1)
			signal.Notify(hangup, syscall.SIGHUP)
			defer signal.Stop(hangup)
			return w.serve(cmd, in, format, verbose, hangup)
		}),
	}
	w.configFlag(c, &in.Config, "configuration file")
	f := c.Flags()
	f.StringArrayVar(&in.Flags.Rules, "rules", nil, "a rule file or folder; may be repeated (default "+daemon.DefaultRules+", if it exists)")
	f.StringVar(&in.Flags.Durability, "durability", "", "what a write to Redis must be before it counts: local, replicated or disk (default local; replicated for Sentinel and cluster)")
	f.StringVar(&in.Flags.Store, "store", "", "where state is kept: file:DIR, redis://HOST:PORT/DB or memory: (default "+config.DefaultStore+")")
	f.StringVar(&in.Flags.Listen, "listen", "", "address to listen on; port 0 is any free one (default "+config.DefaultListen+")")
	f.StringVar(&in.Flags.URL, "url", "", "the address people use, for links in messages")
	f.StringVar(&format, "log", "auto", "how to log: text, json, or auto (text on a terminal)")
	f.BoolVar(&verbose, "verbose", false, "log more")
	return c
}

func (w *world) serve(cmd *cobra.Command, in daemon.Inputs, format string, verbose bool, hangup <-chan os.Signal) error {
	env := w.environment()
	in.Env = env.get
	terminal := format == "text" || format == "auto" && w.terminal(w.err)
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	v, commit := build()
	o := daemon.Options{
		Inputs: in, Version: v, Commit: commit, Out: w.out, Log: daemon.NewLog(w.err, terminal, level), Reload: hangup,
	}
	if terminal {
		o.Errors = w.err
	}
	o.Ready = func(string) {
		env.strangers(func(message string) { o.Log.Warn(message) })
		w.tellSystemd(cmd.Context(), o.Log, "READY=1")
	}
	defer context.AfterFunc(cmd.Context(), func() { w.tellSystemd(context.Background(), o.Log, "STOPPING=1") })()
	err := daemon.Run(cmd.Context(), o)
	var wrong strictyaml.Problems
	if errors.As(err, &wrong) {
		showProblems(w.err, wrong, "error", w.colour(w.err))
		say(w.err, "ifsev: not started: %s", plural(len(wrong), "mistake", "mistakes"))
		return errSaid
	}
	return err
}
