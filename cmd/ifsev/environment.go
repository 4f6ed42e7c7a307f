package main

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/nearest"
)

// variables are those of the environment that mean something to one command or another.
func variables() []string {
	return []string{
		"IFSEV_AS", "IFSEV_CONFIG", "IFSEV_DURABILITY", "IFSEV_LISTEN", "IFSEV_RULES", "IFSEV_SERVER", "IFSEV_STORE", "IFSEV_TOKEN", "IFSEV_URL",
	}
}

// fromKubernetes matches what Kubernetes sets in every pod beside a service called ifsev, or ifsev-something.
var fromKubernetes = regexp.MustCompile(`^IFSEV_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// configFlag adds the flag that names the configuration; IFSEV_CONFIG stands for it where it is not given.
func (w *world) configFlag(c *cobra.Command, file *string, usage string) {
	c.Flags().StringVar(file, "config", w.env("IFSEV_CONFIG"), usage+" (default IFSEV_CONFIG, or "+config.DefaultFile+" if it exists)")
}

// environment remembers which variables were asked for: a configuration may name any as ${env:NAME}.
type environment struct {
	*world
	mu    sync.Mutex
	asked map[string]bool
}

func (w *world) environment() *environment { return &environment{world: w, asked: map[string]bool{}} }

func (e *environment) get(name string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked[name] = true
	return e.lookup(name)
}

// strangers says of each IFSEV_ variable that nobody knows or has asked for that it means nothing.
func (e *environment) strangers(tell func(message string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, pair := range slices.Sorted(slices.Values(e.environ())) {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "IFSEV_") || slices.Contains(variables(), name) || e.asked[name] || fromKubernetes.MatchString(name) {
			continue
		}
		message := "the environment variable " + name + " means nothing to ifsev"
		if near, ok := nearest.Word(name, variables()); ok {
			message += ": did you mean " + near + "?"
		}
		tell(message)
	}
}
