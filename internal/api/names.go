package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// checkNames checks what the configuration decides about a body: the name of a severity, in whose place it puts the
// number; the names and types of custom fields; and the names of roles. Where none are configured, any field is taken.
// People are not checked: in an emergency somebody who is in no directory must still be able to help.
func (s *Server) checkNames(c *call) error {
	world := &s.engine.Rules().World
	faults := checkCustom(fieldsOf(c.body), world.Fields)
	if text, is := c.body["severity"].(string); is {
		severity, err := world.Severities.Parse(text)
		if err != nil {
			faults = append(faults, wrong("/severity", err.Error()))
		}
		c.body["severity"] = int(severity)
	}
	if world.Directory != nil {
		faults = append(faults, checkRoles(c.body, world.Directory.Roles)...)
	}
	if raw, err := json.Marshal(fieldsOf(c.body)); err == nil && len(raw) > ifsev.MaxFieldsBytes {
		faults = append(faults, wrong("/fields", fmt.Sprintf("is larger than %d bytes", ifsev.MaxFieldsBytes)))
	}
	return refuseBody(faults)
}

func checkRoles(body ifsev.Data, known []string) []problem.At {
	given, _ := body["roles"].(map[string]any)
	var faults []problem.At
	for _, role := range slices.Sorted(maps.Keys(given)) {
		if len(known) > 0 && !slices.Contains(known, role) {
			faults = append(faults, wrong(problem.Pointer("roles", role), unknownName("role", role, known)))
		}
	}
	return faults
}

func unknownName(what, name string, known []string) string {
	if near, ok := strictyaml.Nearest(name, known); ok {
		return fmt.Sprintf("is no %s that is configured: did you mean %s?", what, near)
	}
	return fmt.Sprintf("is no %s that is configured: there are %s", what, strings.Join(known, ", "))
}

func checkCustom(given ifsev.Data, specs []ifsev.FieldSpec) []problem.At {
	if len(specs) == 0 {
		return nil
	}
	known := make([]string, len(specs))
	for i := range specs {
		known[i] = specs[i].Name
	}
	var faults []problem.At
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at := problem.Pointer("fields", name)
		i := slices.Index(known, name)
		if i < 0 {
			faults = append(faults, wrong(at, unknownName("field", name, known)))
			continue
		}
		faults = append(faults, one(at, checkValue(given[name], &specs[i]))...)
	}
	return faults
}

// checkValue answers what is wrong with the value of a custom field; null takes it away and is always right.
func checkValue(v any, spec *ifsev.FieldSpec) string {
	text, isText := v.(string)
	switch {
	case v == nil:
		return ""
	case !hasType(v, spec.Type):
		return fmt.Sprintf("must be %s, not %s", typeName(spec.Type), describe(v))
	case isText && len(spec.Values) > 0 && !slices.Contains(spec.Values, text):
		return fmt.Sprintf("must be one of %s, not %s", strings.Join(spec.Values, ", "), describe(v))
	}
	return ""
}

func hasType(v any, t ifsev.ValueType) bool {
	text, isText := v.(string)
	switch t {
	case ifsev.TypeString:
		return isText
	case ifsev.TypeInt:
		_, is := v.(int)
		return is
	case ifsev.TypeNumber:
		switch v.(type) {
		case int, float64:
			return true
		}
		return false
	case ifsev.TypeBool:
		_, is := v.(bool)
		return is
	case ifsev.TypeTime:
		_, err := parseTime(text)
		return isText && err == nil
	case ifsev.TypeDuration:
		_, err := ifsev.ParseDuration(text)
		return isText && err == nil
	case ifsev.TypeStrings:
		return isTexts(v)
	case ifsev.TypeMap:
		_, is := v.(map[string]any)
		return is
	}
	return true
}

func isTexts(v any) bool {
	l, is := v.([]any)
	for _, entry := range l {
		if _, text := entry.(string); !text {
			return false
		}
	}
	return is
}

func typeName(t ifsev.ValueType) string {
	switch t {
	case ifsev.TypeInt:
		return "a whole number"
	case ifsev.TypeNumber:
		return "a number"
	case ifsev.TypeBool:
		return "true or false"
	case ifsev.TypeTime:
		return "a time such as 2026-12-01T08:00:00Z"
	case ifsev.TypeDuration:
		return "a duration such as 20m"
	case ifsev.TypeStrings:
		return "a list of texts"
	case ifsev.TypeMap:
		return "an object"
	}
	return "text"
}
