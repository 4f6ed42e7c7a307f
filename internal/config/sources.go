package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/triggers"
)

// Source is a configured tool that posts, with its expressions not compiled yet.
type Source struct {
	Name string
	Kind string
	Auth triggers.Verifier
	// Expressions by use: each, declares, or map.<name>.
	Expressions map[string]Expression
	TTL         time.Duration
	Grouped     bool
	// Sheddable means that its alerts are refused first where the store runs out of room.
	Sheddable bool
	node      strictyaml.Node
}

// Expression is the text of an expression with its place in the file.
type Expression struct {
	Text string
	Node strictyaml.Node
}

func (r *reader) sources(n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		name, ok := r.name(p.Key, "a source")
		if !ok {
			continue
		}
		if name == triggers.UnknownSource || name == "inbound" {
			r.report(p.Key, fmt.Sprintf("a source cannot be called %q: the name is taken", name), "")
			continue
		}
		r.config.Sources = append(r.config.Sources, r.source(name, p))
	}
	slices.SortFunc(r.config.Sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
}

func (r *reader) source(name string, p strictyaml.Pair) Source {
	r.hideUnknown(p.Value, "kind", "each", "map", "declares", "ttl", "group", "sheddable", "auth", "header", "basic", "hmac")
	o := p.Value.Object(&r.Problems)
	s := Source{Name: name, Kind: name, Expressions: map[string]Expression{}, node: p.Key}
	where := p.Key
	if kind := o.Take("kind"); kind.Exists() {
		where, s.Kind = kind, r.text(kind)
	}
	if !slices.Contains(triggers.Kinds(), s.Kind) {
		r.report(where, fmt.Sprintf("there is no kind of source %q", s.Kind), sourceKindHint(s.Kind))
	}
	s.Auth = r.sourceAuth(name, s.Kind, o, p.Key)
	s.TTL = r.ttl(o.Take("ttl"))
	s.Sheddable = o.Bool("sheddable")
	r.expression(&s, "declares", o.Take("declares"))
	r.mapping(&s, o.Take("map"))
	switch s.Kind {
	case "json":
		r.expression(&s, "each", o.Take("each"))
		if _, ok := s.Expressions["map.title"]; !ok {
			r.report(p.Key, "a source of kind json needs map.title", "write map: {title: item.text}, an expression for the title of an incident")
		}
	case "alertmanager":
		s.Grouped = o.Bool("group")
	}
	o.Done("a source of kind " + s.Kind)
	return s
}

func sourceKindHint(kind string) string {
	if near, ok := strictyaml.Nearest(kind, triggers.Kinds()); ok {
		return "did you mean kind: " + near + "?"
	}
	if kind == "grafana" || kind == "mimir" || kind == "prometheus" {
		return "its alerts look like Alertmanager's: write kind: alertmanager"
	}
	return "write kind: json with a map for any JSON, or kind: alertmanager"
}

func (r *reader) ttl(n strictyaml.Node) time.Duration {
	d, ok := n.Duration(&r.Problems)
	if ok && d < time.Minute {
		r.report(n, "a time to live is at least 1m", "it must be longer than the tool takes between two reports")
	}
	return d
}

func (r *reader) mapping(s *Source, n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		key := p.Key.Raw()
		switch {
		case key == "fields" && p.Value.Kind() == strictyaml.Map:
			for _, f := range p.Value.Pairs() {
				r.mapField(s, f.Key.Raw(), f)
			}
		case strings.HasPrefix(key, "fields."):
			r.mapField(s, strings.TrimPrefix(key, "fields."), p)
		case slices.Contains(triggers.MapNames(), key):
			r.expression(s, "map."+key, p.Value)
		default:
			hint := "it may be " + strings.Join(triggers.MapNames(), ", ") + " or fields.NAME"
			if near, ok := strictyaml.Nearest(key, triggers.MapNames()); ok {
				hint = "did you mean " + near + "?"
			}
			r.report(p.Key, fmt.Sprintf("map has no key %q", key), hint)
		}
	}
}

// mapField maps one of the user's own fields, which must be configured.
func (r *reader) mapField(s *Source, name string, p strictyaml.Pair) {
	var known []string
	for _, f := range r.config.Fields {
		known = append(known, f.Name)
	}
	if !slices.Contains(known, name) {
		r.report(p.Key, fmt.Sprintf("there is no field %q", name), r.near(name, known, "fields"))
		return
	}
	r.expression(s, "map.fields."+name, p.Value)
}

// expression reads the text of an expression. It is not filled in from the environment: what is filled in would be
// read as a piece of the expression.
func (r *reader) expression(s *Source, use string, n strictyaml.Node) {
	text, ok := n.Text(&r.Problems)
	if !ok {
		return
	}
	if at := strings.Index(text, "${"); at >= 0 {
		r.Add(n.ProblemAt(len([]rune(text[:at])), 2, "an expression is not filled in: ${ means nothing here", "write the expression itself, such as item.title"))
	}
	s.Expressions[use] = Expression{Text: text, Node: n}
}

// Compile makes an Expression of the kind of source and the use (each, declares or map.<name>). What is wrong comes
// back as problems, for which Expression.Node gives places.
type Compile func(kind, use string, e Expression) (triggers.Expression, strictyaml.Problems)

// Triggers makes the sources ready to be served.
func (c *Config) Triggers(compile Compile) (map[string]*triggers.Source, strictyaml.Problems) {
	sources, problems := map[string]*triggers.Source{}, strictyaml.Problems{}
	for _, s := range c.Sources {
		opts := triggers.Options{Source: s.Name, Map: map[string]triggers.Expression{}, TTL: s.TTL, Grouped: s.Grouped,
			Severities: c.Severities, Fields: c.Fields}
		for _, use := range sortedNames(s.Expressions) {
			e, ps := compile(s.Kind, use, s.Expressions[use])
			problems.Add(ps...)
			switch use {
			case "each":
				opts.Each = e
			case "declares":
				opts.Declares = e
			default:
				opts.Map[strings.TrimPrefix(use, "map.")] = e
			}
		}
		decoder, err := triggers.NewDecoder(s.Kind, opts)
		if err != nil {
			problems.Add(s.node.Problem(err.Error(), ""))
			continue
		}
		sources[s.Name] = &triggers.Source{Name: s.Name, Auth: s.Auth, Decoder: decoder, Sheddable: s.Sheddable}
	}
	problems.Sort()
	if len(problems) > 0 {
		return nil, problems
	}
	return sources, nil
}
