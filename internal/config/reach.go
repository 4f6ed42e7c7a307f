package config

import (
	"net/url"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// CheckReach warns of connections through which nothing can be delivered, because the addresses they name may not be
// reached. Where a name leads is known when it is used.
func (c *Config) CheckReach() strictyaml.Problems {
	var all strictyaml.Problems
	for _, name := range sortedNames(c.Connections) {
		conn := c.Connections[name]
		host := conn.Host
		if u, err := url.Parse(conn.URL.Reveal()); err == nil && host == "" {
			host = u.Hostname()
		}
		if why, advice := c.Outgoing.Refuses(host); why != "" && !conn.DryRun {
			all.Add(c.connection(name, "nothing can be delivered through "+name+": "+why, advice))
		}
	}
	return all
}

// connection makes a problem with a connection, at its name.
func (c *Config) connection(name, message, hint string) strictyaml.Problem {
	for _, p := range c.values["connections"].Pairs() {
		if p.Key.Raw() == name {
			return p.Key.Problem(message, hint)
		}
	}
	return c.Problem("connections", message, hint)
}
