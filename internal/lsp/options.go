package lsp

import (
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
)

// Options are what the server is told of the world it works in.
type Options struct {
	Version string
	// Config is the configuration file; empty means the ifsev.yaml in the folder of a file or above it.
	Config string
	// Surroundings reads a configuration file, or those without one where file is empty. Read stands for the disk.
	Surroundings func(file string, read func(path string) ([]byte, error)) Surroundings
	// RuleFiles reads the rule files at paths: files, and folders with all below them. What could be read is answered
	// beside the error.
	RuleFiles func(paths []string) ([]rules.Source, error)
	// TestSchema is the JSON Schema of rule tests.
	TestSchema []byte
}

// Surroundings are what rule files are checked against.
type Surroundings struct {
	World rules.World
	// Rules are the files and folders the configuration names, as it writes them.
	Rules []string
	// Known is false where the configuration is so wrong that nothing of it is in the World.
	Known            bool
	Errors, Warnings strictyaml.Problems
}
