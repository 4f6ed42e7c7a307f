package main

import (
	"fmt"
	"strings"

	"github.com/ifsev/ifsev"
)

// actionPages describes kinds of action, each under a heading of its own.
func actionPages(specs []ifsev.ActionSpec) string {
	var b strings.Builder
	for i := range specs {
		b.WriteString(actionPage(&specs[i]) + "\n")
	}
	return b.String()
}

func actionPage(s *ifsev.ActionSpec) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n", s.Kind, s.Doc)
	if s.Example != "" {
		fmt.Fprintf(&b, "\n```yaml\n- %s\n```\n", s.Example)
	}
	if len(s.Args) > 0 {
		b.WriteString("\n" + table(argRows(s)))
	}
	if s.Open {
		b.WriteString("\nAn argument `fields.NAME` is a custom field of the configuration.\n")
	}
	if len(s.Outputs) > 0 {
		b.WriteString("\n" + table(outputRows(s.Outputs)))
	}
	if !s.Inside {
		fmt.Fprintf(&b, "\n%s\n", retryLine(s.Retry))
	}
	return b.String()
}

func argRows(s *ifsev.ActionSpec) [][]string {
	rows := [][]string{{"argument", "type", ""}}
	for _, a := range s.Args {
		rows = append(rows, []string{code(a.Name), typeName(a), argDoc(s, a)})
	}
	return rows
}

func argDoc(s *ifsev.ActionSpec, a ifsev.FieldSpec) string {
	parts := []string{a.Doc}
	if len(a.Values) > 0 && !strings.Contains(a.Doc, a.Values[0]) {
		parts = append(parts, "One of "+codes(a.Values)+".")
	}
	if a.Required {
		parts = append(parts, "Required.")
	}
	if s.Short == a.Name {
		parts = append(parts, fmt.Sprintf("A bare value means this: %s.", code(s.Kind+": …")))
	}
	return strings.Join(parts, " ")
}

func outputRows(outputs []ifsev.FieldSpec) [][]string {
	rows := [][]string{{"answers", "type", ""}}
	for _, o := range outputs {
		rows = append(rows, []string{code("steps.ID." + o.Name), typeName(o), o.Doc})
	}
	return rows
}

// typeName says in a word or two what is written there.
func typeName(f ifsev.FieldSpec) string {
	switch f.Names {
	case ifsev.NamesTarget, ifsev.NamesPerson:
		if f.Type == ifsev.TypeStrings {
			return "persons, rotations or roles"
		}
		return "person, rotation or role"
	case ifsev.NamesRotation, ifsev.NamesRole, ifsev.NamesConnection:
		return string(f.Names)
	}
	return map[ifsev.ValueType]string{
		ifsev.TypeString: "text", ifsev.TypeInt: "whole number", ifsev.TypeNumber: "number", ifsev.TypeBool: "true or false",
		ifsev.TypeTime: "time", ifsev.TypeDuration: "duration", ifsev.TypeStrings: "text or list of texts", ifsev.TypeMap: "map", ifsev.TypeAny: "any",
	}[f.Type]
}

// retryLine says how the kind is attempted again where the step does not.
func retryLine(r ifsev.Retry) string {
	line := fmt.Sprintf("Attempted again after %s at first and %s at most, and given up after %s",
		ifsev.FormatDuration(r.Min), ifsev.FormatDuration(r.Max), ifsev.FormatDuration(r.MaxAge))
	if r.Attempts > 0 {
		line += fmt.Sprintf(" or %d attempts", r.Attempts)
	}
	return line + "."
}
