package e2e

import (
	"os"
	"testing"

	"github.com/ifsev/ifsev/e2e/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m, "../cmd/ifsev")) }

// daemon is ifsev as a process with its own configuration.
type daemon struct{ *stage.Daemon }

// newDaemon starts one; store is a --store URL, or empty for one of its own on disk.
func newDaemon(t *testing.T, store, config, rules string, env ...string) *daemon {
	t.Helper()
	return &daemon{stage.NewDaemon(t, stage.Setup{Store: store, Config: config, Rules: rules, Env: env})}
}
