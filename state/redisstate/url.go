package redisstate

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form is how the servers behind a URL stand together.
type form string

const (
	single   form = "redis"
	sentinel form = "redis+sentinel"
	cluster  form = "redis+cluster"
)

// An address is a store's URL, taken apart:
//
//	redis://[user:password@]host:port/DB                    one server
//	redis+sentinel://[…@]host:port,host:port/MASTER/DB      the master that Sentinel names
//	redis+cluster://[…@]host:port,host:port                 a cluster
//
// Each with rediss for TLS. Behind a ? may stand prefix=, and for TLS ca= (a file of certificates that are trusted
// instead of the system's), cert= and key= (files of the client's own); for Sentinels with a password of their own
// sentinel_user= and sentinel_password=.
type address struct {
	scheme string // as it was written
	form   form
	tls    bool

	user, password string
	hosts          []string
	master         string // Sentinel's name of it
	db             int

	prefix                         string
	ca, cert, key                  string
	sentinelUser, sentinelPassword string
}

// place is the address without secrets, and with the prefix where it is not the usual one.
func (a *address) place(prefix string) string {
	var b strings.Builder
	b.WriteString(a.scheme + "://")
	if a.user != "" || a.password != "" {
		b.WriteString("…@")
	}
	b.WriteString(strings.Join(a.hosts, ","))
	if a.form == sentinel {
		b.WriteString("/" + a.master)
	}
	if a.form != cluster {
		fmt.Fprintf(&b, "/%d", a.db)
	}
	if prefix != usualPrefix {
		b.WriteString("?prefix=" + prefix)
	}
	return b.String()
}

// parse takes a URL apart. Its errors never hold the URL, which may hold a password.
func parse(raw string) (*address, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	a := &address{scheme: scheme, form: form(strings.Replace(scheme, "rediss", "redis", 1)), tls: strings.HasPrefix(scheme, "rediss")}
	if a.form != single && a.form != sentinel && a.form != cluster {
		return nil, fmt.Errorf("store %q: want redis://host:port/DB, redis+sentinel://host:port,host:port/MASTER/DB or redis+cluster://host:port,host:port, and rediss for TLS", scheme+"://…")
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		if err := a.parseUser(rest[:at]); err != nil {
			return nil, err
		}
		rest = rest[at+1:]
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, path, _ := strings.Cut(rest, "/")
	for _, parse := range []func() error{
		func() error { return a.parseHosts(hosts) },
		func() error { return a.parsePath(path) },
		func() error { return a.parseQuery(query) },
	} {
		if err := parse(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// parseUser reads what stands before the last @. A password may hold @ and / as they are.
func (a *address) parseUser(text string) error {
	user, password, _ := strings.Cut(text, ":")
	var err, err2 error
	a.user, err = url.PathUnescape(user)
	a.password, err2 = url.PathUnescape(password)
	if err != nil || err2 != nil {
		return errors.New("the user and password in the store's URL cannot be read: write %25 for %, and %3A for : in the user")
	}
	return nil
}

func (a *address) parseHosts(text string) error {
	a.hosts = strings.Split(text, ",")
	if a.form == single {
		if len(a.hosts) > 1 {
			return fmt.Errorf("store %s://…: several servers are redis+sentinel:// or redis+cluster://", a.scheme)
		}
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			host, port = strings.Trim(text, "[]"), "6379"
		}
		if host == "" {
			host = "localhost"
		}
		a.hosts[0] = net.JoinHostPort(host, port)
	}
	for _, h := range a.hosts {
		host, port, err := net.SplitHostPort(h)
		if n, numErr := strconv.Atoi(port); err != nil || host == "" || numErr != nil || n < 1 || n > 65535 || strings.ContainsAny(host, " \t") {
			return fmt.Errorf("store %s://…: want host:port,host:port after it, got %q", a.scheme, h)
		}
	}
	return nil
}

func (a *address) parsePath(path string) error {
	switch {
	case a.form == cluster && path != "":
		return fmt.Errorf("store %s://…: a cluster has no databases: leave out /%s", a.scheme, path)
	case a.form == cluster:
		return nil
	case a.form == sentinel:
		if a.master, path, _ = strings.Cut(path, "/"); a.master == "" {
			return fmt.Errorf("store %s://…: the name of the master is missing: %s://host:26379,host:26379/MASTER/0", a.scheme, a.scheme)
		}
	}
	if path == "" {
		return nil
	}
	n, err := strconv.Atoi(path)
	if err != nil || n < 0 {
		return fmt.Errorf("store %s://…/%s: the database is a number from 0", a.scheme, path)
	}
	a.db = n
	return nil
}

func (a *address) parseQuery(text string) error {
	values, err := url.ParseQuery(text)
	if err != nil {
		return fmt.Errorf("store %s://…: what stands behind the ? cannot be read: write %%26 for & and %%3D for = in a value", a.scheme)
	}
	keys := map[string]*string{
		"prefix": &a.prefix, "ca": &a.ca, "cert": &a.cert, "key": &a.key,
		"sentinel_user": &a.sentinelUser, "sentinel_password": &a.sentinelPassword,
	}
	for name, list := range values {
		into, ok := keys[name]
		if !ok {
			known := []string{"prefix", "ca", "cert", "key", "sentinel_user", "sentinel_password"}
			return fmt.Errorf("store %s://…: there is no ?%s=: the keys are %s", a.scheme, name, strings.Join(known, ", "))
		}
		*into = list[len(list)-1]
	}
	return a.agree(values)
}

// agree refuses keys that would do nothing.
func (a *address) agree(values url.Values) error {
	switch {
	case !a.tls && slices.ContainsFunc([]string{"ca", "cert", "key"}, values.Has):
		return fmt.Errorf("store %s://…: ca, cert and key are for TLS: write %s://…", a.scheme, strings.Replace(a.scheme, "redis", "rediss", 1))
	case (a.cert == "") != (a.key == ""):
		return fmt.Errorf("store %s://…: cert and key belong together", a.scheme)
	case a.form != sentinel && (values.Has("sentinel_user") || values.Has("sentinel_password")):
		return fmt.Errorf("store %s://…: sentinel_user and sentinel_password are for redis+sentinel://", a.scheme)
	}
	return nil
}

// CheckURL says what is wrong with an address that Open would not take, without connecting. The error never holds the
// address, which may hold a password.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}
