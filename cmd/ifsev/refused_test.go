package main

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/problem"
)

// What the API says of a body is said of the flags and arguments that made it.
func TestRefusalsNameFlags(t *testing.T) {
	t.Parallel()
	root := newRoot(system(), func() {})
	for _, c := range []struct {
		command, pointer, want string
	}{
		{"declare", "/title", "TITLE: is wrong"}, {"update", "/title", "--title: is wrong"}, {"declare", "/severity", "--sev: is wrong"},
		{"update", "/fields/region", "--field region: is wrong"}, {"update", "/roles/comms", "--role comms: is wrong"}, {"declare", "/tags/1", "--tag: is wrong"},
		{"update", "/add_tags/0", "--add-tag: is wrong"}, {"note", "/text", "TEXT: is wrong"}, {"ack", "/by", "--as: is wrong"}, {"ack", "/odd/one", "odd.one: is wrong"},
	} {
		cmd, _ := find(root, c.command)
		err := refused(cmd, &client.Error{Problem: *problem.New(422, c.pointer+": is wrong", problem.At{Pointer: c.pointer, Detail: "is wrong"})})
		if err.Error() != c.want {
			t.Errorf("%s of %s: %q, want %q", c.pointer, c.command, err, c.want)
		}
	}
	two := &client.Error{Problem: *problem.New(422, "2 things are wrong", problem.At{Pointer: "/title", Detail: "a"}, problem.At{Pointer: "/key", Detail: "b"})}
	if err := refused(must(find(root, "declare")), two); err.Error() != "2 things are wrong\n  TITLE: a\n  --key: b" {
		t.Errorf("%q", err)
	}
}

func must(c *cobra.Command, _ bool) *cobra.Command { return c }
