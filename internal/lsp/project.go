package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/analysis"
)

// project is what is checked together: a configuration, and rule files.
type project struct {
	// config is the configuration file; empty if there is none.
	config string
	// paths are the files and folders of the rules; root is what their names are told from.
	paths []string
	root  string

	sur Surroundings
	// configured is the text of the configuration.
	configured string
	// lexicon and schema are of the last configuration that could be read.
	lexicon *rules.Lexicon
	schema  *schema
	// names lists the files in the order in which they are checked; texts and outlines are of each.
	names    []string
	texts    map[string]*text
	outlines map[string]*outline
	// called are the packs by path, as the files that use them call them.
	called map[string]string
	// unread says what could not be read.
	unread error
	// found are the mistakes by file; every file that was looked at is in it.
	found map[string][]finding
}

// finding is a problem and how bad it is.
type finding struct {
	strictyaml.Problem
	severity int
}

// shelf are the open documents by path.
type shelf map[string]*document

// read answers a file: the open buffer, or what is on the disk.
func (s shelf) read(path string) ([]byte, error) {
	if d := s[path]; d != nil {
		return []byte(d.text.whole), nil
	}
	return os.ReadFile(path)
}

func (s shelf) has(path string) bool {
	if s[path] != nil {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// holds reports whether a path, or a file below it, is open.
func (s shelf) holds(path string) bool {
	for open := range s {
		if within(open, path) {
			return true
		}
	}
	return false
}

// configOf answers the configuration file a path belongs to: ifsev.yaml in its folder or above it.
func (s shelf) configOf(path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if file := filepath.Join(dir, config.DefaultFile); s.has(file) {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// defaultRules is the folder of the rules where a configuration names none.
const defaultRules = "rules"

// projectOf works out what a document is checked with.
func projectOf(o *Options, open shelf, d *document) *project {
	p := &project{config: o.Config}
	if p.config == "" {
		p.config = open.configOf(d.path)
	}
	if content, err := open.read(p.config); err == nil {
		p.configured = string(content)
	}
	p.sur = o.Surroundings(p.config, open.read)
	p.paths, p.root = p.rulePaths(d.path), filepath.Dir(d.path)
	if p.config != "" && (d.path == p.config || p.covers(d.path)) {
		p.root = filepath.Dir(p.config)
		return p
	}
	p.paths = siblings(open, d.path, p.config)
	return p
}

// rulePaths answers where the configuration has its rules; they are named from its own folder.
func (p *project) rulePaths(from string) []string {
	if p.config == "" {
		return nil
	}
	dir := filepath.Dir(p.config)
	var paths []string
	for _, path := range p.sur.Rules {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		paths = append(paths, path)
	}
	if folder := filepath.Join(dir, defaultRules); len(paths) == 0 && (isDir(folder) || within(from, folder)) {
		paths = []string{folder}
	}
	return paths
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

// covers reports whether a file is among the rules the configuration names.
func (p *project) covers(path string) bool {
	return slices.ContainsFunc(p.paths, func(folder string) bool { return within(path, folder) })
}

// siblings are the rule files of a folder: a file nobody names is checked with those beside it. What is no rule file by
// its keys is left out, because nobody has said that this is a folder of rules.
func siblings(open shelf, path, configured string) []string {
	if !filepath.IsAbs(path) {
		return []string{path}
	}
	dir := filepath.Dir(path)
	names := map[string]bool{}
	if kindOf(path, configured) == ruleFile {
		names[path] = true
	}
	entries, _ := os.ReadDir(dir) // a folder that is not there yet has no other files
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if e.Type().IsRegular() && isRuleName(file, configured) && open[file] == nil && holdsRules(file) {
			names[file] = true
		}
	}
	for file := range open {
		if filepath.Dir(file) == dir && isRuleName(file, configured) {
			names[file] = true
		}
	}
	return sorted(names)
}

func isRuleName(path, configured string) bool {
	ext, name := filepath.Ext(path), filepath.Base(path)
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(name, ".") && kindOf(path, configured) == ruleFile
}

// holdsRules looks for a key of rule files at the beginning of a line.
func holdsRules(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Size() > strictyaml.MaxBytes {
		return false
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(content)) {
		for _, key := range []string{"rules:", "define:", "calendars:", "silences:"} {
			if strings.HasPrefix(line, key) {
				return true
			}
		}
	}
	return false
}

func sorted(set map[string]bool) []string {
	var list []string
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// key tells projects apart.
func (p *project) key() string { return p.config + "\x00" + strings.Join(p.paths, "\x00") }

// load reads the files of the project, open buffers before the disk.
func (p *project) load(o *Options, open shelf) {
	p.texts, p.outlines, p.names = map[string]*text{}, map[string]*outline{}, nil
	var onDisk []string
	for _, path := range p.paths {
		if isDir(path) || !open.holds(path) {
			onDisk = append(onDisk, path)
		}
	}
	sources, err := o.RuleFiles(onDisk)
	p.unread = err
	for _, s := range sources {
		p.texts[s.Name] = newText(s.Text)
	}
	for path, d := range open {
		if p.texts[path] != nil || slices.Contains(p.paths, path) || p.covers(path) && isRuleName(path, p.config) {
			p.texts[path] = d.text
		}
	}
	for _, s := range sources {
		p.names = append(p.names, s.Name)
	}
	unsaved := map[string]bool{}
	for name := range p.texts {
		if !slices.Contains(p.names, name) {
			unsaved[name] = true
		}
	}
	p.names = append(p.names, sorted(unsaved)...)
	p.addPacks(open)
}

// learn makes what is known of the configuration; a broken one leaves what was known before it broke.
func (p *project) learn(before *project) {
	if before != nil && (!p.sur.Known || before.configured == p.configured) {
		p.lexicon, p.schema = before.lexicon, before.schema
		return
	}
	p.lexicon = rules.NewLexicon(p.sur.World)
	p.schema = readSchema(rules.Schema(p.sur.World))
}

// shown is what a file is called in messages: its path from the root of the project.
func (p *project) shown(path string) string {
	if name := p.called[path]; name != "" {
		return name
	}
	if rel, err := filepath.Rel(p.root, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// check finds what `ifsev check` finds in these files.
func (p *project) check() {
	p.found = map[string][]finding{}
	var sources []rules.Source
	byName := map[string]string{}
	for _, path := range p.names {
		name := p.shown(path)
		byName[name] = path
		p.found[path] = nil
		sources = append(sources, rules.Source{Name: name, Text: p.texts[path].whole})
	}
	if p.config != "" {
		p.found[p.config], byName[p.config] = nil, p.config
	}
	note := func(problems strictyaml.Problems, severity int) {
		for _, one := range problems {
			path, ok := byName[one.File]
			if !ok && len(p.names) > 0 {
				path, ok = p.names[0], true // about the set as a whole
			}
			if ok {
				p.found[path] = append(p.found[path], finding{one, severity})
			}
		}
	}
	note(p.sur.Errors, severityError)
	note(p.sur.Warnings, severityWarning)
	if p.unread != nil {
		note(strictyaml.Problems{{File: p.config, Message: p.unread.Error()}}, severityError)
	}
	set, wrong, warnings := rules.Load(sources, p.sur.World)
	note(wrong, severityError)
	note(warnings, severityWarning)
	if set != nil {
		wrong, warnings = analysis.Check(set)
		note(wrong, severityError)
		note(warnings, severityWarning)
	}
}

// sameAs reports whether another look at a project has seen the same files.
func (p *project) sameAs(q *project) bool {
	if !slices.Equal(p.names, q.names) || p.configured != q.configured || (p.unread == nil) != (q.unread == nil) {
		return false
	}
	for _, name := range p.names {
		if p.texts[name].whole != q.texts[name].whole {
			return false
		}
	}
	return true
}

// outline answers what a file of the project holds.
func (p *project) outline(path string) *outline {
	if p.outlines[path] == nil && p.texts[path] != nil {
		p.outlines[path] = outlineOf(p.texts[path])
	}
	return p.outlines[path]
}
