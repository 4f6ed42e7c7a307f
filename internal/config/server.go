package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

func (r *reader) zone(n strictyaml.Node) {
	if z, ok := r.location(n); ok {
		r.config.Zone = z
	}
}

// location reads the name of a time zone. The machine's own is refused: replicas would differ.
func (r *reader) location(n strictyaml.Node) (*time.Location, bool) {
	name := r.text(n)
	if name == "" {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		r.report(n, fmt.Sprintf("the time zone %q is not known", name), "write a name such as Europe/Berlin or UTC")
		return nil, false
	}
	return z, true
}

func (r *reader) listen(n strictyaml.Node) {
	text := r.text(n)
	if text == "" {
		return
	}
	if err := checkListen(text); err != nil {
		r.report(n, err.Error(), "")
		return
	}
	r.config.Listen = text
}

func checkListen(text string) error {
	_, port, err := net.SplitHostPort(text)
	number, notNumber := strconv.Atoi(port)
	if err != nil || notNumber != nil || number < 0 || number > 65535 {
		return fmt.Errorf("listen must be HOST:PORT such as 0.0.0.0:8080, not %q", text)
	}
	return nil
}

func (r *reader) url(n strictyaml.Node) {
	text := r.text(n)
	if text == "" {
		return
	}
	u, err := cleanURL(text)
	if err != nil {
		r.report(n, err.Error(), "")
		return
	}
	r.config.URL = u
}

func cleanURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("url must be the address people use, such as https://ifsev.example.com")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// store takes any URL; the backend that opens it knows what is right in it. A password belongs in the environment.
func (r *reader) store(n strictyaml.Node) {
	text, ok := n.Text(&r.Problems)
	if !ok {
		return
	}
	value, _, ok := r.expand(n, text)
	if !ok {
		return
	}
	if password := literalPassword(text); password != "" {
		r.hide(n)
		r.report(n, "a secret must not stand in the file", "write the password as ${env:REDIS_PASSWORD}")
		return
	}
	if scheme, _, found := strings.Cut(value, ":"); !found || !storeScheme(scheme) {
		r.report(n, "store must be file:DIR, memory:, or an address that begins with redis://, rediss://, redis+sentinel:// or redis+cluster://", "")
		return
	}
	r.config.Store = secret.Secret(value)
}

// storeScheme lists what surface.md promises.
func storeScheme(s string) bool {
	switch s {
	case "file", "memory", "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster":
		return true
	}
	return false
}

// literalPassword answers the password that is written in an address, unless it is ${env:…} or ${file:…}.
func literalPassword(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	user, _, found := cutLast(rest, "@")
	_, password, hasPassword := strings.Cut(user, ":")
	if !found || !hasPassword || strings.Contains(password, "${") || strings.HasPrefix(user, "${") {
		return ""
	}
	return password
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func (r *reader) auth(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	if n.Kind() == strictyaml.Scalar {
		r.config.Open = n.Raw() == "none"
		if !r.config.Open {
			r.report(n, "auth is none, or a map with tokens", "write auth: none, or auth: {tokens: [{name: ci, token: \"${env:CI_TOKEN}\", scopes: [respond]}]}")
		}
		return
	}
	o := n.Object(&r.Problems)
	tokens := o.Need("tokens")
	if tokens.Exists() && tokens.Kind() != strictyaml.List {
		r.report(tokens, "want a list of tokens, each with name, token and scopes", "")
	}
	names := map[string]bool{}
	for _, item := range tokens.Items() {
		r.token(item, names)
	}
	o.Done("auth")
}

func (r *reader) token(n strictyaml.Node, names map[string]bool) {
	r.hideUnknown(n, "name", "scopes")
	o := n.Object(&r.Problems)
	t := Token{Name: r.text(o.Need("name"))}
	if names[t.Name] && t.Name != "" {
		r.report(o.Take("name"), "another token is called "+quoted(t.Name)+" already", "")
	}
	names[t.Name] = true
	t.Secret = r.secret(o.Need("token"), "IFSEV_TOKEN")
	t.Scope = r.scope(o.Need("scopes"))
	o.Done("a token")
	r.config.Tokens = append(r.config.Tokens, t)
}

// scope reads the scopes of a token and answers the widest, which includes the others.
func (r *reader) scope(n strictyaml.Node) string {
	items, widest := n.Items(), ""
	if n.Kind() == strictyaml.List && len(items) == 0 {
		r.report(n, "a token without a scope may do nothing", "write scopes: [read], [respond] or [admin]; each includes the ones before it")
	}
	if n.Kind() != strictyaml.List {
		items = []strictyaml.Node{n}
	}
	order := []string{"", "read", "respond", "admin"}
	for _, item := range items {
		if s := r.oneOf(item, order[1:]...); slices.Index(order, s) > slices.Index(order, widest) {
			widest = s
		}
	}
	return widest
}
