package actions

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
)

// args reads the rendered arguments of a delivery and keeps the first thing that is wrong with them, so that a kind
// can read them all and ask once.
type args struct {
	data   ifsev.Data
	action string
	wrong  *ifsev.Failure
}

func argsOf(d ifsev.Delivery) *args { return &args{data: d.Args, action: d.Action} }

func (a *args) complain(name, format string, v ...any) {
	if a.wrong == nil {
		a.wrong = fail(ifsev.ReasonConfig, "%s: %s: %s", a.action, name, fmt.Sprintf(format, v...))
	}
}

// text answers a text, or a number or truth value as text; "" where there is none.
func (a *args) text(name string) string {
	v, ok := a.data[name]
	if !ok || v == nil {
		return ""
	}
	t, ok := scalar(v)
	if !ok {
		a.complain(name, "want a text, got %s", shape(v))
	}
	return t
}

// need is text that must be there.
func (a *args) need(name string) string {
	t := a.text(name)
	if strings.TrimSpace(t) == "" {
		a.complain(name, "it is missing or empty")
	}
	return t
}

// or is text with something to put where there is none.
func (a *args) or(name, otherwise string) string {
	if t := a.text(name); t != "" {
		return t
	}
	return otherwise
}

// texts answers a list of texts; one text stands for a list of one.
func (a *args) texts(name string) []string {
	switch v := a.data[name].(type) {
	case nil:
		return nil
	case []string:
		return v
	case []any:
		var list []string
		for _, entry := range v {
			t, ok := scalar(entry)
			if !ok {
				a.complain(name, "want a list of texts, got %s in it", shape(entry))
			}
			list = append(list, t)
		}
		return list
	}
	if t := a.text(name); t != "" {
		return []string{t}
	}
	return nil
}

// textMap answers a map of texts.
func (a *args) textMap(name string) map[string]string {
	m := map[string]string{}
	for k, v := range a.object(name) {
		t, ok := scalar(v)
		if !ok {
			a.complain(name, "%s: want a text, got %s", k, shape(v))
		}
		m[k] = t
	}
	return m
}

// object answers a map of anything.
func (a *args) object(name string) map[string]any {
	switch v := a.data[name].(type) {
	case nil:
		return nil
	case map[string]any:
		return v
	case ifsev.Data:
		return v
	default:
		a.complain(name, "want a map, got %s", shape(v))
	}
	return nil
}

func (a *args) has(name string) bool { return a.data[name] != nil }

// scalar writes a single value as text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case json.Number:
		return v.String(), true
	case int, int64, ifsev.Severity:
		return fmt.Sprintf("%d", v), true
	}
	return "", false
}

// shape says what a value is, in the words of YAML.
func shape(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case []any, []string:
		return "a list"
	case map[string]any, ifsev.Data:
		return "a map"
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}
