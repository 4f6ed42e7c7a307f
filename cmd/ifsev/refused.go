package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/client"
)

// refused words what the API said of a body in the flags and arguments of the command.
func refused(cmd *cobra.Command, err error) error {
	var e *client.Error
	if !errors.As(err, &e) || len(e.Errors) == 0 {
		return err
	}
	return e.Named(func(pointer string) string { return argument(cmd, pointer) })
}

// flagsOf are the flags that are not called as what they put in a body.
var flagsOf = map[string]string{
	"severity": "sev", "tags": "tag", "subscribers": "subscriber", "fields": "field", "roles": "role", "by": "as", "add_tags": "add-tag",
	"remove_tags": "remove-tag", "add_responders": "add-responder", "remove_responders": "remove-responder",
	"add_subscribers": "add-subscriber", "add_children": "child", "add_related": "related", "rules": "rule",
}

// argument answers what puts in a body what a JSON pointer leads to: --sev, --field region, TITLE.
func argument(cmd *cobra.Command, pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	flag := parts[0]
	if other := flagsOf[flag]; other != "" {
		flag = other
	}
	switch word := strings.ToUpper(flag); {
	case cmd.Flags().Lookup(flag) != nil:
		if name := parts[len(parts)-1]; len(parts) > 1 && (flag == "field" || flag == "role") {
			return "--" + flag + " " + name
		}
		return "--" + flag
	case slices.Contains(strings.Fields(cmd.Use), word):
		return word
	case word == "IF":
		return "CONDITION"
	}
	return strings.Join(parts, ".")
}
