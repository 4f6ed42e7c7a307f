package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// complete checks what concerns the arguments together: that none is missing, and the connection.
func (r *argsReader) complete() {
	for _, a := range r.spec.Args {
		if _, ok := r.given[a.Name]; !ok && a.Required {
			hint := fmt.Sprintf("write %s: {%s: …}", r.spec.Kind, a.Name)
			if r.spec.Short == a.Name {
				hint = cmp.Or(r.behind.Hash(), fmt.Sprintf("write %s: …", r.spec.Kind))
			}
			r.errors.Add(r.action.Problem(fmt.Sprintf("%s needs `%s`", r.spec.Kind, a.Name), hint))
		}
	}
	if r.spec.Connection != "" {
		r.connection()
	}
}

// connectionArg is the argument that names the connection.
func connectionArg(spec *ifsev.ActionSpec) ifsev.FieldSpec {
	i := slices.IndexFunc(spec.Args, func(a ifsev.FieldSpec) bool { return a.Names == ifsev.NamesConnection })
	if i < 0 {
		return ifsev.FieldSpec{}
	}
	return spec.Args[i]
}

// addressArg is the argument that holds an address in the place of a connection.
const addressArg = "url"

// connection checks that the step says clearly which connection it goes through.
func (r *argsReader) connection() {
	arg := connectionArg(r.spec)
	name, named := r.given[arg.Name]
	address, addressed := r.given[addressArg]
	_, mayAddress := r.spec.Arg(addressArg)
	known := connectionsOf(r.world(), r.spec.Connection)
	switch {
	case named && addressed && mayAddress:
		r.errors.Add(address.Problem(fmt.Sprintf("both `%s` and `%s` say where it goes", arg.Name, addressArg), "keep one of them"))
	case named || addressed && mayAddress:
		_ = name // its name is checked with the names
	case len(r.world().Connections) == 0, len(known) == 0:
		hint := fmt.Sprintf("add one under connections in the configuration: %s: {…}", r.spec.Connection)
		r.unconfigured(r.action, fmt.Sprintf("%s needs a connection of kind %s, and none is configured; until one is it will fail", r.spec.Kind, r.spec.Connection), hint, len(r.world().Connections) == 0)
	case len(known) > 1:
		r.errors.Add(r.action.Problem(fmt.Sprintf("there are several connections of kind %s", r.spec.Connection), fmt.Sprintf("name one with `%s`: %s", arg.Name, strings.Join(known, ", "))))
	}
}

func connectionsOf(w *World, kind string) []string {
	var names []string
	for _, c := range w.Connections {
		if c.Kind == kind {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return names
}

// unconfigured adds a warning where nothing of the sort is configured at all, so that rules can be written before the
// configuration; else an error. A warning is given once for each text.
func (l *loader) unconfigured(n strictyaml.Node, message, hint string, warning bool) {
	if !warning {
		l.errors.Add(n.Problem(message, hint))
		return
	}
	if !l.warned[message] {
		l.warned[message] = true
		l.warnings.Add(n.Problem(message, hint))
	}
}

// checkNames checks each name an argument holds, as far as it is known now.
func (r *argsReader) checkNames(spec ifsev.FieldSpec, n strictyaml.Node) {
	if spec.Names == "" {
		return
	}
	for _, item := range append(n.Items(), n) {
		if item.Kind() == strictyaml.Scalar && !strings.Contains(item.Raw(), "${") {
			r.checkName(spec.Names, item)
		}
	}
}

// everybody are the words that mean a whole channel to a kind of action; they are no names.
var everybody = []string{"here", "channel", "everyone"}

func (r *argsReader) checkName(kind ifsev.NameKind, n strictyaml.Node) {
	d, name := r.world().Directory, n.Raw()
	switch kind {
	case ifsev.NamesConnection:
		r.checkConnection(n)
		return
	case ifsev.NamesRotation:
		var known []string
		if d != nil {
			known = slices.Sorted(maps.Keys(d.Rotations))
		}
		r.checkKnown(n, known, "rotation", fmt.Sprintf("nobody is on call in %q: there are no people and rotations in the configuration, so this will fail", name))
	case ifsev.NamesRole:
		r.checkKnown(n, roleNames(d), "role", fmt.Sprintf("the role %q is not configured", name))
	case ifsev.NamesTarget, ifsev.NamesPerson, ifsev.NamesRecipient:
		if kind == ifsev.NamesRecipient && (strings.Contains(name, "@") || slices.Contains(everybody, name)) {
			return
		}
		r.checkKnown(n, everyTarget(d), "person, rotation or role", fmt.Sprintf("nobody is called %q: there are no people and rotations in the configuration, so this will reach nobody", name))
	}
}

// everyTarget lists whom a step can reach: people, rotations and roles, sorted.
func everyTarget(d *ifsev.Directory) []string {
	known := append(d.Targets(), roleNames(d)...)
	slices.Sort(known)
	return slices.Compact(known)
}

// checkKnown reports a name that is not known: a warning where nobody is configured at all.
func (r *argsReader) checkKnown(n strictyaml.Node, known []string, what, warning string) {
	if slices.Contains(known, n.Raw()) {
		return
	}
	place := "people or rotations"
	if what == "rotation" || what == "role" {
		place = what + "s"
	}
	if r.world().Directory.Empty() {
		r.unconfigured(n, warning, fmt.Sprintf("add it under %s in the configuration", place), true)
		return
	}
	otherwise := fmt.Sprintf("add it under %s in the configuration", place)
	if few := 12; len(known) > 0 && len(known) <= few {
		otherwise = "it may be " + strings.Join(known, ", ") + "; or " + otherwise
	}
	r.errors.Add(n.Problem(fmt.Sprintf("there is no %s %q", what, n.Raw()), nearestOr(n.Raw(), known, otherwise)))
}

func (r *argsReader) checkConnection(n strictyaml.Node) {
	name, kind := n.Raw(), r.spec.Connection
	known := connectionsOf(r.world(), kind)
	switch {
	case slices.Contains(known, name):
	case strings.Contains(name, "://") && r.hasAddress():
		r.errors.Add(n.Problem("this is an address, not the name of a connection", "write it as `"+addressArg+"`"))
	case slices.ContainsFunc(r.world().Connections, func(c ifsev.Connection) bool { return c.Name == name }):
		r.errors.Add(n.Problem(fmt.Sprintf("the connection %q is not of kind %s", name, kind), nearestOf(name, known)))
	default:
		otherwise := fmt.Sprintf("add it under connections in the configuration: %s: {kind: %s, …}", name, kind)
		r.unconfigured(n, fmt.Sprintf("there is no connection %q", name), nearestOr(name, known, otherwise), len(r.world().Connections) == 0)
	}
}

func (r *argsReader) hasAddress() bool {
	_, ok := r.spec.Arg(addressArg)
	return ok
}
