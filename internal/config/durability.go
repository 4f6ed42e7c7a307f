package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// The durabilities: what must be true of a write to Redis before it counts as accepted.
const (
	DurabilityLocal      = "local"
	DurabilityReplicated = "replicated"
	DurabilityDisk       = "disk"
)

func durabilities() []string { return []string{DurabilityLocal, DurabilityReplicated, DurabilityDisk} }

func (r *reader) durability(n strictyaml.Node) {
	if n.Exists() {
		r.config.Durability = r.oneOf(n, durabilities()...)
	}
}

// overrideDurability is for flag and environment, whose words nothing has checked.
func (c *Config) overrideDurability(word string) error {
	if word == "" {
		return nil
	}
	if slices.Contains(durabilities(), word) {
		c.Durability = word
		return nil
	}
	hint := "it is local, replicated or disk"
	if near, ok := strictyaml.Nearest(word, durabilities()); ok {
		hint = "did you mean " + near + "?"
	}
	return fmt.Errorf("durability %q is not known: %s", word, hint)
}

// CheckDurability refuses a durability for a store that waits for none. Ask it after Override.
func (c *Config) CheckDurability() error {
	scheme, _, _ := strings.Cut(c.Store.Reveal(), ":")
	if c.Durability == "" || c.Durability == DurabilityLocal || strings.HasPrefix(scheme, "redis") {
		return nil
	}
	return fmt.Errorf("durability: %s is for a store in Redis, and the store is %s: leave it out; what the embedded store accepts is on the disk", c.Durability, scheme)
}

// sentinelPassword answers the password for Sentinels that is written in an address, unless it is ${env:…} or ${file:…}.
func sentinelPassword(text string) string {
	_, query, _ := strings.Cut(text, "?")
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err == nil && name == "sentinel_password" && !strings.HasPrefix(value, "${") {
			return value
		}
	}
	return ""
}
