package triggers

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// setField keeps the value of one of the user's own fields in its configured type; nothing leaves it out. A value that
// does not fit is left out too, and the description says so: an alert is not lost for it.
func (d *draft) setField(name string, v any, specs []ifsev.FieldSpec) {
	if v == nil {
		return
	}
	spec := ifsev.FieldSpec{Type: ifsev.TypeAny}
	if i := slices.IndexFunc(specs, func(s ifsev.FieldSpec) bool { return s.Name == name }); i >= 0 {
		spec = specs[i]
	}
	value, err := toField(spec, v)
	if err == nil {
		err = d.fits(value)
	}
	if err != nil {
		d.note("The field %s was left out: %s.", name, err)
		return
	}
	if d.Fields == nil {
		d.Fields = ifsev.Data{}
	}
	d.Fields[name] = value
}

// fits keeps all fields together within the limit of an incident.
func (d *draft) fits(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s cannot be stored", describe(v))
	}
	if d.fieldBytes+len(b) > ifsev.MaxFieldsBytes {
		return fmt.Errorf("the fields hold more than %d bytes", ifsev.MaxFieldsBytes)
	}
	d.fieldBytes += len(b)
	return nil
}

// toField makes JSON of the type. Numbers and booleans may come as text, as many tools write them.
func toField(spec ifsev.FieldSpec, v any) (any, error) {
	switch spec.Type {
	case ifsev.TypeString:
		text, err := toText(v)
		return text, orNotOneOf(err, spec.Values, text)
	case ifsev.TypeStrings:
		texts, err := toTags(v)
		return texts, orNotOneOf(err, spec.Values, texts...)
	case ifsev.TypeInt, ifsev.TypeNumber:
		return toNumber(v, spec.Type == ifsev.TypeInt)
	case ifsev.TypeBool:
		return toBool(v)
	case ifsev.TypeTime:
		at, err := toTime(v)
		return plainValue(at), err
	case ifsev.TypeDuration:
		return toDuration(v)
	}
	return plainValue(v), nil
}

func orNotOneOf(err error, values []string, texts ...string) error {
	if err != nil || len(values) == 0 {
		return err
	}
	for _, t := range texts {
		if !slices.Contains(values, t) {
			return fmt.Errorf("want %s, got %q", strings.Join(values, ", "), clip(t, 40))
		}
	}
	return nil
}

func toNumber(v any, whole bool) (any, error) {
	want := "a number"
	if whole {
		want = "a whole number"
	}
	if text, ok := v.(string); ok {
		decoded, err := ifsev.DecodeJSON([]byte(strings.TrimSpace(text)))
		if err != nil {
			return nil, fmt.Errorf("want %s, got %q", want, clip(text, 40))
		}
		v = decoded
	}
	switch n := v.(type) {
	case int:
		return n, nil
	case float64:
		if !whole {
			return n, nil
		}
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int(n), nil
		}
	}
	return nil, fmt.Errorf("want %s, got %s", want, describe(v))
}

func toBool(v any) (any, error) {
	text, err := toText(v)
	if err == nil {
		if b, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("want true or false, got %s", describe(v))
}

// toDuration keeps a duration as it is written in rules; a number means seconds.
func toDuration(v any) (any, error) {
	switch d := v.(type) {
	case time.Duration:
		return ifsev.FormatDuration(d), nil
	case int:
		if d >= 0 && d < 1<<33 {
			return ifsev.FormatDuration(time.Duration(d) * time.Second), nil
		}
	case string:
		parsed, err := ifsev.ParseDuration(d)
		return ifsev.FormatDuration(parsed), err
	}
	return nil, fmt.Errorf("want a duration such as 20m, got %s", describe(v))
}
