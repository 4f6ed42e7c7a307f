// Command reference writes the generated parts of the documentation: between <!-- generated:NAME --> and <!-- end -->
// of every page of a folder goes what the code says of itself, and the JSON Schemas go into its folder schema. Where the
// schema of the chart's values is named too, that of the configuration goes into it. It is run by `go generate ./...`.
//
//	actions.Catalogue, rules.InsideActions ─► actions.go ─┐
//	rules.Reference                        ─► words.go   ─┤
//	config.Schema                          ─► config.go  ─┼─► sections.go ─► pages.go ─► docs/*.md
//	the engine's registry                  ─► metrics.go ─┤
//	/api/openapi.json                      ─► endpoints.go┤
//	mixin.Alerts                           ─► alerts.go  ─┘      └► docs/runbooks/*.md
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 && len(args) != 2 {
		return fmt.Errorf("name the folder of the pages, such as docs, and the schema of the chart's values if that is to be written too")
	}
	made, err := sections()
	if err != nil {
		return err
	}
	if err := writeSchemas(filepath.Join(args[0], "schema"), schemas()); err != nil {
		return err
	}
	if len(args) == 2 {
		if err := updateChart(args[1]); err != nil {
			return err
		}
	}
	if err := updateRunbooks(filepath.Join(args[0], "runbooks")); err != nil {
		return err
	}
	return update(args[0], made)
}
