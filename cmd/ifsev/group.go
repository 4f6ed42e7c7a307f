package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// group makes a command of commands: alone it shows its help, and a word that is none of them is wrong usage. (Left to
// itself, cobra shows the help for such a word too, and a script goes on as if all were done.)
func group(c *cobra.Command, children ...*cobra.Command) *cobra.Command {
	c.AddCommand(children...)
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(c, args[0])
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.DisableFlagsInUseLine = true
	return c
}

func unknownCommand(parent *cobra.Command, word string) error {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := ""
	if near, ok := strictyaml.Nearest(word, names); ok {
		hint = ": did you mean " + near + "?"
	} else if parent.HasParent() { // all of them are too many for a line
		hint = ": it has " + strings.Join(names, ", ")
	}
	return fmt.Errorf("unknown command %q for %q%s", word, parent.CommandPath(), hint)
}

// helpers makes the commands that cobra brings along as strict as the others.
func helpers(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  ifsev help declare"
			c.Args = helpTopic
		case "completion":
			c.Example = "  ifsev completion bash > /etc/bash_completion.d/ifsev"
			for _, shell := range c.Commands() {
				shell.Example = "  ifsev completion " + shell.Name()
			}
			group(c)
		}
	}
}

func helpTopic(help *cobra.Command, args []string) error {
	parent, rest, err := help.Root().Find(args)
	switch {
	case err != nil && len(args) > 0:
		return unknownCommand(help.Root(), args[0])
	case len(rest) > 0:
		return unknownCommand(parent, rest[0])
	}
	return nil
}
