package lsp

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// schema is as much of a JSON Schema as says what may be written where.
type schema struct {
	Description string   `json:"description"`
	Type        any      `json:"type"`
	Properties  ordered  `json:"properties"`
	Pattern     patterns `json:"patternProperties"`
	Additional  *schema  `json:"additionalProperties"`
	Items       *schema  `json:"items"`
	AnyOf       []*schema
	OneOf       []*schema
	Enum        []any   `json:"enum"`
	Ref         string  `json:"$ref"`
	Defs        ordered `json:"$defs"`
	Not         *schema `json:"not"`
	Examples    []any   `json:"examples"`

	// name is what it is called among the definitions of the whole.
	name string
}

// UnmarshalJSON takes true for a schema of anything, and false for one of nothing.
func (s *schema) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "false":
		s.Not = &schema{}
		return nil
	case "true":
		return nil
	}
	type plain schema
	return json.Unmarshal(text, (*plain)(s))
}

// ordered are schemas by name, in the order of the text.
type ordered []property

type property struct {
	name   string
	schema *schema
}

type patterns []struct {
	match  *regexp.Regexp
	schema *schema
}

// UnmarshalJSON keeps the order of the keys.
func (o *ordered) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var s schema
		if err := d.Decode(&s); err != nil {
			return err
		}
		word, _ := name.(string)
		*o = append(*o, property{word, &s})
	}
	return nil
}

// UnmarshalJSON compiles the patterns.
func (p *patterns) UnmarshalJSON(text []byte) error {
	var all ordered
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, one := range all {
		match, err := regexp.Compile(one.name)
		if err != nil {
			return err
		}
		*p = append(*p, struct {
			match  *regexp.Regexp
			schema *schema
		}{match, one.schema})
	}
	return nil
}

func (o ordered) get(name string) *schema {
	i := slices.IndexFunc(o, func(p property) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return o[i].schema
}

// readSchema reads one that the project itself has made; nil where it is none.
func readSchema(text []byte) *schema {
	var s schema
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	for _, d := range s.Defs {
		d.schema.name = d.name
	}
	return &s
}

// choices answers all that a value may be: the schemas themselves and what they refer to or choose from.
func (s *schema) choices(of ...*schema) []*schema {
	var all []*schema
	for len(of) > 0 {
		one := of[0]
		of = of[1:]
		if one == nil || slices.Contains(all, one) {
			continue
		}
		all = append(all, one)
		if name, ok := strings.CutPrefix(one.Ref, "#/$defs/"); ok {
			of = append(of, s.Defs.get(name))
		}
		of = append(append(of, one.AnyOf...), one.OneOf...)
	}
	return all
}

// below answers what the value of a key may be, or with item an element of a list.
func (s *schema) below(choices []*schema, key string, item bool) []*schema {
	var next []*schema
	for _, c := range choices {
		if item {
			next = append(next, c.Items)
			continue
		}
		if found := c.Properties.get(key); found != nil {
			next = append(next, found)
			continue
		}
		if found := c.matching(key); found != nil {
			next = append(next, found)
		}
	}
	return s.choices(next...)
}

func (s *schema) matching(key string) *schema {
	for _, p := range s.Pattern {
		if p.match.MatchString(key) {
			return p.schema
		}
	}
	if s.Additional != nil && s.Additional.Not == nil {
		return s.Additional
	}
	return nil
}

// is reports whether a value may be of a type of JSON.
func (s *schema) is(kind string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == kind
	case []any:
		return slices.Contains(t, any(kind))
	}
	return false
}

// scalar reports whether one of the choices is written in one line.
func scalar(choices []*schema) bool {
	return slices.ContainsFunc(choices, func(c *schema) bool {
		return c.Enum != nil || c.is("string") || c.is("number") || c.is("integer") || c.is("boolean")
	})
}

// named reports whether one of the choices is the definition of that name.
func named(choices []*schema, name string) bool {
	return slices.ContainsFunc(choices, func(c *schema) bool { return c.name == name })
}

// about answers the first description among the choices.
func about(choices []*schema) string {
	for _, c := range choices {
		if c.Description != "" {
			return c.Description
		}
	}
	return ""
}
