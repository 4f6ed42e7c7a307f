package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/ruletest"
	"github.com/ifsev/ifsev/triggers"
)

// RuleTests says which tests of rules are to be run, and how.
type RuleTests struct {
	// Config is the configuration file; empty means ifsev.yaml, if there is one.
	Config string
	// Paths are test files, rule files with tests beside them, and folders; none means the rules of the configuration.
	Paths []string
	// Run picks tests by `FILE: NAME`; nil means all.
	Run *regexp.Regexp
	// Coverage asks what no test reaches.
	Coverage bool
	// Env is the environment; secrets that are not there are taken for granted.
	Env func(string) (string, bool)
}

// ErrNoTests says that there is nothing to run; the text says where tests belong.
var ErrNoTests = errors.New("there are no tests")

// Do reads the tests with the rules they are about and runs them. Where a file is wrong nothing is run, and the problems
// say what is. The error says what could not be read.
func (t *RuleTests) Do() (*ruletest.Report, strictyaml.Problems, error) {
	if t.Config == "" {
		if _, err := os.Stat(config.DefaultFile); err == nil {
			t.Config = config.DefaultFile
		}
	}
	b := &bench{tests: t, worlds: map[string]*ruletest.World{}, sets: map[string]*rules.Set{}}
	files, err := b.find()
	if err != nil {
		return nil, b.problems, err
	}
	var suites []*ruletest.Suite
	for _, file := range files {
		suite, err := b.suite(file)
		if err != nil {
			return nil, nil, err
		}
		if suite != nil {
			suites = append(suites, suite)
		}
	}
	if b.problems.Sort(); len(b.problems) > 0 {
		return nil, b.problems, nil
	}
	o := ruletest.Options{Run: t.Run}
	if t.Coverage {
		o.Coverage = []*rules.Rule{}
		for _, set := range b.sets {
			o.Coverage = append(o.Coverage, set.Rules...)
		}
	}
	return ruletest.Run(suites, o), nil, nil
}

// bench reads each configuration and each set of rules once.
type bench struct {
	tests    *RuleTests
	problems strictyaml.Problems
	worlds   map[string]*ruletest.World
	sets     map[string]*rules.Set
}

// find lists the test files, in the order of the paths.
func (b *bench) find() ([]string, error) {
	paths := b.tests.Paths
	if len(paths) == 0 {
		cfg, _ := b.config(b.tests.Config)
		if cfg == nil {
			return nil, nil
		}
		if paths = cfg.Rules; len(paths) == 0 {
			paths = defaultRules()
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%w: name a folder with rules", ErrNoTests)
		}
	}
	var files []string
	for _, path := range paths {
		found, err := testFiles(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w in %s: write them beside the rules, in files called NAME_test.yaml", ErrNoTests, strings.Join(paths, ", "))
	}
	var once []string
	for _, file := range files {
		if !slices.Contains(once, file) {
			once = append(once, file)
		}
	}
	return once, nil
}

// testFiles lists the test files at a path: of a folder those in it and below; of a rule file the one beside it.
func testFiles(path string) ([]string, error) {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the tests at %s cannot be read: %w", path, plainError(err))
	case !info.IsDir() && isTestFile(filepath.Base(path)):
		return []string{path}, nil
	case !info.IsDir():
		ext := filepath.Ext(path)
		beside := strings.TrimSuffix(path, ext) + "_test" + ext
		if _, err := os.Stat(beside); err != nil {
			return nil, fmt.Errorf("%w beside %s: write them in %s", ErrNoTests, path, beside)
		}
		return []string{beside}, nil
	}
	var files []string
	err = walk(path, 0, func(file string, dir bool) {
		if !dir && isTestFile(filepath.Base(file)) {
			files = append(files, file)
		}
	})
	slices.Sort(files)
	return files, err
}

func isTestFile(name string) bool {
	ext := filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && strings.HasSuffix(strings.TrimSuffix(name, ext), "_test") && !hidden(name)
}

