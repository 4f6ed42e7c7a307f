package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// useReader reads one use of a pack.
type useReader struct {
	*loader
	file *ruleFile
	key  strictyaml.Node // the name of the use
	pack *pack
	// values are those of the inputs; with are the nodes of those that were given.
	values map[string]given
	with   map[string]strictyaml.Node
}

// readUses makes rules of the packs a file uses, after its own.
func (l *loader) readUses(f *ruleFile) {
	if !f.uses.Exists() || f.scope == nil {
		return
	}
	if f.uses.Kind() == strictyaml.List {
		l.errors.Add(f.uses.Problem("`use` is a map of names to packs, got a list", "write each use below a name of its own: database-paging: {pack: …, with: {…}}"))
		return
	}
	for _, p := range f.uses.Object(&l.errors).Rest() {
		if len(l.uses) >= MaxUses {
			l.errors.Add(p.Key.Problem(fmt.Sprintf("there are more than %d uses of packs", MaxUses), "run a second installation"))
			return
		}
		if l.budget.told || len(l.errors) > maxProblems || l.ruleCount > MaxRules {
			return // said already
		}
		u := &useReader{loader: l, file: f, key: p.Key, values: map[string]given{}, with: map[string]strictyaml.Node{}}
		if u.named() && u.read(p.Value) {
			u.make()
		}
	}
}

// named checks the name of a use and remembers it.
func (u *useReader) named() bool {
	name := u.key.Raw()
	if !namePattern.MatchString(name) || len(name) > maxNameLength {
		u.errors.Add(u.key.Problem(fmt.Sprintf("%q cannot be the name of a use", name),
			fmt.Sprintf("use letters, digits, dots, _ and -, beginning with a letter or digit, at most %d of them", maxNameLength)))
		return false
	}
	if first, twice := u.uses[name]; twice {
		u.errors.Add(u.key.Problem(fmt.Sprintf("there are two uses %q; the first is in %s", name, at(first)), "give one of them another name: their rules would have the same"))
		return false
	}
	u.uses[name] = u.key
	return true
}

// read reads a use, and answers whether rules can be made of it.
func (u *useReader) read(n strictyaml.Node) bool {
	before := len(u.errors)
	switch n.Kind() {
	case strictyaml.Map:
	case strictyaml.Scalar:
		u.errors.Add(n.Problem(fmt.Sprintf("the use %q is a map that names its pack, got a text", u.key.Raw()), "write "+u.key.Raw()+": {pack: "+n.Raw()+"}"))
		return false
	case strictyaml.List:
		u.errors.Add(n.Problem(fmt.Sprintf("the use %q is a map that names its pack, got a list", u.key.Raw()), "write "+u.key.Raw()+": {pack: PATH, with: {…}}"))
		return false
	default:
		u.errors.Add(u.key.Problem(fmt.Sprintf("the use %q says nothing", u.key.Raw()), "write "+u.key.Raw()+": {pack: PATH, with: {…}}"))
		return false
	}
	o := n.Object(&u.errors)
	path, with := o.Need("pack"), o.Take("with")
	u.unknownKeys(o, "a use", useKeys(), useKeyHints())
	if u.pack = u.find(path); u.pack == nil {
		return false
	}
	for _, p := range with.Object(&u.errors).Rest() {
		in := u.pack.input(p.Key.Raw())
		if in == nil {
			u.errors.Add(p.Key.Problem(fmt.Sprintf("the pack %s has no input %q: %s", u.pack.name, p.Key.Raw(), at(u.pack.key)), u.known(p.Key.Raw())))
			continue
		}
		u.with[in.name] = p.Value
		u.value(in, p.Value)
	}
	for _, in := range u.pack.inputs {
		if !u.with[in.name].Exists() {
			u.standard(in)
		}
	}
	return len(u.errors) == before && !u.pack.broken
}

