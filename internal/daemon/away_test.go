package daemon

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/state"
)

const guarded = "listen: 127.0.0.1:1\nauth: {tokens: [{name: ops, token: \"${env:ADMIN}\", scopes: [admin]}]}\n"

// Files that nobody named are found where they lie. While they are away nothing of what they said is: neither the tokens
// nor the rules; and when they are back, so are their changes.
func TestWhatIsAwayTakesNothingWithIt(t *testing.T) { //nolint:paralleltest // it stands in a folder of its own
	t.Chdir(lay(t, map[string]string{"ifsev.yaml": guarded, "rules/a.yaml": tagging("a")}))
	p := start(t, Inputs{Flags: config.Overrides{Store: "memory:"}, Env: func(name string) (string, bool) {
		return map[string]string{"ADMIN": "hunter2-hunter2"}[name], name == "ADMIN"
	}})
	p.knows(t, "hunter2-hunter2", http.StatusOK)

	for _, c := range []struct{ name, becomes string }{{"ifsev.yaml", ""}, {"rules", "rules"}} {
		rename(t, c.name, "away")
		p.hangup <- os.Interrupt // what it is called does not matter
		p.fails(t)
		p.knows(t, "none", http.StatusUnauthorized)
		p.knows(t, "hunter2-hunter2", http.StatusOK)
		rename(t, "away", c.name)
		eventually(t, "the reload once "+c.name+" is back", func() bool { return strings.Contains(p.metrics(t), "last_reload_successful 1") })
		if !strings.Contains(p.metrics(t), "ifsev_rules_loaded 1") {
			t.Errorf("%s came back, and the rule did not", c.name)
		}
	}

	// One that was emptied does not unlock the door either, nor does one that says it in passing.
	for _, text := range []string{"", "auth:\n", "severities: {1: {name: CRIT}}\n"} {
		write(t, "ifsev.yaml", text)
		p.fails(t)
		p.knows(t, "none", http.StatusUnauthorized)
		write(t, "ifsev.yaml", guarded)
		eventually(t, "the reload of a right file", func() bool { return strings.Contains(p.metrics(t), "last_reload_successful 1") })
	}
	write(t, "ifsev.yaml", "auth: none\n")
	p.knows(t, "none", http.StatusOK)
}

// fails waits until a reload was refused.
func (p *process) fails(t *testing.T) {
	t.Helper()
	eventually(t, "the refused reload", func() bool { return strings.Contains(p.metrics(t), "last_reload_successful 0") })
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// A store that does not answer says nothing of the files: what was asked for is asked for again.
func TestAReloadWithoutTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		later  bool
	}{
		"the store is away": {fmt.Errorf("rules: %w: i/o timeout", state.ErrUnavailable), http.StatusServiceUnavailable, true},
		"the store is full": {fmt.Errorf("rules: %w", state.ErrFull), http.StatusServiceUnavailable, true},
		"the files":         {strictyaml.Problems{{File: "a.yaml", Message: "no"}}, http.StatusUnprocessableEntity, false},
		"the configuration": {errors.New("no tokens"), http.StatusUnprocessableEntity, false},
	} {
		var p *problem.Problem
		if !errors.As(refused(c.err), &p) || p.Status != c.status || p.RetryAfter > 0 != c.later || !strings.Contains(p.Detail, "the rules in use stay") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
