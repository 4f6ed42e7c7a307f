package ruletest

import (
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// File is a test file that has been opened: it says what it is about, and its tests are not read yet.
type File struct {
	// Name is what reports call it.
	Name string
	// Rules are the rule files and folders it names, relative to its own folder; none means those beside it.
	Rules []Path
	// Config is the configuration it names, relative to its own folder; its Text is empty where it names none.
	Config Path
	// Tests counts its tests.
	Tests int
	tests strictyaml.Node
	uses  string
}

// Path is a path as it stands in a file, with its place for problems.
type Path struct {
	Text string
	Node strictyaml.Node
}

// fileKeys are the top-level keys of a test file.
func fileKeys() []key {
	return []key{
		{"rules", "The rule files or folders the tests are about, relative to this file. Without it: NAME.yaml for NAME_test.yaml, and where there is none all rules of the folder."},
		{"config", "The configuration the tests run with, relative to this file; without it that of the command."},
		{"use", "Packs the tests are about, as a rule file uses them: {pack, with} each, under a name."},
		{"tests", "The tests, by name."},
	}
}

// Open reads the head of a test file.
func Open(name string, text []byte) (*File, strictyaml.Problems) {
	parsed, problems := strictyaml.Parse(name, text)
	f := &File{Name: name}
	if len(problems) > 0 {
		return f, problems
	}
	o := parsed.Root().Object(&problems)
	if n := o.Take("config"); n.Exists() {
		f.Config.Text, _ = n.Text(&problems)
		f.Config.Node = n
	}
	f.Rules = paths(o.Take("rules"), &problems)
	f.tests = o.Take("tests")
	if o.Take("use").Exists() {
		f.uses = usesAlone(o, string(text), &problems)
	}
	f.Tests = len(f.tests.Pairs())
	o.Done("a test file")
	if len(problems) == 0 && f.Tests == 0 {
		problems.Add(parsed.Problem(1, 1, 1, "there are no tests in this file", "write them below tests:, each under its name"))
	}
	problems.Sort()
	return f, problems
}

func paths(n strictyaml.Node, problems *strictyaml.Problems) []Path {
	items := n.Items()
	if n.Kind() == strictyaml.Scalar {
		items = []strictyaml.Node{n}
	} else if n.Exists() && n.Kind() != strictyaml.List {
		problems.Add(n.Problem("`rules` names the rule files the tests are about", "write rules: [NAME.yaml]; the rules themselves stand in a file of their own"))
	}
	var list []Path
	for _, item := range items {
		if text, ok := item.Text(problems); ok {
			list = append(list, Path{text, item})
		}
	}
	return list
}
