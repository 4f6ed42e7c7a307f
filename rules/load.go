package rules

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// The limits of a rule set.
const (
	MaxRules   = 10_000
	MaxDefines = 1_000
	// MaxSteps bounds the steps of one branch, those of on_error included.
	MaxSteps = 100
	// MaxRungs bounds the rungs of one ladder.
	MaxRungs = 100
	// maxNameLength is in characters: a rule's name is a label of the metrics.
	maxNameLength = 80
	// maxProblems is after how many mistakes the rest of the rules is not looked at.
	maxProblems = 200
)

// Load makes a set of the files, in their order. All mistakes are found at once: where there is any error the set is
// nil. Warnings say what is allowed and will not do what is probably meant. Both are sorted by file and place.
func Load(files []Source, w World) (*Set, strictyaml.Problems, strictyaml.Problems) {
	l := newLoader(w)
	for _, f := range files {
		l.budget.allow(f)
		l.readFile(f)
	}
	l.readCalendars()
	l.readDefines()
	l.tryPacks()
	for _, f := range l.files {
		l.readRules(f)
		l.readUses(f)
	}
	for _, f := range l.files {
		l.readSilences(f)
	}
	tidy(&l.errors)
	tidy(&l.warnings)
	if len(l.errors) > 0 {
		return nil, l.errors, l.warnings
	}
	return l.finish(files), nil, l.warnings
}

// loader is one set in the making.
type loader struct {
	set     *Set
	actions catalogue
	files   []*ruleFile
	// defines are those of all files by name; rules say where each name was first seen, ruleCount how many there are.
	defines   map[string]*definition
	rules     map[string]strictyaml.Node
	ruleCount int
	scopes    scopeCache
	budget    budget
	// packs are those of all files by the names of the files, packOrder has them in order, uses their uses by name; plain
	// are the names of the files that are none.
	packs     map[string]*pack
	packOrder []*pack
	uses      map[string]strictyaml.Node
	plain     map[string]bool

	errors, warnings strictyaml.Problems
	// warned are the warnings given so far.
	warned map[string]bool
}

// ruleFile is one file with what its top-level keys say.
type ruleFile struct {
	zone      *time.Location
	calendars strictyaml.Node
	defines   strictyaml.Node
	rules     strictyaml.Node
	silences  strictyaml.Node
	uses      strictyaml.Node
	scope     *lang.Scope
}

func newLoader(w World) *loader {
	set := &Set{World: w, byName: map[string]*Rule{}}
	set.words = newVocabulary(&set.World)
	return &loader{
		set: set, actions: newCatalogue(w.Actions), defines: map[string]*definition{}, rules: map[string]strictyaml.Node{},
		warned: map[string]bool{}, scopes: newScopeCache(), packs: map[string]*pack{}, uses: map[string]strictyaml.Node{}, plain: map[string]bool{},
	}
}

func (l *loader) world() *World { return &l.set.World }

func (l *loader) readFile(f Source) {
	file, problems := strictyaml.Parse(f.Name, []byte(f.Text))
	l.errors.Add(problems...)
	root := file.Root()
	if !root.Exists() || !l.textsFit(root) {
		return
	}
	o := root.Object(&l.errors)
	if key := o.Take("pack"); key.Exists() {
		l.readPack(f, o, key)
		return
	}
	l.plain[f.Name] = true
	rf := &ruleFile{zone: l.zone(o.Take("timezone")), calendars: o.Take("calendars"), defines: o.Take("define"), rules: o.Take("rules"), silences: o.Take("silences"), uses: o.Take("use")}
	l.files = append(l.files, rf)
	if !l.misplacedRules(o, rf) {
		l.unknownKeys(o, "a rule file", fileKeys(), fileKeyHints())
	}
}

// misplacedRules reports rules that stand at the top of a file instead of under rules.
func (l *loader) misplacedRules(o *strictyaml.Object, rf *ruleFile) bool {
	if rf.rules.Exists() || rf.uses.Exists() {
		return false
	}
	for _, p := range o.Node().Pairs() {
		inner := p.Value.Object(&strictyaml.Problems{})
		if p.Value.Kind() == strictyaml.Map && p.Key.Raw() != "define" && p.Key.Raw() != "silences" && (inner.Take("if").Exists() || inner.Take("when").Exists() || inner.Take("then").Exists()) {
			l.errors.Add(p.Key.Problem(fmt.Sprintf("the rule %q stands at the top of the file", p.Key.Raw()), "write `rules:` above the rules and indent them"))
			return true
		}
	}
	return false
}

// zone reads a time zone; the configuration's where the file names none.
func (l *loader) zone(n strictyaml.Node) *time.Location {
	fallback := l.world().Zone
	if fallback == nil {
		fallback = time.UTC
	}
	name, ok := n.Text(&l.errors)
	if !ok {
		return fallback
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		l.errors.Add(n.Problem(fmt.Sprintf("there is no time zone %q", name), "write it like Europe/Berlin, America/New_York or UTC"))
		return fallback
	}
	return zone
}

func (l *loader) readRules(f *ruleFile) {
	if f.scope == nil {
		return
	}
	if f.rules.Kind() == strictyaml.List {
		l.errors.Add(f.rules.Problem("`rules` is a map of names to rules, got a list", "write each rule below its name: database-oncall: {if: …, then: …}"))
		return
	}
	for _, p := range f.rules.Object(&l.errors).Rest() {
		if l.ruleCount++; l.ruleCount > MaxRules {
			l.errors.Add(p.Key.Problem(fmt.Sprintf("there are more than %d rules", MaxRules), "join rules that differ in a name only, or run a second installation"))
			return
		}
		if len(l.errors) > maxProblems {
			l.errors.Add(p.Key.Problem(fmt.Sprintf("there are more than %d mistakes; the rest has not been looked at", maxProblems), "mend these first"))
			return
		}
		if l.budget.told {
			return
		}
		rule, enabled := l.readRule(f, p)
		if rule == nil {
			continue
		}
		l.add(rule, enabled)
	}
}

// add puts a rule into the set.
func (l *loader) add(rule *Rule, enabled bool) {
	if !enabled {
		l.set.Disabled = append(l.set.Disabled, rule)
		return
	}
	l.set.Rules = append(l.set.Rules, rule)
	l.set.byName[rule.Name] = rule
}

// finish completes a set that has no errors.
func (l *loader) finish(files []Source) *Set {
	s := l.set
	s.files, s.packs = append([]Source(nil), files...), len(l.packOrder)
	s.Hash, s.FilesHash = s.hash(true), s.hash(false)
	s.scope = l.scope(l.zone(strictyaml.Node{}))
	s.index()
	return s
}

// catalogue is every kind of action by name.
type catalogue struct {
	byKind map[string]*ifsev.ActionSpec
	kinds  []string
}

func newCatalogue(outside []ifsev.ActionSpec) catalogue {
	c := catalogue{byKind: map[string]*ifsev.ActionSpec{}}
	for _, spec := range append(InsideActions(), outside...) {
		c.byKind[spec.Kind] = &spec
		c.kinds = append(c.kinds, spec.Kind)
	}
	return c
}
