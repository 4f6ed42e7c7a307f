package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/api"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/analysis"
	"github.com/ifsev/ifsev/rules/lang"
	"github.com/ifsev/ifsev/triggers"
)

// Inputs are where configuration and rules come from. They are read again at every reload.
type Inputs struct {
	// Config is the configuration file; empty means ifsev.yaml, if there is one.
	Config string
	// Flags go over the environment, which goes over the file.
	Flags config.Overrides
	// Env is the environment; nil means the process's own.
	Env func(string) (string, bool)

	// folder says that rules are read from DefaultRules, because they have been.
	folder bool
}

// setup is everything that is made of the inputs: checked, and nothing started.
type setup struct {
	config *config.Config
	// read are the files of the configuration: itself, and those its ${file:…} name; empty if there is none.
	read     []string
	set      *rules.Set
	sender   *actions.Sender
	sources  map[string]*triggers.Source
	settings api.Settings
	warnings strictyaml.Problems
	// files counts the rule files; packs are those they use, there or not.
	files int
	packs []string
}

// DefaultRules is the folder rules are read from where nothing names one, if it exists.
const DefaultRules = "rules"

// configure reads the configuration: file, then environment, then flags. It answers which files it read.
func (in *Inputs) configure() (cfg *config.Config, read []string, err error) {
	env := in.env()
	cfg, file := config.Default(), in.Config
	if file == "" {
		if _, err := os.Stat(config.DefaultFile); err == nil {
			file = config.DefaultFile
		}
	}
	if file != "" {
		loaded, problems := config.Load(file, env, func(path string) ([]byte, error) {
			read = append(read, path)
			return os.ReadFile(path)
		})
		if len(problems) > 0 {
			return nil, read, problems
		}
		cfg = loaded
	}
	for _, o := range []config.Overrides{config.EnvOverrides(env, splitPaths), in.Flags} {
		if o.Store, err = in.expand(o.Store); err == nil {
			err = cfg.Override(o)
		}
		if err != nil {
			return nil, read, err
		}
	}
	if len(cfg.Rules) == 0 {
		cfg.Rules = defaultRules()
		if in.folder {
			cfg.Rules = []string{DefaultRules}
		}
	}
	return cfg, read, nil
}

func (in *Inputs) env() func(string) (string, bool) {
	if in.Env == nil {
		return os.LookupEnv
	}
	return in.Env
}

// expand fills in the address of a store that no file gives, so that a password need not stand among the arguments of a
// process, which everybody on its machine can read.
func (in *Inputs) expand(store string) (string, error) {
	full, err := config.Expand(store, in.env(), os.ReadFile)
	if err != nil {
		return "", fmt.Errorf("the address of the store: %w", err)
	}
	return full, nil
}

// settle has what was found without being named count as named from now on. Else a file that is away for a moment,
// while it is replaced or checked out anew, would at the next reload be taken for none, and with it all tokens.
func (in *Inputs) settle(s *setup) {
	if in.Config == "" && len(s.read) > 0 {
		in.Config = s.read[0]
	}
	in.folder = in.folder || slices.Equal(s.config.Rules, []string{DefaultRules})
}

// defaultRules is the folder of the rules where nothing names one; nothing if it is not there.
func defaultRules() []string {
	if info, err := os.Stat(DefaultRules); err != nil || !info.IsDir() {
		return nil
	}
	return []string{DefaultRules}
}

// prepare makes a setup of the inputs. An error that is strictyaml.Problems says what is wrong with the files. url is
// where the daemon can be reached if the configuration does not say.
func (in *Inputs) prepare(url string, version string, log *slog.Logger) (*setup, error) {
	cfg, read, err := in.configure()
	if err != nil {
		return nil, err
	}
	if cfg.URL == "" {
		cfg.URL = url
	}
	s := &setup{config: cfg, read: read}
	sources, err := ReadRules(cfg.Rules)
	if err != nil {
		return nil, err
	}
	s.files, s.packs = len(sources), packFiles(sources)
	var wrong strictyaml.Problems
	s.set, wrong, s.warnings = analysis.Load(sources, world(cfg))
	s.warnings.Add(cfg.CheckReach()...)
	triggered, more := cfg.Triggers(compile)
	wrong.Add(more...)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	s.sources = triggered
	if s.settings, err = settings(cfg); err != nil {
		return nil, err
	}
	s.sender, err = actions.New(actions.Options{
		Connections: cfg.Connections, Directory: cfg.Directory, Outgoing: cfg.Outgoing,
		UserAgent: "ifsev/" + version, PublicURL: cfg.URL, Log: log,
	})
	return s, err
}

// world is what rules are checked against and run in.
func world(cfg *config.Config) rules.World {
	return rules.World{
		Actions: actions.Catalogue(), Connections: cfg.ConnectionNames(), Directory: cfg.Directory,
		Severities: cfg.Severities, Fields: cfg.Fields, Calendars: cfg.Calendars, Zone: cfg.Zone, URL: cfg.URL,
	}
}

func settings(cfg *config.Config) (api.Settings, error) {
	s := api.Settings{Open: cfg.Open}
	for _, t := range cfg.Tokens {
		scope, err := api.ParseScope(t.Scope)
		if err != nil {
			return s, fmt.Errorf("token %q: %w", t.Name, err)
		}
		s.Tokens = append(s.Tokens, api.Token{Name: t.Name, Hash: t.Hash, Scope: scope})
	}
	return s, nil
}

// compile compiles an expression of a source, and places its mistakes in the file.
func compile(_, use string, e config.Expression) (triggers.Expression, strictyaml.Problems) {
	read := rules.CompileMapping
	if use == "declares" {
		read = rules.CompileDeclares
	}
	m, err := read(e.Text)
	if err == nil {
		return m, nil
	}
	var at *lang.Error
	if errors.As(err, &at) {
		var problems strictyaml.Problems
		for _, m := range at.All() {
			problems.Add(e.Node.ProblemAt(m.Offset, m.Length, m.Message, m.Hint))
		}
		return nil, problems
	}
	return nil, strictyaml.Problems{e.Node.Problem(err.Error(), "")}
}

// watched lists what a change of must be noticed: the rules and the packs they use, the configuration, and the files its secrets are in.
func (s *setup) watched() []string { return slices.Concat(s.config.Rules, s.packs, s.read) }
