// Package config reads ifsev.yaml: strictly, all mistakes at once, each with its place and what to write instead.
//
// Load reads the file into a Config, whose values are those the parts of the daemon take: a directory of people,
// connections, verified sources. Flags and the environment go over it with Override. Nothing here opens a store, a
// socket or a rule file; the environment and files behind ${env:NAME} and ${file:/path} come in through functions.
//
// Secrets are secret.Secret from the moment they are read, and a line that holds one is masked in every problem.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/throttle"
	"github.com/ifsev/ifsev/rules/calendar"
	"github.com/ifsev/ifsev/triggers"
)

// The values where nothing is configured.
const (
	DefaultFile   = "ifsev.yaml"
	DefaultListen = "127.0.0.1:8080"
	DefaultStore  = "file:./ifsev-data"
)

// Config is everything that can be configured, checked.
type Config struct {
	// Listen is HOST:PORT.
	Listen string
	// URL is where people find the daemon, without a slash at its end; empty means http:// and Listen.
	URL string
	// Store is a URL, which may hold a password.
	Store secret.Secret
	// Durability is what must be true of a write to Redis before it counts: local, replicated or disk; empty means local
	// for one server, replicated for Sentinel and cluster.
	Durability string
	// Backup is for an embedded store.
	Backup    Backup
	Retention Retention
	Archive   Archive
	Heartbeat Heartbeat
	Synthetic Synthetic
	// Rules are files and directories.
	Rules []string
	// Zone is the time zone where nothing else says one.
	Zone *time.Location
	// Open means auth: none: everybody who reaches the daemon may do everything.
	Open   bool
	Tokens []Token

	Severities ifsev.Severities
	Fields     []ifsev.FieldSpec
	// Directory holds people, rotations and roles.
	Directory *ifsev.Directory
	// Calendars are known in every rule file.
	Calendars map[string]*calendar.Calendar
	// Sources are sorted by name.
	Sources     []Source
	Connections map[string]actions.Connection
	Outgoing    actions.Policy
	// Proxies are those whose X-Forwarded-For is believed.
	Proxies throttle.Proxies
	// values are those of the file, by key, for places of problems.
	values map[string]strictyaml.Node
}

// Problem is one with the value of a key, at its place in the file if it stands there.
func (c *Config) Problem(key, message, hint string) strictyaml.Problem {
	if n, ok := c.values[key]; ok {
		return n.Problem(message, hint)
	}
	return strictyaml.Problem{Message: message, Hint: hint}
}

// Token is a right to use the API.
type Token struct {
	Name string
	// Hash is all that is kept of the token itself.
	Hash secret.Hash
	// Scope is read, respond or admin; each includes the ones before it.
	Scope string
}

// Default is the configuration of a daemon without a file.
func Default() *Config {
	return &Config{
		Listen: DefaultListen, Store: DefaultStore, Backup: defaultBackup(), Zone: time.UTC, Severities: ifsev.DefaultSeverities(),
		Retention:   Retention{Closed: defaultRetention},
		Synthetic:   Synthetic{Every: defaultSynthetic},
		Directory:   &ifsev.Directory{People: map[string]ifsev.Person{}, Rotations: map[string]ifsev.Rotation{}, Roles: builtinRoles()},
		Calendars:   map[string]*calendar.Calendar{},
		Connections: map[string]actions.Connection{},
	}
}

func builtinRoles() []string { return []string{ifsev.RoleCommander, ifsev.RoleOwner} }

// Overrides are what flags or the environment say; empty ones say nothing.
type Overrides struct {
	Listen, Store, Durability, URL string
	Rules                          []string
}

// EnvOverrides reads IFSEV_LISTEN, IFSEV_STORE, IFSEV_DURABILITY, IFSEV_URL and IFSEV_RULES; split cuts the last into paths.
func EnvOverrides(env func(string) (string, bool), split func(string) []string) Overrides {
	get := func(name string) string {
		v, _ := env(name)
		return v
	}
	o := Overrides{Listen: get("IFSEV_LISTEN"), Store: get("IFSEV_STORE"), Durability: get("IFSEV_DURABILITY"), URL: get("IFSEV_URL")}
	if rules := get("IFSEV_RULES"); rules != "" {
		o.Rules = split(rules)
	}
	return o
}

// Override puts what is said over the configuration. The error says which value is wrong.
func (c *Config) Override(o Overrides) error {
	if o.Listen != "" {
		if err := checkListen(o.Listen); err != nil {
			return err
		}
		c.Listen = o.Listen
	}
	if o.URL != "" {
		u, err := cleanURL(o.URL)
		if err != nil {
			return err
		}
		c.URL = u
	}
	if o.Store != "" {
		c.Store = secret.Secret(o.Store)
	}
	if err := c.overrideDurability(o.Durability); err != nil {
		return err
	}
	if len(o.Rules) > 0 {
		c.Rules = o.Rules
	}
	c.defaultSources()
	return nil
}

// defaultSources lets an Alertmanager on this machine post before anything is configured. It stops as soon as a source
// or a token is, and there is none where others could reach it.
func (c *Config) defaultSources() {
	if len(c.Sources) == 0 && len(c.Tokens) == 0 && !c.Open && loopback(c.Listen) {
		c.Sources = []Source{{Name: "alertmanager", Kind: "alertmanager", Auth: triggers.Open{}, Expressions: map[string]Expression{}}}
	}
}

// CheckExposure refuses to listen beyond loopback without tokens, unless auth: none says so. Ask it after Override.
func (c *Config) CheckExposure() error {
	if c.Open || len(c.Tokens) > 0 || loopback(c.Listen) {
		return nil
	}
	return errors.New("anybody who reaches " + c.Listen + " could declare and close incidents: add auth.tokens to the configuration, or say auth: none if that is meant, or listen on 127.0.0.1")
}

// CheckKept refuses to take away by saying nothing what guards the daemon: a file that was emptied, or is half written,
// names no token either. Ask it of the configuration that is to follow another.
func (c *Config) CheckKept(before *Config) error {
	if len(before.Tokens) > 0 && len(c.Tokens) == 0 && !c.Open {
		return errors.New("the configuration has no auth.tokens any more, and anybody could declare and close incidents: write them again, or say auth: none if that is meant")
	}
	for _, s := range c.Sources {
		was, found := slices.BinarySearchFunc(before.Sources, s.Name, func(b Source, name string) int { return strings.Compare(b.Name, name) })
		if found && !s.node.Exists() && before.Sources[was].Auth != (triggers.Open{}) {
			return fmt.Errorf("the configuration does not name the source %s any more, which would then take alerts from anybody: write it again with its secret, or with auth: none if that is meant", s.Name)
		}
	}
	return nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// ConnectionNames answers the connections as those may know them who must not see secrets, sorted by name.
func (c *Config) ConnectionNames() []ifsev.Connection {
	var list []ifsev.Connection
	for _, name := range sortedNames(c.Connections) {
		conn := c.Connections[name]
		list = append(list, ifsev.Connection{Name: name, Kind: conn.Kind, Host: hostOf(conn)})
	}
	return list
}

func hostOf(c actions.Connection) string {
	if c.Kind == actions.ConnectionSMTP {
		return c.Host
	}
	u, err := url.Parse(c.URL.Reveal())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// SourceNames lists the configured sources, sorted.
func (c *Config) SourceNames() []string {
	var names []string
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}
