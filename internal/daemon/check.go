package daemon

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/analysis"
	"github.com/ifsev/ifsev/state/redisstate"
)

// Report is what a check of files found.
type Report struct {
	Errors, Warnings strictyaml.Problems
	// Rules counts the rules, Packs the packs, Files the files they are in.
	Rules, Packs, Files int
	// Config is the configuration file that was read; empty if there is none.
	Config string
}

// Check checks the configuration (file empty: ifsev.yaml, if there is one) and the rules at the paths, against each
// other. Where no path is named, the rules the daemon would take are checked. Nothing is started or changed. The
// error says what could not be read.
func Check(file string, paths []string, env func(string) (string, bool)) (*Report, error) {
	report := &Report{}
	sources, cfg, err := report.read(file, paths, env)
	if err != nil {
		return nil, err
	}
	report.start(cfg)
	set, wrong, warnings := rules.Load(sources, world(cfg))
	report.Errors.Add(wrong...)
	report.Warnings.Add(warnings...)
	if set != nil {
		report.Rules, report.Packs = len(set.Rules)+len(set.Disabled), set.Packs()
		wrong, warnings = analysis.Check(set)
		report.Errors.Add(wrong...)
		report.Warnings.Add(warnings...)
	}
	report.Warnings.Sort()
	return report, nil
}

// start reports for what a daemon would not start. What a flag or a variable may put right is a warning.
func (r *Report) start(cfg *config.Config) {
	if store := cfg.Store.Reveal(); strings.HasPrefix(store, "redis") && !strings.Contains(store, config.Placeholder) {
		if err := redisstate.CheckURL(store); err != nil {
			r.Errors.Add(cfg.Problem("store", err.Error(), ""))
		}
	}
	const otherwise = "the daemon does not start like this, unless a flag or a variable says otherwise"
	if err := cfg.CheckExposure(); err != nil {
		r.Warnings.Add(cfg.Problem("listen", err.Error(), otherwise))
	}
	if err := cfg.CheckDurability(); err != nil {
		r.Warnings.Add(cfg.Problem("durability", err.Error(), otherwise))
	}
	r.Warnings.Add(cfg.CheckReach()...)
}

// read reads the rule files and the configuration they are used with.
func (r *Report) read(file string, paths []string, env func(string) (string, bool)) ([]rules.Source, *config.Config, error) {
	if file == "" {
		if _, err := os.Stat(config.DefaultFile); err == nil {
			file = config.DefaultFile
		}
	}
	cfg := config.Default()
	if r.Config = file; file != "" {
		cfg = r.readConfig(file, env)
	}
	if len(paths) == 0 {
		paths = cfg.Rules
	}
	if len(paths) == 0 {
		paths = defaultRules()
	}
	sources, err := ReadRules(paths)
	r.Files = len(sources)
	return sources, cfg, err
}

// Graph answers which rule of the files can set off which. What is wrong with the files is in the report; the graph is
// nil then. A loop is no mistake here: it is in the graph.
func Graph(file string, paths []string, env func(string) (string, bool)) (*analysis.Graph, *Report, error) {
	report := &Report{}
	sources, cfg, err := report.read(file, paths, env)
	if err != nil {
		return nil, nil, err
	}
	set, wrong, _ := rules.Load(sources, world(cfg))
	report.Errors.Add(wrong...)
	if len(report.Errors) > 0 {
		return nil, report, nil
	}
	report.Rules = len(set.Rules) + len(set.Disabled)
	return analysis.NewGraph(set), report, nil
}

// readConfig reads the configuration; secrets that are not there are taken for granted, with a warning each. Where it
// is wrong the rules are checked against an empty one.
func (r *Report) readConfig(file string, env func(string) (string, bool)) *config.Config {
	cfg, _ := r.readConfigFrom(file, env, os.ReadFile)
	return cfg
}

// readConfigFrom is readConfig with read for the disk; it is false where the configuration is wrong.
func (r *Report) readConfigFrom(file string, env func(string) (string, bool), read func(string) ([]byte, error)) (*config.Config, bool) {
	cfg, problems := config.Load(file, r.lenientEnv(file, env), r.lenientFilesFrom(file, read))
	r.Errors.Add(problems...)
	if cfg == nil {
		return config.Default(), false
	}
	_, wrong := cfg.Triggers(compile)
	r.Errors.Add(wrong...)
	return cfg, true
}

func (r *Report) lenientEnv(file string, env func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := env(name); ok {
			return v, true
		}
		r.warn(file, fmt.Sprintf("the environment variable %s is not set here", name))
		return config.Placeholder, true // CI has none of production's secrets
	}
}

func (r *Report) lenientFiles(file string) func(string) ([]byte, error) {
	return r.lenientFilesFrom(file, os.ReadFile)
}

func (r *Report) lenientFilesFrom(file string, read func(string) ([]byte, error)) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		text, err := read(path)
		if err != nil && path != file {
			r.warn(file, fmt.Sprintf("the file %s cannot be read here", path))
			return []byte(config.Placeholder), nil
		}
		return text, err
	}
}

func (r *Report) warn(file, message string) {
	p := strictyaml.Problem{File: file, Message: message, Hint: "the daemon needs it"}
	if !slices.Contains(r.Warnings, p) {
		r.Warnings.Add(p)
	}
}

// RuleSchema answers the JSON Schema of rule files where nothing is configured.
func RuleSchema() []byte { return rules.Schema(world(config.Default())) }

// ConfigSchema answers the JSON Schema of the configuration.
func ConfigSchema() []byte { return config.Schema() }
