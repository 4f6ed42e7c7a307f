package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// ran runs one command line in this process, with nothing in the environment but what is given.
func ran(env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, diagnostics bytes.Buffer
	w := &world{
		in: strings.NewReader(""), out: &out, err: &diagnostics, now: time.Now,
		environ: func() []string {
			var pairs []string
			for name, v := range env {
				pairs = append(pairs, name+"="+v)
			}
			return pairs
		},
		env:      func(name string) string { return env[name] },
		lookup:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		terminal: func(io.Writer) bool { return false },
	}
	code = run(context.Background(), func() {}, w, args)
	return code, out.String(), diagnostics.String()
}

// A word that is no command is wrong usage at every place of the tree, also behind help.
func TestUnknownCommandsAreRefused(t *testing.T) {
	t.Parallel()
	groups := 0
	var visit func(c *cobra.Command, path []string)
	visit = func(c *cobra.Command, path []string) {
		if !c.HasSubCommands() {
			return
		}
		groups++
		for _, line := range [][]string{append(slices.Clone(path), "zzz"), append(append([]string{"help"}, path...), "zzz")} {
			code, out, said := ran(nil, line...)
			if code != exitUsage || out != "" || !strings.Contains(said, `unknown command "zzz"`) {
				t.Errorf("ifsev %s: exit code %d, %q, %q", strings.Join(line, " "), code, out, said)
			}
		}
		if code, out, said := ran(nil, path...); code != exitDone || !strings.Contains(out, "Usage:") || said != "" {
			t.Errorf("ifsev %s: exit code %d, %q, %q", strings.Join(path, " "), code, out, said)
		}
		for _, sub := range c.Commands() {
			visit(sub, append(slices.Clone(path), sub.Name()))
		}
	}
	visit(newRoot(system(), func() {}), nil)
	if groups < 6 {
		t.Errorf("only %d commands have commands", groups)
	}
}

func TestUnknownCommandsNameTheNearest(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"shwo": "did you mean show?", "store bakup": "did you mean backup?", "import opsgenie x": "it has events", "help lsit": "did you mean list?",
		"silence ad": "did you mean add?", "help deliveries lsit": "did you mean list?", "completion bsh": "did you mean bash?",
	} {
		if code, _, said := ran(nil, strings.Fields(line)...); code != exitUsage || !strings.Contains(said, want) {
			t.Errorf("ifsev %s: exit code %d, %q", line, code, said)
		}
	}
}
