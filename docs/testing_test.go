package docs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/ruletest"
	"github.com/ifsev/ifsev/triggers"
)

// The tests on the page about testing pass, against the rules on the page.
func TestTheTestsOfThePageOnTesting(t *testing.T) {
	t.Parallel()
	page := readPage(t, "testing.md")
	world := testingWorld(t)
	var sources []rules.Source
	tests := 0
	for _, b := range page.blocks {
		switch {
		case b.lang != "yaml":
		case strings.HasPrefix(b.text, "rules:\n"):
			sources = append(sources, rules.Source{Name: page.where(b), Text: b.text})
		default:
			tests += testBlock(t, page.where(b), b.text, sources, world)
		}
	}
	if tests < 5 {
		t.Errorf("only %d tests were found", tests)
	}
}

func testBlock(t *testing.T, where, text string, sources []rules.Source, world *ruletest.World) int {
	t.Helper()
	file, problems := ruletest.Open(where, []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	if uses, ok := file.Uses(); ok {
		sources = append(examplePacks(t, uses), uses)
	}
	set, problems, _ := rules.Load(sources, world.Rules)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	suite, problems := file.Read(set, world, func(string) ([]byte, error) { return nil, errors.New("there are no files here") })
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	report := ruletest.Run([]*ruletest.Suite{suite}, ruletest.Options{})
	if report.Failed() > 0 {
		var b strings.Builder
		report.Text(&b)
		t.Error(b.String())
	}
	return len(report.Results)
}

// examplePacks are the packs a block uses, out of those that ship with the project.
func examplePacks(t *testing.T, f rules.Source) []rules.Source {
	t.Helper()
	var packs []rules.Source
	for _, name := range rules.PackFiles(f) {
		text, err := os.ReadFile(filepath.Join("../examples/packs", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, rules.Source{Name: name, Text: string(text)})
	}
	return packs
}

// testingWorld is the world of the first block of configuration.md, with its sources.
func testingWorld(t *testing.T) *ruletest.World {
	t.Helper()
	p := readPage(t, "configuration.md")
	for _, b := range p.blocks {
		if b.lang != "yaml" {
			continue
		}
		c, problems := readConfig(p.where(b), b.text)
		if len(problems) > 0 {
			t.Fatal(problems.Text())
		}
		return &ruletest.World{Rules: exampleWorld(t), Sources: decoders(t, c)}
	}
	t.Fatal("configuration.md has no block of YAML")
	return nil
}

func decoders(t *testing.T, c *config.Config) map[string]triggers.Decoder {
	t.Helper()
	sources, problems := c.Triggers(compile)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	all := map[string]triggers.Decoder{}
	for name, s := range sources {
		all[name] = s.Decoder
	}
	return all
}

// Every key of a test file is told of.
func TestTestingPageNamesEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range ruletest.Keys() {
		if !strings.Contains(string(text), "`"+name) && !strings.Contains(string(text), name+":") {
			t.Errorf("testing.md does not tell of the key %s", name)
		}
	}
}
