package main

import (
	"reflect"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

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
	gives := ""
	for _, sample := range f.Types {
		t := reflect.TypeOf(sample)
		if call := code(f.Name + "(" + strings.Join(parameters(t), ", ") + ")"); len(calls) == 0 || calls[len(calls)-1] != call {
			calls = append(calls, call)
		}
		gives = goType(t.Out(0))
	}
	doc := f.Doc
	if !strings.HasPrefix(doc, f.Name+"(") {
		doc = sentence(doc)
	}
	return []string{strings.Join(calls, ", "), gives, doc}
}

func parameters(t reflect.Type) []string {
	var names []string
	for i := range t.NumIn() {
		in := t.In(i)
		if t.IsVariadic() && i == t.NumIn()-1 {
			names = append(names, goType(in.Elem()), "…")
			continue
		}
		names = append(names, goType(in))
	}
	return names
}

// goType is a type of Go as rules call it.
func goType(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "time"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "list"
	}
	return "value"
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
