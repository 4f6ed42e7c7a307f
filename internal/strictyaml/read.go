package strictyaml

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/nearest"
)

// The readers below answer false for a missing node, silently, and for a wrong one, with a problem added.

// Text reads any scalar as it was written.
func (n Node) Text(ps *Problems) (string, bool) {
	if !n.scalar(ps, "text") {
		return "", false
	}
	return n.Raw(), true
}

// Int reads a whole number in decimal.
func (n Node) Int(ps *Problems) (int, bool) {
	const want = "a whole number such as 3"
	if !n.scalar(ps, want) {
		return 0, false
	}
	i, err := strconv.Atoi(n.Raw())
	if err != nil {
		n.mismatch(ps, want)
	}
	return i, err == nil
}

// Bool reads true or false.
func (n Node) Bool(ps *Problems) (value, ok bool) {
	const want = "true or false"
	if !n.scalar(ps, want) {
		return false, false
	}
	switch n.Raw() {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	n.mismatch(ps, want)
	return false, false
}

// Duration reads a duration such as 20m.
func (n Node) Duration(ps *Problems) (time.Duration, bool) {
	if !n.scalar(ps, "a duration such as 20m") {
		return 0, false
	}
	d, err := ifsev.ParseDuration(n.Raw())
	if err != nil {
		ps.Add(n.Problem(err.Error(), ""))
	}
	return d, err == nil
}

// Texts reads a list of scalars; one scalar stands for a list of one, and nothing for an empty list.
func (n Node) Texts(ps *Problems) ([]string, bool) {
	switch n.Kind() {
	case Missing:
		return nil, false
	case Null:
		return nil, true
	case Scalar:
		return []string{n.Raw()}, true
	case Map:
		n.mismatch(ps, "a list of texts")
		return nil, false
	}
	texts, ok := []string{}, true
	for _, item := range n.Items() {
		text, good := item.Text(ps)
		texts, ok = append(texts, text), ok && good
	}
	return texts, ok
}

// OneOf reads a scalar that must be one of the words.
func (n Node) OneOf(ps *Problems, words ...string) (string, bool) {
	if !n.scalar(ps, nearest.List(words)) {
		return "", false
	}
	for _, w := range words {
		if n.Raw() == w {
			return w, true
		}
	}
	hint := ""
	if near, ok := Nearest(n.Raw(), words); ok {
		hint = "did you mean " + near + "?"
	}
	ps.Add(n.Problem("want "+nearest.List(words)+", got "+n.describe(), hint))
	return "", false
}

// Value reads anything as plain Go values: nil, bool, int, float64, json.Number (whole numbers beyond int), string,
// []any and map[string]any.
func (n Node) Value() any {
	switch n.Kind() {
	case List:
		list := []any{}
		for _, item := range n.Items() {
			list = append(list, item.Value())
		}
		return list
	case Map:
		m := map[string]any{}
		for _, p := range n.Pairs() {
			m[p.Key.Raw()] = p.Value.Value()
		}
		return m
	case Scalar:
		return scalarValue(n.Tag(), n.Raw())
	}
	return nil
}

func scalarValue(tag, text string) any {
	switch tag {
	case "!!bool":
		return text[0] == 't' || text[0] == 'T'
	case "!!int", "!!float":
		return numberValue(text)
	}
	return text
}

// numberValue keeps every digit of a whole number; what JSON has no word for, such as .inf, stays text.
func numberValue(text string) any {
	if i, err := strconv.Atoi(text); err == nil {
		return i
	}
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return int(i)
	}
	if digits := strings.TrimPrefix(text, "-"); strings.Trim(digits, "0123456789") == "" && json.Valid([]byte(text)) {
		return json.Number(text)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	return text
}

// scalar answers whether a scalar stands there, and reports it if something else does.
func (n Node) scalar(ps *Problems, want string) bool {
	switch n.Kind() {
	case Missing:
		return false
	case Scalar:
		return true
	}
	n.mismatch(ps, want)
	return false
}

func (n Node) mismatch(ps *Problems, want string) {
	ps.Add(n.Problem("want "+want+", got "+n.describe(), n.Hash()))
}
