package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Args are the arguments of a step, compiled: a tree of constants and templates. The zero value has none.
type Args struct {
	list []argument
	zone *time.Location
}

// argument is one named argument.
type argument struct {
	spec ifsev.FieldSpec
	// nullable ones may be nothing, which means to take something away.
	nullable bool
	value    value
}

// value is a constant, a template, a list or a map; exactly one of the fields counts, in this order.
type value struct {
	template *lang.Template
	list     []value
	fields   []namedValue
	constant any
}

type namedValue struct {
	name  string
	value value
}

// Render answers the arguments as they are at now: values that JSON can carry, of the types the action's spec says.
// Times are RFC 3339 texts and durations texts such as 20m. Optional arguments whose value is unset are left out; a
// required one that is unset or empty is an error, as is a value of another type or outside its closed set.
func (a Args) Render(env lang.Env, now time.Time) (ifsev.Data, error) {
	data := make(ifsev.Data, len(a.list))
	for _, arg := range a.list {
		v, err := arg.value.render(env, now)
		if err == nil {
			v, err = convert(arg.spec, v, a.zone)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg.spec.Name, err)
		}
		switch {
		case empty(v) && arg.spec.Required:
			return nil, fmt.Errorf("%s: %sis empty, and it must be given", arg.spec.Name, arg.value.written())
		case v != nil || arg.nullable:
			data[arg.spec.Name] = v
		}
	}
	return data, nil
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	}
	return false
}

// written is the template as it stands in the file, for a message.
func (v value) written() string {
	if v.template == nil {
		return ""
	}
	return v.template.Source() + " "
}

func (v value) render(env lang.Env, now time.Time) (any, error) {
	switch {
	case v.template != nil:
		return v.template.Render(env, now)
	case v.list != nil:
		out := make([]any, len(v.list))
		for i, item := range v.list {
			x, err := item.render(env, now)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case v.fields != nil:
		out := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			x, err := f.value.render(env, now)
			if err != nil {
				return nil, err
			}
			out[f.name] = x
		}
		return out, nil
	}
	return v.constant, nil
}
