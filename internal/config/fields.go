package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// fieldTypes are the types a custom field may have.
func fieldTypes() []string {
	return []string{
		string(ifsev.TypeString), string(ifsev.TypeInt), string(ifsev.TypeNumber), string(ifsev.TypeBool),
		string(ifsev.TypeTime), string(ifsev.TypeDuration), string(ifsev.TypeStrings),
	}
}

// fieldName is what can be written as fields.NAME in an expression.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

func (r *reader) fields(n strictyaml.Node) {
	for _, p := range n.Object(&r.Problems).Rest() {
		f := r.field(p.Value)
		f.Name = p.Key.Raw()
		if !fieldName.MatchString(f.Name) {
			r.report(p.Key, fmt.Sprintf("a field cannot be called %q", f.Name), "use letters, digits and _, and begin with a letter: conditions say fields.NAME")
		}
		r.config.Fields = append(r.config.Fields, f)
	}
}

// field reads `region: string` or `region: {type: string, values: [eu, us]}`.
func (r *reader) field(n strictyaml.Node) ifsev.FieldSpec {
	if n.Kind() == strictyaml.Scalar {
		return ifsev.FieldSpec{Type: ifsev.ValueType(r.oneOf(n, fieldTypes()...))}
	}
	o := n.Object(&r.Problems)
	f := ifsev.FieldSpec{Doc: r.text(o.Take("doc")), Type: ifsev.TypeString}
	if kind := o.Take("type"); kind.Exists() {
		f.Type = ifsev.ValueType(r.oneOf(kind, fieldTypes()...))
	}
	values := o.Take("values")
	f.Values = r.texts(values)
	if len(f.Values) > 0 && f.Type != ifsev.TypeString && f.Type != ifsev.TypeStrings && f.Type != "" {
		r.report(values, fmt.Sprintf("a field of type %s has no list of values", f.Type), "only string and strings have one")
	}
	o.Done("a field")
	return f
}

// severities reads the scheme; what is not configured of it is the default as a whole.
func (r *reader) severities(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	scheme, names := ifsev.Severities{}, map[string]bool{}
	for _, p := range n.Object(&r.Problems).Rest() {
		number, ok := p.Key.Int(&r.Problems)
		if ok && !ifsev.Severity(number).Valid() {
			r.report(p.Key, "a severity is a number from 1 (the worst) to 5", "")
			continue
		}
		o := p.Value.Object(&r.Problems)
		info := ifsev.SeverityInfo{Name: r.text(o.Need("name")), Hint: r.text(o.Take("hint")), Planned: o.Bool("planned")}
		o.Done("a severity")
		if lower := strings.ToLower(info.Name); lower != "" && names[lower] {
			r.report(p.Value, "another severity is called "+quoted(info.Name)+" already", "")
		} else {
			names[lower] = true
		}
		if ok && info.Name != "" {
			scheme[ifsev.Severity(number)] = info
		}
	}
	if len(scheme) > 0 {
		r.config.Severities = scheme
	}
}
