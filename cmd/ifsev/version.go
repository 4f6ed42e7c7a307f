package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the linker in releases: -X main.version=1.2.3 -X main.commit=abc.
var version, commit string

// build answers version and commit: the linker's, or those the Go command noted.
func build() (v, c string) {
	v, c = version, commit
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return first(v, "unknown"), first(c, "unknown")
	}
	if main := info.Main.Version; v == "" && main != "" && main != "(devel)" {
		v = main
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && c == "":
			c = s.Value
		case s.Key == "vcs.modified" && s.Value == "true" && commit == "":
			dirty = "+changed"
		}
	}
	return first(v, "development"), first(c, "unknown") + dirty
}

func newVersion(w *world) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit and Go version",
		Example: "  ifsev version",
		Args:    cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			v, c := build()
			say(w.out, "ifsev %s\ncommit %s\n%s %s/%s", v, c, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		}),
	}
}
