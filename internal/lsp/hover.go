package lsp

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// hover tells what stands at a place; nil where there is nothing to tell.
func (d *desk) hover(v *view) *hover {
	a, ok := v.aimed()
	if !ok {
		return nil
	}
	var text string
	switch {
	case a.onKey:
		text = d.aboutKey(v, &a)
	case a.inExpression && a.inString:
		text = d.aboutName(v, a.stringKind(), a.word)
	case a.inExpression:
		text = d.aboutWord(v, &a)
	default:
		text = d.aboutValue(v, &a)
	}
	if text == "" {
		return nil
	}
	return &hover{Contents: markdown(text), Range: v.doc.text.span(a.from, a.to)}
}

// aboutKey tells of a key what its schema says, and of an action and an argument what they take.
func (d *desk) aboutKey(v *view, a *aim) string {
	if a.spec != nil && a.word == a.spec.Kind {
		return aboutAction(a.spec)
	}
	if a.spec != nil && a.arg.Type != "" && (a.word == a.arg.Name || "fields."+a.word == a.arg.Name) {
		return aboutArgument(a.arg)
	}
	if names := v.doc.outline().names(a.path); v.kind == ruleFile && len(names) == 2 && names[0] == string(defines) {
		return d.aboutDefine(v, a.word)
	}
	if doc := about(a.choices); doc != "" {
		return fmt.Sprintf("**%s**\n\n%s", a.word, doc)
	}
	return ""
}

func aboutAction(s *ifsev.ActionSpec) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n%s\n", s.Kind, s.Doc)
	if s.Example != "" {
		fmt.Fprintf(&b, "\n```yaml\n- %s\n```\n", s.Example)
	}
	for _, arg := range s.Args {
		fmt.Fprintf(&b, "\n- `%s`: %s", arg.Name, argumentLine(arg))
	}
	for _, out := range s.Outputs {
		fmt.Fprintf(&b, "\n- answers `%s`: %s", out.Name, argumentLine(out))
	}
	return strings.TrimRight(b.String(), "\n")
}

func aboutArgument(arg ifsev.FieldSpec) string {
	return fmt.Sprintf("**%s**: %s", arg.Name, argumentLine(arg))
}

// argumentLine tells an argument's type, what it is for, and what it may be.
func argumentLine(arg ifsev.FieldSpec) string {
	kind := string(arg.Type)
	if what := nameOf(arg.Names); what != "" {
		kind += ", the name of a " + what
	}
	parts := []string{kind + "."}
	if arg.Doc != "" {
		parts = append(parts, sentence(arg.Doc))
	}
	if len(arg.Values) > 0 {
		parts = append(parts, "One of "+codes(arg.Values)+".")
	}
	if arg.Required {
		parts = append(parts, "Required.")
	}
	return strings.Join(parts, " ")
}

// nameOf says what an argument names.
func nameOf(kind ifsev.NameKind) string {
	switch kind {
	case ifsev.NamesTarget, ifsev.NamesPerson:
		return "person, rotation or role"
	case ifsev.NamesRecipient:
		return "person, rotation or role, or an address"
	case ifsev.NamesRotation, ifsev.NamesRole, ifsev.NamesConnection:
	}
	return string(kind)
}

// aboutWord tells of a variable, a function or a define.
func (d *desk) aboutWord(v *view, a *aim) string {
	if found := variableOf(v.known(&a.meaning), a.chain); found != nil {
		return aboutVariable(a.chain, found)
	}
	if before, _ := splitChain(a.chain); before != "" {
		return ""
	}
	for _, f := range v.lexicon.Functions() {
		if f.Name == a.word {
			return fmt.Sprintf("```\n%s\n```\n\nGives %s. %s", strings.Join(f.Calls(), "\n"), article(f.Gives()), sentence(f.Doc))
		}
	}
	for _, l := range lang.Loops() {
		if l.Name == a.word {
			return fmt.Sprintf("```\n%s\n```\n\n%s `#` (or `it`) is the element.", l.Call, sentence(l.Doc))
		}
	}
	return d.aboutDefine(v, a.word)
}

