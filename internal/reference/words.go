package main

import (
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

func keysTable(keys []rules.KeyDoc) string {
	rows := [][]string{{"key", "meaning"}}
	for _, k := range keys {
		rows = append(rows, []string{code(k.Name), k.Doc})
	}
	return table(rows)
}

func variablesTable(vars []lang.Variable) string {
	rows := [][]string{{"name", "what it is", ""}}
	for i := range vars {
		rows = append(rows, variableRow(&vars[i]))
	}
	return table(rows)
}

func variableRow(v *lang.Variable) []string {
	kind := "any value"
	if v.Type != nil {
		kind = v.Type.String()
	}
	doc := sentence(v.Doc)
	if len(v.Values) > 0 {
		doc += " One of " + codes(v.Values) + "."
	}
	return []string{code(v.Name), kind, doc}
}

// sentence makes a sentence of a doc that may be part of one.
func sentence(doc string) string {
	if doc == "" {
		return ""
	}
	first := []rune(doc)
	doc = strings.ToUpper(string(first[:1])) + string(first[1:])
	if strings.HasSuffix(doc, ".") {
		return doc
	}
	return doc + "."
}

func functionsTable(funcs []lang.Function) string {
	rows := [][]string{{"function", "gives", ""}}
	for i := range funcs {
		rows = append(rows, functionRow(&funcs[i]))
	}
	return table(rows)
}

func functionRow(f *lang.Function) []string {
	var calls []string
	for _, call := range f.Calls() {
		calls = append(calls, code(call))
	}
	doc := f.Doc
	if !strings.HasPrefix(doc, f.Name+"(") {
		doc = sentence(doc)
	}
	return []string{strings.Join(calls, ", "), f.Gives(), doc}
}

func eventsTable(events []rules.EventDoc) string {
	rows := [][]string{{"type", "fields of `event`"}}
	for _, e := range events {
		rows = append(rows, []string{code(string(e.Type)), codes(fieldNames(e.Fields))})
	}
	var common []string
	for _, v := range rules.EventFields() {
		common = append(common, v.Name)
	}
	return table(append(rows, []string{"every one", codes(common)}))
}

func fieldNames(fields []ifsev.FieldSpec) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
