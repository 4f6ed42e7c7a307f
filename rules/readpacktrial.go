package rules

import (
	"fmt"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// tryPacks checks each pack by itself, used or not: first for whatever values its inputs may be given, then with its
// defaults. What is found is the pack's own fault, and told once.
func (l *loader) tryPacks() {
	if len(l.packs) == 0 {
		return
	}
	base, err := l.set.words.scope(nil, l.zone(strictyaml.Node{}))
	if err != nil {
		return // the configuration is wrong, which is reported with the scopes of the files
	}
	for _, p := range l.packOrder {
		if p.broken {
			continue
		}
		unknown := func(in *packInput) bool { return !in.standard.Exists() || in.loose }
		elsewhere := func(in *packInput) bool { return !in.standard.Exists() || in.worldly() }
		p.broken = !l.tryPack(p, base, unknown, false) || !l.tryPack(p, base, elsewhere, true)
		l.unasked(p)
	}
}

// tryPack reads the rules of a pack as if it were used, and forgets them. Inputs that are open have no value that is
// known; in expressions the others have theirs only if constant says so.
func (l *loader) tryPack(p *pack, base *lang.Scope, open func(*packInput) bool, constant bool) bool {
	before := len(l.errors)
	standards := map[string]given{}
	inputs := make([]lang.Input, len(p.inputs))
	for i, in := range p.inputs {
		inputs[i] = lang.Input{Variable: in.variable()}
		if open(in) {
			continue
		}
		v, ok := l.inputValue(in, in.standard, base, false)
		if standards[in.name] = v; ok && constant {
			inputs[i] = v.input
		}
	}
	if len(l.errors) > before {
		return false
	}
	scope := l.packScope(base, p, inputs)
	if scope == nil {
		return false
	}
	g := newGrafter(p, func(in *packInput, at strictyaml.Node) strictyaml.Node {
		switch v := standards[in.name]; {
		case in.inputType.name == inputCondition:
			return strictyaml.Node{}
		case open(in):
			return in.sample(at)
		case v.node.Kind() == strictyaml.List:
			return at.PutList(v.node.Items())
		default:
			return at.Put(v.node.Tag(), v.node.Raw())
		}
	})
	g.open = open
	names, count := l.rules, l.ruleCount
	l.rules = map[string]strictyaml.Node{}
	found, warned := l.apart(func() { l.packRules(&ruleFile{zone: base.Location(), scope: scope}, g, p.name) })
	l.rules, l.ruleCount = names, count
	found, warned = g.ownFaults(found), g.ownFaults(warned)
	l.errors.Add(found...)
	l.warnings.Add(warned...)
	return len(found) == 0
}

// ownFaults answers what is the pack's own fault: not what is wrong with a value that was made up, of a type that says
// little.
func (g *grafter) ownFaults(found strictyaml.Problems) strictyaml.Problems {
	var own strictyaml.Problems
	for _, p := range found {
		in, put := g.put[spot{p.File, p.Line, p.Column}]
		switch {
		case put && (in == nil && p.Code != codeUnknownInput || in != nil && in.loose && g.open(in) && len(in.values) == 0):
			continue // said already, or not to be known
		case put && in != nil && g.open(in):
			p.Message = fmt.Sprintf("the input %s, of the type %s, does not fit here: %s", in.name, in.inputType.name, p.Message)
		case put && in != nil:
			p.Message = fmt.Sprintf("the default of the input %s does not fit here: %s", in.name, p.Message)
		}
		p.Code = ""
		own.Add(p)
	}
	return own
}

// codeUnknownInput marks, among what is found in a pack, what is said of an input there is not.
const codeUnknownInput = "unknown-input"

// apart does something and answers what it would have reported.
func (l *loader) apart(do func()) (errs, warnings strictyaml.Problems) {
	errors, warned := l.errors, l.warnings
	l.errors, l.warnings = nil, nil
	do()
	errs, warnings = l.errors, l.warnings
	l.errors, l.warnings = errors, warned
	return errs, warnings
}

// packRule is a rule that was made of one of a pack.
type packRule struct {
	*Rule
	enabled bool
	from    strictyaml.Pair // in the pack
}

// packRules reads the rules of a pack with values in them; each is called PREFIX.NAME.
func (l *loader) packRules(f *ruleFile, g *grafter, prefix string) []packRule {
	g.errors = &l.errors
	var made []packRule
	for _, p := range g.pack.rules.Pairs() {
		if l.ruleCount++; l.ruleCount > MaxRules {
			l.errors.Add(p.Key.Problem(fmt.Sprintf("there are more than %d rules", MaxRules), "use fewer packs, or run a second installation"))
			return made
		}
		if l.budget.told || len(l.errors) > maxProblems {
			return made
		}
		body := g.rule(p.Value)
		if !l.affordsNodes(p.Key, g) {
			return made
		}
		key := p.Key.Put("!!str", prefix+"."+p.Key.Raw())
		if rule, enabled := l.readRule(f, strictyaml.Pair{Key: key, Value: body}); rule != nil {
			made = append(made, packRule{rule, enabled, p})
		}
	}
	return made
}

// costNode is what a value that is looked at costs of the budget, in bytes.
const costNode = 16

func (l *loader) affordsNodes(n strictyaml.Node, g *grafter) bool {
	l.budget.left -= costNode * g.nodes
	g.nodes = 0
	return l.affords(n)
}

// unasked warns of inputs that nothing in the pack asks for.
func (l *loader) unasked(p *pack) {
	if p.broken {
		return
	}
	asked := map[string]bool{}
	inputsIn(p.rules.Value(), asked)
	for _, d := range p.defines {
		inputsIn(d.source.text, asked)
	}
	for _, in := range p.inputs {
		if !asked[in.name] {
			hint := fmt.Sprintf("write inputs.%s in an expression or \"${inputs.%s}\" in the place of a value, or remove it", in.name, in.name)
			l.warnings.Add(in.key.Problem(fmt.Sprintf("no rule of the pack asks for the input %s", in.name), hint))
		}
	}
}

// inputsIn notes the inputs that are asked for in any text below v, keys included.
func inputsIn(v any, asked map[string]bool) {
	switch v := v.(type) {
	case string:
		for _, m := range inputMention.FindAllStringSubmatch(v, -1) {
			asked[m[1]] = true
		}
	case []any:
		for _, x := range v {
			inputsIn(x, asked)
		}
	case map[string]any:
		for key, x := range v {
			inputsIn(key, asked)
			inputsIn(x, asked)
		}
	}
}
