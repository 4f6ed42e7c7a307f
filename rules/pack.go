package rules

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// A pack is a rule file with inputs. Its rules do nothing by themselves; a file that uses it gives values to the inputs
// and gets rules of its own, NAME.RULE each. Values are put in where they are asked for: as constants in expressions,
// as values in the place of "${inputs.NAME}". They are never read as text of either.

// MaxUses bounds the uses of packs in a rule set.
const MaxUses = 1000

// Use says where a rule of a pack is used.
type Use struct {
	// Name is what comes before the dot in the names of the rules.
	Name string
	// File and Line are of the use; those of the rule are of the pack.
	File string
	Line int
}

// pack is one pack file.
type pack struct {
	name string
	key  strictyaml.Node // the value of `pack`
	size int             // in bytes
	// inputs are in the order of the file.
	inputs  []*packInput
	defines map[string]*definition
	rules   strictyaml.Node
	// broken ones have been reported; their uses are looked at no further.
	broken bool
}

func (p *pack) input(name string) *packInput {
	i := slices.IndexFunc(p.inputs, func(in *packInput) bool { return in.name == name })
	if i < 0 {
		return nil
	}
	return p.inputs[i]
}

func (p *pack) inputNames() []string {
	names := make([]string, len(p.inputs))
	for i, in := range p.inputs {
		names[i] = in.name
	}
	return names
}

// packKeys are the top-level keys of a pack.
func packKeys() []key {
	return []key{
		{"pack", "Makes the file a pack of this name: its rules do nothing until another file uses them."},
		{"description", "What the pack is for."},
		{"inputs", "What the pack wants to be given, by name: {type, default, description} each."},
		{"define", "Named conditions of the pack; they may ask for inputs, and are known in its rules alone."},
		{"rules", "The rules, by name. Expressions know inputs.NAME; keys and arguments take \"${inputs.NAME}\"."},
	}
}

func packKeyHints() map[string]string {
	own := "leave it out: a pack has the %s of the file that uses it"
	return map[string]string{
		"use": "a pack cannot use another: use both in a file of rules", "timezone": strings.Replace(own, "%s", "time zone", 1), "calendars": strings.Replace(own, "%s", "calendars", 1),
		"silences": "silences stand in files of rules", "parameters": "write inputs", "params": "write inputs", "variables": "write inputs", "vars": "write inputs", "with": "write inputs; the file that uses the pack says with",
		"name": "write pack", "defines": "write define", "rule": "write rules",
	}
}

// useKeys are the keys of a use.
func useKeys() []key {
	return []key{
		{"pack", "The file of the pack; the path begins at the folder of this file."},
		{"with", "The values of its inputs, by name."},
	}
}

func useKeyHints() map[string]string {
	return map[string]string{
		"inputs": "write with", "values": "write with", "args": "write with", "vars": "write with", "file": "write pack", "path": "write pack", "from": "write pack", "uses": "write pack",
	}
}

// packFile is what a pack is called among the sources: the path stands as seen from the folder of the file that uses it.
func packFile(user, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(user), path)
}

// PackFiles lists the files of the packs that a rule file uses, as they must be called among the sources of Load. What
// is wrong with them Load says.
func PackFiles(f Source) []string {
	if !strings.HasPrefix(f.Text, "use:") && !strings.Contains(f.Text, "\nuse:") && !strings.Contains(f.Text, "{") {
		return nil // most files use none, and need not be read twice
	}
	file, _ := strictyaml.Parse(f.Name, []byte(f.Text))
	root := file.Root().Object(&strictyaml.Problems{})
	if root.Take("pack").Exists() {
		return nil // a pack uses none
	}
	var files []string
	for _, p := range root.Take("use").Pairs() {
		if path := p.Value.Object(&strictyaml.Problems{}).Take("pack").Raw(); path != "" && !slices.Contains(files, packFile(f.Name, path)) {
			files = append(files, packFile(f.Name, path))
		}
	}
	return files
}
