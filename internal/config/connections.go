package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// connectionKeys lists, for each kind, the keys a connection needs and those it may have.
func connectionKeys() map[string]struct{ need, may []string } {
	return map[string]struct{ need, may []string }{
		actions.ConnectionWebhook:   {[]string{"url"}, []string{"headers", "user", "password", "token", "sign", "ca"}},
		actions.ConnectionSlack:     {nil, []string{"token", "url", "ca"}},
		actions.ConnectionPagerDuty: {[]string{"routing_key"}, []string{"url", "ca"}},
		actions.ConnectionSMTP:      {[]string{"host", "from"}, []string{"port", "user", "password", "tls", "ca"}},
		actions.ConnectionLog:       {nil, nil},
	}
}

func (r *reader) connections(n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		name, ok := r.name(p.Key, "a connection")
		if !ok {
			continue
		}
		if c, ok := r.connection(name, p); ok {
			r.config.Connections[name] = c
		}
	}
}

func (r *reader) connection(name string, p strictyaml.Pair) (actions.Connection, bool) {
	before := len(r.Problems)
	r.hideUnknown(p.Value, "kind", "url", "host", "port", "from", "user", "tls", "ca", "headers", "dry_run")
	o := p.Value.Object(&r.Problems)
	c := actions.Connection{Name: name, Kind: name}
	where := p.Key
	if kind := o.Take("kind"); kind.Exists() {
		where, c.Kind = kind, r.text(kind)
	}
	keys, ok := connectionKeys()[c.Kind]
	if !ok {
		known := sortedNames(connectionKeys())
		hint := "write kind: " + strings.Join(known, ", ")
		if near, found := strictyaml.Nearest(c.Kind, known); found {
			hint = "did you mean kind: " + near + "?"
		}
		r.report(where, fmt.Sprintf("there is no kind of connection %q", c.Kind), hint)
		return c, false
	}
	if dry := o.Take("dry_run"); dry.Exists() {
		c.DryRun, _ = dry.Bool(&r.Problems)
	}
	for _, key := range keys.need {
		if c.DryRun {
			r.connectionKey(&c, key, o.Take(key))
		} else {
			r.connectionKey(&c, key, o.Need(key))
		}
	}
	for _, key := range keys.may {
		r.connectionKey(&c, key, o.Take(key))
	}
	o.Done("a connection of kind " + c.Kind)
	if c.Kind == actions.ConnectionSlack && !c.DryRun && !o.Take("token").Exists() && !o.Take("url").Exists() {
		r.report(p.Key, "a connection of kind slack needs a token, or the url of an incoming webhook", "write token: ${env:SLACK_TOKEN}")
	}
	if len(r.Problems) == before {
		r.ready(c, o, p.Key)
	}
	return c, true
}

func (r *reader) connectionKey(c *actions.Connection, key string, n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	env := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(c.Name) + "_" + key)
	switch key {
	case "url":
		c.URL = r.address(n)
	case "token":
		c.Token = r.secret(n, env)
	case "routing_key":
		c.RoutingKey = r.secret(n, env)
	case "password":
		c.Password = r.secret(n, env)
	case "sign":
		c.Sign = r.secret(n, env)
	case "user":
		c.User = secret.Secret(r.text(n))
	case "headers":
		c.Headers = r.headers(n, env)
	case "host":
		c.Host = r.text(n)
	case "port":
		c.Port, _ = n.Int(&r.Problems)
		if c.Port < 0 || c.Port > 65535 {
			r.report(n, "a port is a number up to 65535", "")
		}
	case "from":
		c.From = r.text(n)
	case "tls":
		c.TLS = r.oneOf(n, "starttls", "tls", "none")
	case "ca":
		c.CA = r.authorities(n)
	}
}

