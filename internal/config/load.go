package config

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Load reads a configuration file. With any problem the Config is nil.
func Load(path string, env func(string) (string, bool), readFile func(string) ([]byte, error)) (*Config, strictyaml.Problems) {
	text, err := readFile(path)
	if err != nil {
		return nil, strictyaml.Problems{{File: path, Message: "the configuration cannot be read: " + reason(err)}}
	}
	return Parse(path, text, env, readFile)
}

// Parse is Load for a text that was read already.
func Parse(name string, text []byte, env func(string) (string, bool), readFile func(string) ([]byte, error)) (*Config, strictyaml.Problems) {
	file, problems := strictyaml.Parse(name, text)
	r := &reader{config: Default(), env: env, readFile: readFile}
	r.Add(problems...)
	r.hideLines(problems)
	if len(problems) == 0 || file.Root().Exists() {
		r.root(file.Root())
	}
	r.mask(r.Problems)
	r.Sort()
	if len(r.Problems) > 0 {
		return nil, r.Problems
	}
	return r.config, nil
}

// reason is an error without the path, which the problem names already.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// reader reads one file; it collects the problems.
type reader struct {
	strictyaml.Problems
	masker
	config   *Config
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
	// checks run after everything is read: they look from one part to another.
	checks []func()
}

func (r *reader) root(n strictyaml.Node) {
	o := n.Object(&r.Problems)
	r.config.values = map[string]strictyaml.Node{}
	for _, p := range n.Pairs() {
		r.config.values[p.Key.Raw()] = p.Value
	}
	r.zone(o.Take("timezone"))
	r.listen(o.Take("listen"))
	r.url(o.Take("url"))
	r.store(o.Take("store"))
	r.durability(o.Take("durability"))
	r.backup(o.Take("backup"))
	r.retention(o.Take("retention"))
	r.archive(o.Take("archive"))
	r.heartbeat(o.Take("heartbeat"))
	r.synthetic(o.Take("synthetic"))
	r.config.Rules = r.texts(o.Take("rules"))
	r.auth(o.Take("auth"))
	r.proxies(o.Take("trusted_proxies"))
	r.severities(o.Take("severities"))
	r.fields(o.Take("fields"))
	r.people(o.Take("people"))
	r.rotations(o.Take("rotations"))
	r.calendars(o.Take("calendars"))
	r.roles(o.Take("roles"))
	r.sources(o.Take("sources"))
	r.connections(o.Take("connections"))
	r.outgoing(o.Take("outgoing"))
	o.Done("the configuration")
	for _, check := range r.checks {
		check()
	}
}

// report adds a problem with a node.
func (r *reader) report(n strictyaml.Node, message, hint string) { r.Add(n.Problem(message, hint)) }

// text reads a string with ${env:NAME} and ${file:/path} filled in; "" where it is missing or was reported.
func (r *reader) text(n strictyaml.Node) string {
	s, ok := n.Text(&r.Problems)
	if !ok {
		return ""
	}
	if s, _, ok = r.expand(n, s); !ok {
		return ""
	}
	return s
}

func (r *reader) texts(n strictyaml.Node) []string {
	if n.Kind() == strictyaml.List {
		var list []string
		for _, item := range n.Items() {
			list = append(list, r.text(item))
		}
		return list
	}
	if n.Kind() == strictyaml.Scalar {
		return []string{r.text(n)}
	}
	_, _ = n.Texts(&r.Problems) // reports what is neither
	return nil
}

// oneOf reads one of some words; "" where it is missing or wrong.
func (r *reader) oneOf(n strictyaml.Node, words ...string) string {
	s, _ := n.OneOf(&r.Problems, words...)
	return s
}

// secret reads a secret, which must come from the environment or a file.
func (r *reader) secret(n strictyaml.Node, envName string) secret.Secret {
	s, ok := n.Text(&r.Problems)
	if !ok {
		return ""
	}
	value, used, ok := r.expand(n, s)
	switch {
	case !ok:
	case !used:
		r.hide(n)
		r.report(n, "a secret must not stand in the file", "write ${env:"+envName+"}, or ${file:/run/secrets/…}")
	case value == "":
		r.report(n, "the secret is empty", "set the variable, or write the secret in the file it names")
	}
	return secret.Secret(value)
}

// secrets reads one secret or, while one replaces another, a list.
func (r *reader) secrets(n strictyaml.Node, envName string) []secret.Secret {
	if n.Kind() != strictyaml.List {
		return []secret.Secret{r.secret(n, envName)}
	}
	var list []secret.Secret
	for _, item := range n.Items() {
		list = append(list, r.secret(item, envName))
	}
	if len(list) == 0 {
		r.report(n, "want a secret, got an empty list", "write ${env:"+envName+"}")
	}
	return list
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// name checks the name of something rules and addresses speak of.
func (r *reader) name(n strictyaml.Node, what string) (string, bool) {
	name := n.Raw()
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("_.-", c)) {
			r.report(n, what+" cannot be called "+quoted(name), "use letters, digits, and - _ . between them")
			return name, false
		}
	}
	if name == "" || len(name) > 64 {
		r.report(n, what+" needs a name of 1 to 64 characters", "")
		return name, false
	}
	return name, true
}

func quoted(s string) string { return `"` + s + `"` }