// suite reads one test file with what it is about; nil where anything was wrong and has been reported.
func (b *bench) suite(path string) (*ruletest.Suite, error) {
	text, err := readRuleFile(path)
	if err != nil {
		return nil, err
	}
	file, problems := ruletest.Open(path, []byte(text))
	if len(problems) > 0 {
		b.problems.Add(problems...)
		return nil, nil
	}
	dir := filepath.Dir(path)
	configFile := b.tests.Config
	if file.Config.Text != "" {
		configFile = filepath.Join(dir, file.Config.Text)
	}
	w := b.world(configFile)
	if w == nil {
		return nil, nil
	}
	set, err := b.rules(file, dir, configFile, w)
	if err != nil || set == nil {
		return nil, err
	}
	suite, problems := file.Read(set, w, func(name string) ([]byte, error) {
		payload, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, plainError(err)
		}
		return payload, nil
	})
	b.problems.Add(problems...)
	return suite, nil
}

// rules loads what a test file is about: the files it names; else, of the rules of its folder, those of NAME.yaml for
// NAME_test.yaml, or all where there is none.
func (b *bench) rules(file *ruletest.File, dir, configFile string, w *ruletest.World) (*rules.Set, error) {
	paths := []string{dir}
	if len(file.Rules) > 0 {
		paths = nil
		for _, p := range file.Rules {
			path := filepath.Join(dir, p.Text)
			if info, _ := os.Stat(path); info == nil {
				b.problems.Add(p.Node.Problem("there is no rule file or folder "+path, "the path begins at the folder of the test file"))
				return nil, nil
			}
			paths = append(paths, path)
		}
	}
	uses, own := file.Uses()
	key := strings.Join(append(paths, configFile), "\x00")
	if own {
		key += "\x00" + file.Name
	}
	if _, ok := b.sets[key]; !ok {
		sources, err := ReadRules(paths)
		if err == nil && own {
			sources, err = withPacks(append(sources, uses))
		}
		if err != nil {
			return nil, err
		}
		set, wrong, _ := rules.Load(sources, w.Rules)
		b.problems.Add(wrong...)
		b.sets[key] = set
	}
	set := b.sets[key]
	if set == nil {
		return nil, nil
	}
	beside := besides(file.Name)
	if len(file.Rules) > 0 || beside == "" {
		return set, nil
	}
	return set.Only(func(r *rules.Rule) bool {
		where := r.File
		if r.Use != nil {
			where = r.Use.File
		}
		return where == beside || where == file.Name
	}), nil
}

// besides answers the rule file a test file is named after; "" where there is none.
func besides(testFile string) string {
	ext := filepath.Ext(testFile)
	stem := strings.TrimSuffix(strings.TrimSuffix(testFile, ext), "_test")
	for _, e := range []string{ext, ".yaml", ".yml"} {
		if _, err := os.Stat(stem + e); err == nil {
			return stem + e
		}
	}
	return ""
}

// world makes the world of a configuration; nil where it is wrong, which has been reported.
func (b *bench) world(file string) *ruletest.World {
	if w, ok := b.worlds[file]; ok {
		return w
	}
	b.worlds[file] = nil
	cfg, sources := b.config(file)
	if cfg != nil {
		w := &ruletest.World{Rules: world(cfg), Sources: map[string]triggers.Decoder{}}
		for name, s := range sources {
			w.Sources[name] = s.Decoder
		}
		b.worlds[file] = w
	}
	return b.worlds[file]
}

func (b *bench) config(file string) (*config.Config, map[string]*triggers.Source) {
	if file == "" {
		return config.Default(), nil
	}
	lenient := &Report{}
	cfg, problems := config.Load(file, lenient.lenientEnv(file, b.tests.Env), lenient.lenientFiles(file))
	if cfg == nil {
		b.problems.Add(problems...)
		return nil, nil
	}
	sources, problems := cfg.Triggers(compile)
	b.problems.Add(problems...)
	if len(problems) > 0 {
		return nil, nil
	}
	return cfg, sources
}