// address reads where a connection leads. It may stand in the file, but a password in it may not; what it is made of
// is not repeated in a problem, because that of an incoming webhook is a secret as a whole.
func (r *reader) address(n strictyaml.Node) secret.Secret {
	if password := literalPassword(n.Raw()); password != "" {
		r.hide(n)
		r.report(n, "a secret must not stand in the file", "write user and password as keys of their own")
		return ""
	}
	if _, rest, _ := strings.Cut(n.Raw(), "://"); strings.Contains(rest, "/") {
		r.hide(n) // the path may be all the secret there is
	}
	value := r.text(n)
	if u, err := url.Parse(value); value != "" && (err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https") {
		if strings.ContainsAny(n.Raw(), "/@?") {
			r.hide(n) // more than a host: what of it is secret is not known
		}
		r.report(n, "the url must begin with https:// or http:// and name a host", "")
	}
	return secret.Secret(value)
}

// headers reads headers; those that hold secrets by their name must come from the environment or a file.
func (r *reader) headers(n strictyaml.Node, env string) map[string]secret.Secret {
	if n.Kind() != strictyaml.Map {
		r.hide(n)
	}
	headers := map[string]secret.Secret{}
	for _, p := range n.Object(&r.Problems).Rest() {
		if holdsSecret(p.Key.Raw()) {
			headers[p.Key.Raw()] = r.secret(p.Value, env)
			continue
		}
		headers[p.Key.Raw()] = secret.Secret(r.text(p.Value))
	}
	return headers
}

func holdsSecret(header string) bool {
	lower := strings.ToLower(header)
	return slices.ContainsFunc([]string{"auth", "token", "secret", "key", "cookie", "password"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}

func (r *reader) outgoing(n strictyaml.Node) {
	o := n.Object(&r.Problems)
	r.config.Outgoing.AllowPrivate = o.Bool("allow_private")
	allow := o.Take("allow")
	if allow.Kind() != strictyaml.List {
		r.config.Outgoing.Allow = r.texts(allow)
		r.allowed(allow, r.config.Outgoing.Allow...)
	}
	for _, item := range allow.Items() {
		entry := r.text(item)
		r.config.Outgoing.Allow = append(r.config.Outgoing.Allow, entry)
		r.allowed(item, entry)
	}
	o.Done("outgoing")
}

// allowed reports what the senders would refuse to allow.
func (r *reader) allowed(n strictyaml.Node, entries ...string) {
	for _, entry := range entries {
		if err := actions.CheckAllowed(entry); err != nil && known(entry) && n.Kind() == strictyaml.Scalar {
			r.report(n, fmt.Sprintf("%q is no host", n.Raw()), "write a name, an address or a range such as 10.1.0.0/16, without scheme, port and path")
		}
	}
}

// ready reports what the senders would refuse a connection for. The error names the key first, if it is about one.
func (r *reader) ready(c actions.Connection, o *strictyaml.Object, name strictyaml.Node) {
	err := actions.CheckConnection(imagined(c))
	if err == nil {
		return
	}
	where := name
	key, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), ":", " "), " ")
	if n := o.Take(key); n.Exists() {
		where = n
	}
	r.report(where, err.Error(), "")
}

// imagined is a connection in which something fitting stands for what is not known where files are checked.
func imagined(c actions.Connection) actions.Connection {
	if !known(c.URL.Reveal()) {
		c.URL = Placeholder
	}
	if !known(c.Sign.Reveal()) {
		c.Sign = ""
	}
	if !known(c.From) {
		c.From = "ifsev@placeholder.invalid"
	}
	return c
}

// authorities reads the name of a file with certificates, and looks into it.
func (r *reader) authorities(n strictyaml.Node) string {
	file := r.text(n)
	if file == "" || !known(file) {
		return file
	}
	text, err := r.readFile(file)
	switch {
	case err != nil:
		r.report(n, fmt.Sprintf("the file %s cannot be read: %s", file, reason(err)), "the daemon's user must be able to read it")
	case known(string(text)) && !actions.CheckAuthorities(text):
		r.report(n, fmt.Sprintf("the file %s holds no PEM certificate", file), "")
	}
	return file
}
