package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// readPack reads the head of a pack: everything but its rules. The key `pack` has been taken.
func (l *loader) readPack(f Source, o *strictyaml.Object, key strictyaml.Node) {
	p := &pack{key: key, size: len(f.Text), rules: o.Take("rules"), defines: map[string]*definition{}}
	l.packs[f.Name] = p
	l.packOrder = append(l.packOrder, p)
	before := len(l.errors)
	p.name, _ = key.Text(&l.errors)
	if !namePattern.MatchString(p.name) && len(l.errors) == before {
		l.errors.Add(o.Key("pack").Problem("the pack has no name", "write one of letters, digits, dots, _ and -: pack: paging-ladder"))
	}
	o.Text("description")
	for _, pair := range o.Take("inputs").Object(&l.errors).Rest() {
		l.readInput(p, pair)
	}
	for _, pair := range o.Take("define").Object(&l.errors).Rest() {
		l.readPackDefine(p, pair)
	}
	l.unknownKeys(o, "a pack", packKeys(), packKeyHints())
	if p.rules.Kind() != strictyaml.Map {
		l.errors.Add(o.Key("pack").Problem(fmt.Sprintf("the pack %s has no rules", p.name), "write them under rules, each below its name"))
	}
	p.broken = len(l.errors) > before
}

// readInput reads what an input is.
func (l *loader) readInput(p *pack, pair strictyaml.Pair) {
	in := &packInput{pack: p, name: pair.Key.Raw(), key: pair.Key}
	in.least, in.most = unbounded()
	if !definePattern.MatchString(in.name) {
		l.errors.Add(pair.Key.Problem(fmt.Sprintf("%q cannot be the name of an input", in.name), "use letters, digits and _, beginning with a letter: expressions say inputs.NAME"))
		return
	}
	p.inputs = append(p.inputs, in)
	if pair.Value.Kind() != strictyaml.Map {
		l.errors.Add(pair.Key.Problem(fmt.Sprintf("the input %s says nothing", in.name), "write "+in.name+": {type: duration, default: 5m, description: …}"))
		return
	}
	o := pair.Value.Object(&l.errors)
	in.doc = o.Text("description")
	in.standard = o.Take("default")
	l.inputIs(in, o)
	l.unknownKeys(o, "an input", inputKeys(), inputKeyHints())
	if in.standard.Exists() && in.inputType.name != "" && in.inputType.name != inputCondition {
		_, _ = l.inputValue(in, in.standard, nil, false)
	}
}

// inputKeys are the keys of an input.
func inputKeys() []key {
	return []key{
		{"type", "What it is: string, int, number, bool, duration, strings, severity, target, rotation, role, channel, connection, calendar or condition."},
		{"default", "Its value where none is given; without it one must be."},
		{"description", "What it is for."},
		{"values", "The texts it may be, for string and strings."},
		{"min", "The least it may be, for int, number and duration."},
		{"max", "The most it may be, for int, number and duration."},
		{"kind", "The kind of connection, such as slack."},
	}
}

func inputKeyHints() map[string]string {
	return map[string]string{
		"required": "leave it out: an input without a default must be given", "optional": "give it a default", "doc": "write description", "enum": "write values", "choices": "write values",
		"options": "write values", "of": "write values", "minimum": "write min", "maximum": "write max", "value": "write default",
	}
}

// inputIs reads the type with its bounds.
func (l *loader) inputIs(in *packInput, o *strictyaml.Object) {
	n := o.Need("type")
	word, ok := n.Text(&l.errors)
	types := inputTypes()
	i := slices.IndexFunc(types, func(t inputType) bool { return t.name == word })
	if ok && i < 0 {
		l.errors.Add(n.Problem(fmt.Sprintf("there is no type of inputs %q", word), typeHint(word)))
	}
	values, least, most, kind := o.Take("values"), o.Take("min"), o.Take("max"), o.Take("kind")
	if i < 0 {
		return
	}
	in.inputType = types[i]
	l.onlyFor(in, o, values, "values", inputString, inputStrings)
	l.onlyFor(in, o, least, "min", inputInt, inputNumber, inputDuration)
	l.onlyFor(in, o, most, "max", inputInt, inputNumber, inputDuration)
	l.onlyFor(in, o, kind, "kind", inputConnection)
	in.values, _ = values.Texts(&l.errors)
	in.kind, _ = kind.Text(&l.errors)
	in.least, in.most = l.bound(in, least, math.Inf(-1)), l.bound(in, most, math.Inf(1))
	if in.least > in.most {
		l.errors.Add(o.Key("min").Problem("`min` is more than `max`", "no value lies between them"))
	}
}

func (l *loader) onlyFor(in *packInput, o *strictyaml.Object, n strictyaml.Node, key string, types ...string) {
	if n.Exists() && !slices.Contains(types, in.inputType.name) {
		l.errors.Add(o.Key(key).Problem(fmt.Sprintf("`%s` means nothing to an input of the type %s", key, in.inputType.name), "remove it"))
	}
}

func (l *loader) bound(in *packInput, n strictyaml.Node, otherwise float64) float64 {
	if !n.Exists() {
		return otherwise
	}
	unbound := &packInput{inputType: in.inputType, pack: in.pack, name: in.name}
	unbound.least, unbound.most = unbounded()
	switch v := func() any { _, v := l.inputScalar(unbound, n); return v }().(type) {
	case int:
		return float64(v)
	case float64:
		return v
	case time.Duration:
		return float64(v)
	}
	return otherwise
}

// readPackDefine reads a named condition of a pack.
func (l *loader) readPackDefine(p *pack, pair strictyaml.Pair) {
	name := pair.Key.Raw()
	switch {
	case !definePattern.MatchString(name):
		l.errors.Add(pair.Key.Problem(fmt.Sprintf("%q cannot be the name of a define", name), "use letters, digits and _, beginning with a letter"))
		return
	case l.taken(name):
		l.errors.Add(pair.Key.Problem(fmt.Sprintf("%q means something in expressions already", name), "choose another name"))
		return
	}
	s, ok := l.condition(pair.Value, func(string) error { return nil })
	p.defines[name] = &definition{key: pair.Key, source: s, broken: !ok}
}

// packScope makes the scope of a pack's rules; nil where a named condition is wrong, which is reported.
func (l *loader) packScope(base *lang.Scope, p *pack, inputs []lang.Input) *lang.Scope {
	sources := make(map[string]string, len(p.defines))
	for name, d := range p.defines {
		sources[name] = d.source.text
	}
	scope, err := base.WithInputs(inputs, sources)
	var broken *lang.DefineError
	switch {
	case err == nil:
		return scope
	case errors.As(err, &broken):
		l.errors.Add(p.defines[broken.Define].source.problems(broken.Err)...)
	default:
		l.errors.Add(p.key.Problem(err.Error(), ""))
	}
	return nil
}
