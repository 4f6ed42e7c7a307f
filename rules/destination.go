package rules

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
)

// Destination names where the step leads with these arguments, for its lane and bulkhead: the connection as
// kind:name, or the name alone where it is the kind's; webhook:host[:port] for an address; page:target for a page.
// It never holds a path, a query or a password.
func (s *Step) Destination(args ifsev.Data, w *World) string {
	if s.Spec.Connection == "" {
		return targeted(s.Spec, args)
	}
	kind := s.Spec.Connection
	arg := connectionArg(s.Spec)
	name, given := args.String(arg.Name), args.String(addressArg)
	if name == "" && given != "" {
		return through(kind, hostOf(given))
	}
	if known := connectionsOf(w, kind); name == "" && len(known) == 1 {
		name = known[0]
	}
	return through(kind, plain(name))
}

// targeted is the destination of a kind that needs no connection: the kind, and whom it is for if it is for somebody.
func targeted(spec *ifsev.ActionSpec, args ifsev.Data) string {
	i := slices.IndexFunc(spec.Args, func(a ifsev.FieldSpec) bool { return a.Names == ifsev.NamesTarget })
	if i < 0 {
		return spec.Kind
	}
	if name := plain(args.String(spec.Args[i].Name)); name != "" {
		return spec.Kind + ":" + name
	}
	return spec.Kind
}

// through is kind:name, or the kind alone where the name adds nothing.
func through(kind, name string) string {
	if name == "" || name == kind {
		return kind
	}
	return kind + ":" + name
}

// maxTarget bounds the name in a destination, in bytes; no host's and nobody's is as long (RFC 1035 gives hosts 253).
const maxTarget = 300

// plain is a name as it may be told to everybody. Rendered, an argument for a name may hold an address, and those of
// incoming webhooks say everything in the path; or a text of any length, which leads nowhere and is no name for a lane.
func plain(name string) string {
	if strings.Contains(name, "://") {
		return hostOf(name)
	}
	return bounded(name)
}

func bounded(name string) string {
	if len(name) > maxTarget {
		return ""
	}
	return name
}

// hostOf is the host and port of an address; empty where it is none.
func hostOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return bounded(strings.ToLower(u.Host))
}
