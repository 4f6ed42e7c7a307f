package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
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
	if name == "" || !known(name) {
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
	if text == "" || !known(text) {
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
	if text == "" || !known(text) {
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
	if literal := literalPassword(text) + sentinelPassword(text); literal != "" {
		r.remember(literal)
		r.spans = append(r.spans, span{line: n.Line(), from: n.Column()}) // hide leaves alone what holds ${…}
		r.report(n, "a secret must not stand in the file", "write the password as ${env:REDIS_PASSWORD}")
		return
	}
	if !known(value) && strings.HasPrefix(text, "${") {
		return
	}
	scheme, rest, found := strings.Cut(value, ":")
	if !found || !storeScheme(scheme) || scheme == "file" && strings.TrimPrefix(rest, "//") == "" {
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
