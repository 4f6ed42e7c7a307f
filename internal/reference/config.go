package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev/internal/config"
)

// configTable lists every key of the configuration with its path, as its schema has them.
func configTable() (string, error) {
	var root jsonschema.Schema
	if err := json.Unmarshal(config.Schema(), &root); err != nil {
		return "", err
	}
	return table(append([][]string{{"key", ""}}, keyRows("", &root)...)), nil
}

// keyRows lists the keys below a path. What stands for any name is NAME, what stands in a list has [] before it.
func keyRows(path string, s *jsonschema.Schema) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		inner := s.Properties[name]
		below := strings.TrimPrefix(path+"."+name, ".")
		rows = append(rows, []string{code(below), keyDoc(inner)})
		rows = append(rows, keyRows(below, inner)...)
	}
	if more := s.AdditionalProperties; more != nil && more.Not == nil {
		rows = append(rows, keyRows(path+".NAME", more)...)
	}
	if s.Items != nil {
		rows = append(rows, keyRows(path+"[]", s.Items)...)
	}
	for _, one := range s.AnyOf {
		rows = append(rows, keyRows(path, one)...)
	}
	return rows
}

// keyDoc is what the schema says of a key, with the words it may be.
func keyDoc(s *jsonschema.Schema) string {
	doc, words := s.Description, s.Enum
	for _, one := range s.AnyOf {
		if doc == "" {
			doc = one.Description
		}
		if len(words) == 0 {
			words = one.Enum
		}
	}
	var known []string
	for _, w := range words {
		if text, ok := w.(string); ok {
			known = append(known, text)
		}
	}
	if len(known) > 0 {
		doc += " One of " + codes(known) + "."
	}
	return strings.TrimSpace(doc)
}