// find answers the pack of a use; nil where there is none, which is reported.
func (u *useReader) find(n strictyaml.Node) *pack {
	path, ok := n.Text(&u.errors)
	if !ok {
		return nil
	}
	name := packFile(u.key.File().Name(), path)
	if p := u.packs[name]; p != nil {
		return p
	}
	switch {
	case strings.Contains(path, "://"):
		u.errors.Add(n.Problem("a pack is a file, not an address", "keep a copy of it beside the rules"))
	case path == "":
		u.errors.Add(n.Problem("`pack` names no file", "write the path of a pack, as seen from the folder of this file"))
	case u.plain[name]:
		u.errors.Add(n.Problem(fmt.Sprintf("%s is no pack", name), "a pack begins with pack: NAME"))
	default:
		hint := "the path begins at the folder of this file"
		if name == path {
			hint = "look at the path"
		}
		u.errors.Add(n.Problem(fmt.Sprintf("there is no pack file %s", name), nearestOr(name, slices.Sorted(maps.Keys(u.packs)), hint)))
	}
	return nil
}

// known says which inputs there are.
func (u *useReader) known(name string) string {
	names := u.pack.inputNames()
	if len(names) == 0 {
		return "it has no inputs: remove it"
	}
	return nearestOf(name, names)
}

// value reads a value that is given.
func (u *useReader) value(in *packInput, n strictyaml.Node) {
	errs, warnings := u.apart(func() {
		if v, ok := u.inputValue(in, n, u.file.scope, true); ok {
			u.values[in.name] = v
		}
	})
	u.errors.Add(about(in, errs)...)
	u.warnings.Add(about(in, warnings)...)
}

// about adds to problems which input they are about.
func about(in *packInput, found strictyaml.Problems) strictyaml.Problems {
	for i := range found {
		found[i].Message += " (" + in.where() + ")"
	}
	return found
}

// standard takes the default of an input that is not given.
func (u *useReader) standard(in *packInput) {
	if !in.standard.Exists() {
		hint := fmt.Sprintf("write with: {%s: …}", in.name)
		if in.doc != "" {
			hint += ": " + in.doc
		}
		u.errors.Add(u.key.Problem(fmt.Sprintf("%q does not say %s (%s)", u.key.Raw(), in.name, in.where()), hint))
		return
	}
	if u.pack.broken {
		return
	}
	errs, warnings := u.apart(func() {
		if v, ok := u.inputValue(in, in.standard, u.file.scope, true); ok {
			u.values[in.name] = v
		}
	})
	u.errors.Add(u.standardFaults(in, errs)...)
	u.warnings.Add(u.standardFaults(in, warnings)...)
}

// standardFaults places what is wrong with a default at the use: another value may be right here.
func (u *useReader) standardFaults(in *packInput, found strictyaml.Problems) strictyaml.Problems {
	for i, p := range found {
		hint := fmt.Sprintf("write with: {%s: …}", in.name)
		if p.Hint != "" {
			hint += "; " + p.Hint
		}
		found[i] = u.key.Problem(fmt.Sprintf("the default %s does not do here: %s (%s)", in.standard.Raw(), p.Message, in.where()), hint)
	}
	return found
}

// make makes the rules.
func (u *useReader) make() {
	const mostAllowed = 16 << 10
	u.budget.left += min(costTimes*u.pack.size, mostAllowed)
	inputs := make([]lang.Input, len(u.pack.inputs))
	for i, in := range u.pack.inputs {
		inputs[i] = u.values[in.name].input
	}
	var made []packRule
	g := newGrafter(u.pack, func(in *packInput, at strictyaml.Node) strictyaml.Node {
		v := u.values[in.name].node
		if !v.Exists() || u.with[in.name].Exists() {
			return v
		}
		if v.Kind() == strictyaml.List { // of a default
			return at.PutList(v.Items())
		}
		return at.Put(v.Tag(), v.Raw())
	})
	errs, warnings := u.apart(func() {
		scope := u.packScope(u.file.scope, u.pack, inputs)
		if scope == nil {
			return
		}
		made = u.packRules(&ruleFile{zone: u.file.zone, scope: scope}, g, u.key.Raw())
	})
	u.place(g, errs, &u.errors)
	u.place(g, warnings, &u.warnings)
	for _, m := range made {
		u.take(m)
	}
}

