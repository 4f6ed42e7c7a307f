// Command ifsev carries out a company's incident process: `ifsev serve` is the daemon, and the other commands check
// rules and speak to a running one. This package parses and prints; what it calls lives elsewhere.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones come along: an image and Windows have none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	release := func() { signal.Reset(syscall.SIGINT, syscall.SIGTERM) }
	context.AfterFunc(ctx, release) // the second one ends the process at once, whatever the command makes of the first
	code := run(ctx, release, system(), os.Args[1:])
	stop()
	os.Exit(code)
}
