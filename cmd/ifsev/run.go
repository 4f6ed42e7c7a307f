package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitDone  = 0
	exitWrong = 1 // the thing asked about is wrong, or could not be done
	exitUsage = 2
)

// world is what a command sees of the machine it runs on.
type world struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	lookup   func(string) (string, bool)
	environ  func() []string
	now      func() time.Time
	// terminal reports whether a writer is a terminal.
	terminal func(io.Writer) bool
}

func system() *world {
	return &world{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, lookup: os.LookupEnv, environ: os.Environ, now: time.Now, terminal: isTerminal}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// colour reports whether a writer is to be given colours.
func (w *world) colour(out io.Writer) bool {
	return w.env("NO_COLOR") == "" && w.env("TERM") != "dumb" && w.terminal(out)
}

// errSaid ends a command with exit code 1 after it has said itself what is wrong.
var errSaid = errors.New("said already")

// failure is an error of what was asked for, as opposed to how: exit code 1.
type failure struct{ error }

// Unwrap answers the error itself.
func (f failure) Unwrap() error { return f.error }

// run runs one command and answers its exit code. release gives signals back to the system.
func run(ctx context.Context, release func(), w *world, args []string) int {
	root := newRoot(w, release)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var failed failure
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSaid):
		return exitWrong
	case errors.As(err, &failed):
		_, _ = fmt.Fprintf(w.err, "ifsev: %v\n", failed.error) // nowhere else to say it
		return exitWrong
	}
	_, _ = fmt.Fprintf(w.err, "ifsev: %v\nSee `%s --help`.\n", err, cmd.CommandPath())
	return exitUsage
}

// usage is an error in how a command was called, found after its flags were read: exit code 2.
type usage struct{ error }

func usagef(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// does makes a command's function: whatever it returns is a failure, unless it says that it was called wrongly.
func does(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		var wrong usage
		if err == nil || errors.As(err, &wrong) || errors.Is(err, errSaid) {
			return err
		}
		return failure{refused(cmd, err)}
	}
}