func article(gives string) string {
	if gives == "text" || gives == "true or false" {
		return gives
	}
	return "a " + gives
}

func aboutVariable(chain string, v *lang.Variable) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**: %s", chain, typeOf(v))
	if v.Doc != "" {
		b.WriteString("\n\n" + sentence(v.Doc))
	}
	if len(v.Values) > 0 {
		b.WriteString("\n\nOne of " + codes(v.Values) + ".")
	}
	var fields []string
	for _, f := range lang.Fields(v.Type) {
		fields = append(fields, f.Name)
	}
	if len(fields) > 0 {
		b.WriteString("\n\nIt has " + codes(fields) + ".")
	}
	return b.String()
}

// typeOf says what a variable holds.
func typeOf(v *lang.Variable) string {
	kind := lang.Type(lang.Any).String()
	if v.Type != nil {
		kind = v.Type.String()
	}
	if v.Min != 0 || v.Max != 0 {
		kind += fmt.Sprintf(", %d to %d", v.Min, v.Max)
	}
	if v.Optional {
		kind += "; it may be unset"
	}
	return kind
}

func (d *desk) aboutDefine(v *view, name string) string {
	for _, one := range d.declaredIn(v, "define") {
		if one.name == name {
			return fmt.Sprintf("**%s** is a define in %s:\n\n```\n%s\n```", name, v.shown(one.path), one.text())
		}
	}
	return ""
}

// aboutValue tells of an event type, a bare action, and of names that are configured.
func (d *desk) aboutValue(v *view, a *aim) string {
	if named(a.choices, "step") {
		if spec := v.lexicon.Action(a.word); spec != nil {
			return aboutAction(spec)
		}
	}
	names := v.doc.outline().names(a.path)
	if v.kind == ruleFile && slices.Contains(names, "when") {
		return aboutEvent(a.word)
	}
	return d.aboutName(v, a.nameKind(v.kind, names), a.word)
}

func aboutEvent(name string) string {
	for _, e := range rules.Reference().Events {
		if string(e.Type) != name {
			continue
		}
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, "event."+f.Name)
		}
		for _, f := range rules.EventFields() {
			fields = append(fields, "event."+f.Name)
		}
		return fmt.Sprintf("**%s** is a type of event. A rule for it may read %s.", name, codes(fields))
	}
	return ""
}

// aboutName tells what the configuration or a rule file says of a name. Of a connection that is its kind alone.
func (d *desk) aboutName(v *view, sections []section, name string) string {
	for _, one := range d.lookUp(v, sections) {
		if one.name != name {
			continue
		}
		if one.section == connections {
			return fmt.Sprintf("**%s** is a connection of %s.", name, v.shown(one.path))
		}
		return fmt.Sprintf("**%s** of `%s` in %s:\n\n```yaml\n%s\n```", name, one.section, v.shown(one.path), one.outline.excerpt(one.entry))
	}
	return ""
}

// excerpt answers the lines of an entry and of what is below it, but not many.
func (o *outline) excerpt(i int) string {
	const most = 10
	from, last := o.entries[i].at.line, o.entries[i].to.line
	for j := i + 1; j < len(o.entries) && o.entries[j].parent >= i; j++ {
		last = max(last, o.entries[j].at.line, o.entries[j].to.line)
	}
	last = max(last, from)
	var lines []string
	for line := from; line <= min(last, from+most); line++ {
		lines = append(lines, string(o.lines[line]))
	}
	if last > from+most {
		lines = append(lines, "…")
	}
	return dedent(lines)
}

// dedent takes the indentation of the first line off all.
func dedent(lines []string) string {
	indent := lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], " "))]
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "\n")
}

// sentence makes a sentence of a doc that may be part of one; a doc that begins with a call stays as it is.
func sentence(doc string) string {
	first := []rune(doc)
	if word, _, _ := strings.Cut(doc, " "); len(first) > 0 && !strings.Contains(word, "(") {
		first[0] = unicode.ToUpper(first[0])
	}
	doc = string(first)
	if doc == "" || strings.HasSuffix(doc, ".") {
		return doc
	}
	return doc + "."
}

func codes(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "`" + w + "`"
	}
	return strings.Join(quoted, ", ")
}
