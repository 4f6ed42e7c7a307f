package config

import (
	"slices"

	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

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
	t.Hash = r.tokenHash(o, n)
	t.Scope = r.scope(o.Need("scopes"))
	o.Done("a token")
	r.config.Tokens = append(r.config.Tokens, t)
}

// tokenHash reads a token, of which only the hash is kept, or the hash itself.
func (r *reader) tokenHash(o *strictyaml.Object, where strictyaml.Node) secret.Hash {
	token, hash := o.Take("token"), o.Take("sha256")
	switch {
	case token.Exists() && hash.Exists():
		r.report(where, "a token is given as itself or as its hash, not both", "leave out token: the hash is enough")
	case !token.Exists() && !hash.Exists():
		r.report(where, "the token is missing", "write sha256: HASH as `ifsev token` prints it, or token: ${env:IFSEV_TOKEN}")
	case token.Exists():
		return secret.HashOf(r.secret(token, "IFSEV_TOKEN"))
	default:
		h, err := secret.ParseHash(r.text(hash))
		if err != nil {
			r.report(hash, "sha256: "+err.Error(), "`ifsev token` makes a new token and its hash; `ifsev token --stdin` hashes one you have")
		}
		return h
	}
	return secret.Hash{}
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
