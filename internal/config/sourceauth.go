package config

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/triggers"
)

// sourceAuth reads how a source proves who it is: exactly one of secret, basic, hmac and auth: none. Nil where it is
// wrong.
func (r *reader) sourceAuth(name, kind string, o *strictyaml.Object, where strictyaml.Node) triggers.Verifier {
	bearer, basic, signed, open := o.Take("secret"), o.Take("basic"), o.Take("hmac"), o.Take("auth")
	header := r.text(o.Take("header"))
	given := 0
	for _, n := range []strictyaml.Node{bearer, basic, signed, open} {
		if n.Exists() {
			given++
		}
	}
	env := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_SECRET"
	if given != 1 {
		message := "a source needs a secret, or anybody could open incidents"
		if given > 1 {
			message = "a source has one of secret, basic, hmac and auth: none, not several"
		}
		r.report(where, message, "write secret: ${env:"+env+"}, or auth: none if everybody who reaches the daemon may post")
		return nil
	}
	switch {
	case bearer.Exists():
		return verifier(r, bearer, func() (*triggers.Bearer, error) { return triggers.NewBearer(header, r.secrets(bearer, env)...) })
	case basic.Exists():
		return r.basic(basic, env)
	case signed.Exists():
		return r.hmac(signed, name, kind, env)
	}
	r.oneOf(open, "none")
	return triggers.Open{}
}

// verifier reports the error of a constructor, unless what is wrong was reported already.
func verifier[V triggers.Verifier](r *reader, n strictyaml.Node, make func() (V, error)) triggers.Verifier {
	before := len(r.Problems)
	v, err := make()
	if err == nil {
		return v
	}
	if len(r.Problems) == before {
		r.report(n, err.Error(), "")
	}
	return nil
}

func (r *reader) basic(n strictyaml.Node, env string) triggers.Verifier {
	r.hideUnknown(n, "user")
	return verifier(r, n, func() (*triggers.Basic, error) {
		o := n.Object(&r.Problems)
		user, passwords := r.text(o.Need("user")), r.secrets(o.Need("password"), env)
		o.Done("basic")
		return triggers.NewBasic(user, passwords...)
	})
}

// hmac reads how a tool signs: what a preset says, with what is written here over it. A source that is called like a
// preset, or is of a kind called so, has that one.
func (r *reader) hmac(n strictyaml.Node, name, kind, env string) triggers.Verifier {
	r.hideUnknown(n, "preset", "header", "prefix", "encoding", "algorithm", "timestamp", "id", "signed", "tolerance")
	return verifier(r, n, func() (*triggers.HMAC, error) {
		o := n.Object(&r.Problems)
		opts := r.preset(o.Take("preset"), name, kind)
		if h := r.text(o.Take("timestamp")); h != "" {
			opts = opts.WithTimestamp(h)
		}
		for key, into := range map[string]*string{"header": &opts.Header, "prefix": &opts.Prefix, "id": &opts.ID, "signed": &opts.Signed} {
			if v := r.text(o.Take(key)); v != "" {
				*into = v
			}
		}
		if v := r.oneOf(o.Take("encoding"), "hex", "base64"); v != "" {
			opts.Encoding = v
		}
		if v := r.oneOf(o.Take("algorithm"), "sha256", "sha1", "sha512"); v != "" {
			opts.Algorithm = v
		}
		opts.Tolerance = o.Duration("tolerance")
		secrets := r.hmacSecrets(o, env)
		o.Done("hmac")
		return triggers.NewHMAC(opts, secrets...)
	})
}

func (r *reader) hmacSecrets(o *strictyaml.Object, env string) []secret.Secret {
	n := o.Need("secret")
	if !n.Exists() {
		return nil
	}
	return r.secrets(n, env)
}

func (r *reader) preset(n strictyaml.Node, name, kind string) triggers.HMACOptions {
	if n.Exists() {
		opts, _ := triggers.Preset(r.oneOf(n, triggers.Presets()...))
		return opts
	}
	for _, word := range []string{name, kind} {
		if slices.Contains(triggers.Presets(), word) {
			opts, _ := triggers.Preset(word)
			return opts
		}
	}
	return triggers.HMACOptions{}
}
