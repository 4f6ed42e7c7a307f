package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// shown finds what a page says to type: in blocks of sh and in backticks.
var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	inline     = regexp.MustCompile("`((?:go run \\./cmd/)?ifsev [^`\n]+)`")
	typed      = regexp.MustCompile(`(?m)(?:^|[;&|(] *|until |go run )(?:[^\s]*/)?ifsev ([^#|>&;\n]+)`)
	flagName   = regexp.MustCompile(`(?:^|[\s\[])--?([a-z][a-z-]*)`)
)

// Every command and every flag the documentation shows is there.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	runbooks, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, runbooks...)
	root := newRoot(system(), func() {})
	n := 0
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandsIn(string(text)) {
			n++
			for _, wrong := range mistakesIn(root, line) {
				t.Errorf("%s shows `ifsev %s`: %s", page, line, wrong)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d commands were found", n)
	}
}

// commandsIn answers what stands behind ifsev in everything a page says to type.
func commandsIn(text string) []string {
	var commands []string
	take := func(script string) {
		for _, m := range typed.FindAllStringSubmatch(strings.ReplaceAll(script, "\\\n", " "), -1) {
			commands = append(commands, strings.TrimSpace(m[1]))
		}
	}
	for _, m := range shellBlock.FindAllStringSubmatch(text, -1) {
		take(m[1])
	}
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		take(m[1])
	}
	return commands
}

func TestCommandsIn(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][]string{
		"ifsev list\ngo run ./cmd/ifsev show INC-1\nbin/ifsev check x": {"list", "show INC-1", "check x"},
		"until ifsev list; do sleep 1; done":                           {"list"},
		"helm install ifsev ./helm/ifsev --values values.yaml":         nil, // the chart
		"docker run -v d:/var/lib/ifsev \\\n  -v x:y ifsev":            nil, // a folder
		"install -m 755 ifsev /usr/bin/ifsev":                          nil, // a file
	} {
		if got := commandsIn("```sh\n" + script + "\n```"); !slices.Equal(got, want) {
			t.Errorf("%q: %q", script, got)
		}
	}
}

// mistakesIn says what of a command line is not there. Several commands with commas between are each looked up, as in
// `ifsev declare, list, show`.
func mistakesIn(root *cobra.Command, line string) []string {
	words := strings.Fields(line)
	var wrong []string
	for len(words) > 1 && strings.HasSuffix(words[0], ",") {
		if _, ok := find(root, strings.TrimSuffix(words[0], ",")); !ok {
			wrong = append(wrong, "there is no command "+words[0])
		}
		words = words[1:]
	}
	cmd := root
	for _, w := range words {
		next, ok := find(cmd, strings.TrimSuffix(w, ","))
		if ok && !strings.HasSuffix(w, ",") {
			cmd = next
		}
		if !ok {
			break
		}
	}
	if cmd == root {
		return append(wrong, "there is no such command")
	}
	for _, m := range flagName.FindAllStringSubmatch(strings.Join(words, " "), -1) {
		f := cmd.Flags()
		if m[1] != "help" && f.Lookup(m[1]) == nil && (len(m[1]) > 1 || f.ShorthandLookup(m[1]) == nil) {
			wrong = append(wrong, cmd.CommandPath()+" has no flag --"+m[1])
		}
	}
	return wrong
}

func find(parent *cobra.Command, name string) (*cobra.Command, bool) {
	i := slices.IndexFunc(parent.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
	if i < 0 {
		return nil, false
	}
	return parent.Commands()[i], true
}

func TestMistakesInCommands(t *testing.T) {
	t.Parallel()
	root := newRoot(system(), func() {})
	for line, wrong := range map[string]int{
		"show INC-1": 0, "show INC-1 --verify": 0, "list -o json": 0, "deliveries retry --dead --rule x": 0, "declare, list, show": 0,
		"shwo INC-1": 1, "show INC-1 --verfy": 1, "deliveries list --old": 1, "declare, lits, show": 1, "show -x": 1,
	} {
		if got := mistakesIn(root, line); len(got) != wrong {
			t.Errorf("%q: %v", line, got)
		}
	}
}
