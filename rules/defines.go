package rules

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// definition is one named condition.
type definition struct {
	key    strictyaml.Node
	source source
	// broken ones have been reported; they count as true, so that what uses them is still checked.
	broken bool
}

// harmless stands for a named condition that is broken.
const harmless = "true"

var definePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// readDefines collects the named conditions of all files, then makes the scope of each file: they are known in every
// file, and count hours and days in the time zone of the file that uses them.
func (l *loader) readDefines() {
	known, _ := l.set.words.scope(nil, nil) // where a field has the name of a variable, that is said of every condition
	for _, f := range l.files {
		for _, p := range f.defines.Object(&l.errors).Rest() {
			if !l.readDefine(known, p) {
				return // no rule is read without a scope
			}
		}
	}
	byZone := map[string]*lang.Scope{}
	for _, f := range l.files {
		name := f.zone.String()
		if byZone[name] == nil {
			byZone[name] = l.scope(f.zone)
		}
		f.scope = byZone[name]
	}
}

// readDefine collects one named condition; false where there are too many to go on.
func (l *loader) readDefine(known *lang.Scope, p strictyaml.Pair) bool {
	name := p.Key.Raw()
	if first := l.defines[name]; first != nil {
		l.errors.Add(p.Key.Problem(fmt.Sprintf("%s is defined twice; the first is in %s", name, at(first.key)), "keep one of them; a define is known in all files"))
		return true
	}
	if len(l.defines) >= MaxDefines {
		l.errors.Add(p.Key.Problem(fmt.Sprintf("there are more than %d defines", MaxDefines), "write some of them out"))
		return false
	}
	switch {
	case !definePattern.MatchString(name):
		l.errors.Add(p.Key.Problem(fmt.Sprintf("%q cannot be the name of a define", name), "use letters, digits and _, beginning with a letter"))
		return true
	case takenIn(known, name):
		l.errors.Add(p.Key.Problem(fmt.Sprintf("%q means something in expressions already", name), "choose another name"))
		return true
	}
	// Whether it is right is known once all are: they may use one another.
	s, ok := l.condition(p.Value, func(string) error { return nil })
	l.defines[name] = &definition{key: p.Key, source: s, broken: !ok}
	return true
}

// scope makes the scope of a time zone. Defines that are wrong are reported, each once, and left out.
func (l *loader) scope(zone *time.Location) *lang.Scope {
	const enough = 50 // reports of broken defines; each costs another look at all of them
	for range enough {
		scope, err := l.set.words.scope(l.defineSources(), zone)
		var broken *lang.DefineError
		switch {
		case err == nil:
			return scope
		case !errors.As(err, &broken):
			l.errors.Add(strictyaml.Problem{Message: err.Error(), Hint: "fields and roles of the configuration must have names of their own"})
			return nil
		}
		d := l.defines[broken.Define]
		d.broken = true
		l.errors.Add(d.source.problems(broken.Err)...)
	}
	return nil
}

// taken reports whether a name cannot be that of a define, because it means something already.
func (l *loader) taken(name string) bool {
	known, _ := l.set.words.scope(nil, nil)
	return takenIn(known, name)
}

func takenIn(known *lang.Scope, name string) bool {
	return known != nil && known.Means(name) || slices.Contains(reservedNames(), name)
}

func (l *loader) defineSources() map[string]string {
	sources := make(map[string]string, len(l.defines))
	for name, d := range l.defines {
		sources[name] = d.source.text
		if d.broken {
			sources[name] = harmless
		}
	}
	return sources
}

// at says where a node stands, for a message about another.
func at(n strictyaml.Node) string {
	return fmt.Sprintf("%s:%d", n.File().Name(), n.Line())
}
