package config

import (
	"time"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Heartbeat says whom to tell, and how often, that all is well; an empty URL means nobody.
type Heartbeat struct {
	// URL is a secret: who knows it can tell so too.
	URL   secret.Secret
	Every time.Duration
}

// Synthetic says how often a synthetic event is sent the way of every other; 0 means never.
type Synthetic struct{ Every time.Duration }

const (
	defaultBeat      = time.Minute
	defaultSynthetic = time.Minute
	leastWatch       = 10 * time.Second
)

// heartbeat reads `heartbeat: {url: "${env:HEARTBEAT_URL}", every: 1m}`.
func (r *reader) heartbeat(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	r.hideUnknown(n, "every") // who knows the address can say that all is well
	o := n.Object(&r.Problems)
	url := o.Need("url")
	r.config.Heartbeat = Heartbeat{URL: secret.Secret(r.text(url)), Every: r.every(o.Take("every"), defaultBeat, "a heartbeat is sent")}
	if r.config.Heartbeat.URL != "" {
		if err := actions.CheckBeat(r.config.Heartbeat.URL); err != nil {
			r.report(url, "the address of the heartbeat: "+err.Error(), "write url: ${env:HEARTBEAT_URL}")
		}
	}
	o.Done("heartbeat")
}

// synthetic reads `synthetic: none` or `synthetic: {every: 1m}`.
func (r *reader) synthetic(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	if n.Kind() == strictyaml.Scalar {
		if r.oneOf(n, "none") == "none" {
			r.config.Synthetic = Synthetic{}
		}
		return
	}
	o := n.Object(&r.Problems)
	r.config.Synthetic.Every = r.every(o.Take("every"), defaultSynthetic, "a synthetic event is sent")
	o.Done("synthetic")
}

// every reads how often something is done.
func (r *reader) every(n strictyaml.Node, otherwise time.Duration, what string) time.Duration {
	if !n.Exists() {
		return otherwise
	}
	d, ok := n.Duration(&r.Problems)
	if ok && d < leastWatch {
		r.report(n, what+" every 10s at the most", "")
	}
	return d
}

func heartbeatSchema() *schema {
	return object(map[string]*schema{
		"url":   text("The address that is asked for, by GET, while all is well: of healthchecks.io, Dead Man's Snitch or the like. Write ${env:NAME} or ${file:/path} where nobody else should know it."),
		"every": duration("How often; default 1m."),
	}, "url")
}

func syntheticSchema() *schema {
	return either(words("Sends none.", "none"), object(map[string]*schema{
		"every": duration("How often a synthetic event is sent the way of every other, to measure it; default 1m."),
	}))
}
