package docs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
	"github.com/ifsev/ifsev/triggers"
)

// Every block of YAML is what it looks like: rules load, a configuration loads, steps are steps of a rule, and anything
// else is at least YAML read strictly. The world of the rules is the example that configuration.md begins with.
func TestYAMLBlocks(t *testing.T) {
	t.Parallel()
	world := exampleWorld(t)
	kinds := map[string]int{}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang != "yaml" {
				continue
			}
			kind, problems := checkYAML(p.where(b), b.text, world)
			kinds[kind]++
			if len(problems) > 0 {
				t.Errorf("%s is no good %s:\n%s", p.where(b), kind, problems.Text())
			}
		}
	}
	for _, kind := range []string{"rule file", "use of packs", "configuration", "list of steps", "YAML"} {
		if kinds[kind] == 0 {
			t.Errorf("no block is a %s: is it still told apart? %v", kind, kinds)
		}
	}
}

func TestJSONBlocks(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang == "json" && !strings.Contains(b.text, "…") && !json.Valid([]byte(b.text)) {
				t.Errorf("%s is no JSON", p.where(b))
			}
		}
	}
}

// checkYAML says what a block is and what is wrong with it.
func checkYAML(where, text string, world rules.World) (kind string, problems strictyaml.Problems) {
	file, wrong := strictyaml.Parse(where, []byte(text))
	if len(wrong) > 0 {
		return "YAML", wrong
	}
	root := file.Root()
	if root.Kind() == strictyaml.List {
		return "list of steps", checkRules(where, stepsAsRule(text), world)
	}
	var keys []string
	ruleFile := false
	for _, p := range root.Pairs() {
		keys = append(keys, p.Key.Raw())
		ruleFile = ruleFile || p.Key.Raw() == "rules" && p.Value.Kind() == strictyaml.Map
	}
	switch {
	case slices.Contains(keys, "use") && !slices.Contains(keys, "tests"):
		return "use of packs", checkUses(where, text, world)
	case ruleFile:
		return "rule file", checkRules(where, text, world)
	case !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(configKeys(), k) }):
		_, problems := readConfig(where, text)
		return "configuration", problems
	}
	return "YAML", nil
}

// stepsAsRule puts steps in a rule that knows an event, and steps with answers before them.
func stepsAsRule(text string) string {
	return "rules:\n  example:\n    when: action_failed\n    then:\n      - id: first\n        slack.post: {channel: C1, text: first}\n" +
		"      " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n      ") + "\n"
}

func checkRules(where, text string, world rules.World) strictyaml.Problems {
	_, problems, warnings := rules.Load([]rules.Source{{Name: where, Text: text}}, world)
	return append(problems, warnings...)
}

// checkUses checks a block that uses packs of the project.
func checkUses(where, text string, world rules.World) strictyaml.Problems {
	block := rules.Source{Name: where, Text: text}
	sources := []rules.Source{block}
	for _, name := range rules.PackFiles(block) {
		pack, err := os.ReadFile(filepath.Join("../examples/packs", filepath.Base(name)))
		if err != nil {
			return strictyaml.Problems{{File: where, Message: err.Error()}}
		}
		sources = append(sources, rules.Source{Name: name, Text: string(pack)})
	}
	_, problems, warnings := rules.Load(sources, world)
	return append(problems, warnings...)
}

// configKeys are the keys of a configuration, as its schema has them.
func configKeys() []string {
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		panic(err)
	}
	var keys []string
	for k := range schema.Properties {
		keys = append(keys, k)
	}
	return keys
}

// readConfig reads a configuration with its expressions; every secret it asks for is there.
func readConfig(where, text string) (*config.Config, strictyaml.Problems) {
	secret := func(name string) (string, bool) {
		if strings.HasSuffix(name, "_URL") {
			return "https://placeholder.invalid/x", true
		}
		return base64.StdEncoding.EncodeToString([]byte("placeholder")), true
	}
	files := func(name string) ([]byte, error) {
		if strings.HasSuffix(name, ".pem") {
			return []byte(config.Placeholder), nil
		}
		return []byte("cGxhY2Vob2xkZXI="), nil
	}
	c, problems := config.Parse(where, []byte(text), secret, files)
	if c == nil {
		return nil, problems
	}
	_, problems = c.Triggers(compile)
	return c, problems
}

// compile compiles an expression of a source as the daemon does.
func compile(_, use string, e config.Expression) (triggers.Expression, strictyaml.Problems) {
	read := rules.CompileMapping
	if use == "declares" {
		read = rules.CompileDeclares
	}
	m, err := read(e.Text)
	var at *lang.Error
	switch {
	case err == nil:
		return m, nil
	case errors.As(err, &at):
		return nil, strictyaml.Problems{e.Node.ProblemAt(at.Offset, at.Length, at.Message, at.Hint)}
	}
	return nil, strictyaml.Problems{e.Node.Problem(err.Error(), "")}
}

// exampleWorld is the world of the first block of configuration.md.
func exampleWorld(t *testing.T) rules.World {
	t.Helper()
	p := readPage(t, "configuration.md")
	for _, b := range p.blocks {
		if b.lang != "yaml" {
			continue
		}
		c, problems := readConfig(p.where(b), b.text)
		if len(problems) > 0 {
			t.Fatalf("%s", problems.Text())
		}
		return rules.World{
			Actions: actions.Catalogue(), Connections: c.ConnectionNames(), Directory: c.Directory, Severities: c.Severities,
			Fields: c.Fields, Zone: c.Zone, URL: c.URL,
		}
	}
	t.Fatal("configuration.md has no block of YAML")
	return rules.World{}
}

// Every key of the configuration is told of, and configuration.md has an example that uses it.
func TestEveryKeyOfTheConfigurationIsTold(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := os.ReadFile("sources.md")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	names := properties(schema)
	if len(names) < 50 {
		t.Errorf("only %d keys were found: %v", len(names), names)
	}
	for _, name := range names {
		if !strings.Contains(string(text)+string(sources), "`"+name) && !strings.Contains(string(text)+string(sources), name+":") {
			t.Errorf("the key %s is told of neither in configuration.md nor in sources.md", name)
		}
	}
}

// properties are the names of all keys in a schema.
func properties(schema any) []string {
	var names []string
	switch v := schema.(type) {
	case map[string]any:
		if keys, ok := v["properties"].(map[string]any); ok {
			for name := range keys {
				names = append(names, name)
			}
		}
		for _, inner := range v {
			names = append(names, properties(inner)...)
		}
	case []any:
		for _, inner := range v {
			names = append(names, properties(inner)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// The keys of rules.md are those of the language, no more and no less.
func TestRulesPageNamesEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("rules.md")
	if err != nil {
		t.Fatal(err)
	}
	words := rules.Reference()
	for _, k := range slices.Concat(words.FileKeys, words.RuleKeys, words.StepKeys, words.RetryKeys) {
		if !strings.Contains(string(text), "`"+k.Name) && !strings.Contains(string(text), k.Name+":") && !strings.Contains(string(text), k.Name+",") && !strings.Contains(string(text), k.Name+"}") {
			t.Errorf("rules.md does not tell of the key %s", k.Name)
		}
	}
}