// take puts a rule into the set.
func (u *useReader) take(m packRule) {
	m.Use = &Use{Name: u.key.Raw(), File: u.key.File().Name(), Line: u.key.Line()}
	if m.Hash != "" {
		m.Hash = u.hash(m)
	}
	u.add(m.Rule, m.enabled)
}

// hash is the hash of a rule of a pack: it changes with the values the rule asks for, and with the named conditions of
// the pack and, where a condition was given, of the file.
func (u *useReader) hash(m packRule) string {
	asked, words := map[string]bool{}, map[string]string{}
	content := m.from.Value.Value()
	inputsIn(content, asked)
	u.packDefines(content, words)
	for _, text := range words {
		inputsIn(text, asked)
	}
	values := map[string]any{}
	for name := range asked {
		if v, ok := u.values[name]; ok {
			values[name] = v.hashed
			if c := u.set.words.calendars[fmt.Sprint(v.hashed)]; c != nil && u.pack.input(name).inputType.name == inputCalendar {
				values[name] = []any{v.hashed, c.String()}
			}
		}
	}
	defines := make(map[string]any, len(words))
	for name, text := range words {
		defines[name] = text
	}
	return u.contentHash(u.file.zone, map[string]any{"rule": m.Hash, "inputs": values, "define": defines})
}

// packDefines collects the named conditions of the pack that any text below v has as a word, and those they have.
func (u *useReader) packDefines(v any, used map[string]string) {
	eachText(v, func(text string) {
		for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return !wordRune(c) }) {
			d, ok := u.pack.defines[word]
			if _, seen := used[word]; ok && !seen {
				used[word] = d.source.text
				u.packDefines(d.source.text, used)
			}
		}
	})
}

// place reports what the values of a use have brought about: at the value that did, or at the use.
func (u *useReader) place(g *grafter, found strictyaml.Problems, to *strictyaml.Problems) {
	for _, p := range found {
		in := g.put[spot{p.File, p.Line, p.Column}]
		switch {
		case in != nil && u.with[in.name].Exists(): // it stands at the value already
			p.Message += " (" + in.where() + ")"
			to.Add(p)
		case in != nil:
			to.Add(u.standardFaults(in, strictyaml.Problems{p})...)
		default:
			to.Add(u.brought(p))
		}
	}
}

// brought places something that is found in the pack once the values are there: at the value it is about where that can
// be told, else at the name of the use.
func (u *useReader) brought(p strictyaml.Problem) strictyaml.Problem {
	inPack := fmt.Sprintf("(the pack %s, %s:%d:%d)", u.pack.name, p.File, p.Line, p.Column)
	for _, rule := range u.pack.rules.Pairs() {
		if rule.Key.Line() == p.Line && rule.Key.Column() == p.Column { // about the name that is made here
			return u.key.Problem(p.Message+" "+inPack, p.Hint)
		}
	}
	where := u.key
	if n := u.with[mentionedAt(p)]; n.Exists() {
		where = n
	}
	return where.Problem("with these values: "+p.Message+" "+inPack, p.Hint)
}

// mentionedAt answers the input that stands where a problem is, or the only one in the line; empty if there is none.
func mentionedAt(p strictyaml.Problem) string {
	asked := map[string]bool{}
	only := ""
	for _, at := range inputMention.FindAllStringSubmatchIndex(p.Source, -1) {
		name := p.Source[at[2]:at[3]]
		from, to := utf8.RuneCountInString(p.Source[:at[0]])+1, utf8.RuneCountInString(p.Source[:at[1]])
		if from <= p.Column && p.Column <= to {
			return name
		}
		asked[name], only = true, name
	}
	if len(asked) == 1 {
		return only
	}
	return ""
}
