package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
)

// checkQuery reads a query string against its fields; 400 with everything that is wrong. A parameter of kind strings
// may be repeated, and its values may be joined by commas.
func checkQuery(raw string, fields []field) (url.Values, error) {
	given, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the query string cannot be read: %s", err)
	}
	var wrong []string
	known := make([]string, len(fields))
	for i := range fields {
		known[i] = fields[i].name
		wrong = append(wrong, fields[i].checkParameter(given)...)
	}
	for _, name := range slices.Sorted(keys(given)) {
		if !slices.Contains(known, name) {
			wrong = append(wrong, name+" "+unknownField(name, known))
		}
	}
	if len(wrong) > 0 {
		return nil, refuse(http.StatusBadRequest, "%s", strings.Join(wrong, "; "))
	}
	return given, nil
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

func (f *field) checkParameter(given url.Values) []string {
	all := given[f.name]
	if f.kind == ifsev.TypeStrings {
		all = split(all)
		given[f.name] = all
	} else if len(all) > 1 {
		return []string{fmt.Sprintf("%s stands there %d times", f.name, len(all))}
	}
	if f.required && len(all) == 0 {
		return []string{f.name + " is required"}
	}
	var wrong []string
	for _, text := range all {
		if said := f.checkOne(text); said != "" {
			wrong = append(wrong, f.name+" "+said)
		}
	}
	return wrong
}

func (f *field) checkOne(text string) string {
	switch {
	case f.kind == ifsev.TypeInt:
		n, err := strconv.Atoi(text)
		if err != nil {
			return f.checkInt(text)
		}
		return f.checkInt(n)
	case f.kind == ifsev.TypeBool:
		if text != "true" && text != "false" {
			return "must be true or false, not " + describe(text)
		}
	default:
		return f.checkText(text)
	}
	return ""
}

// split answers the values without commas, blanks and empty ones.
func split(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
