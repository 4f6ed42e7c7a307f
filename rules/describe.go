package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// longestValue is how much of one argument Describe shows, in characters.
const longestValue = 60

// Describe says an action with its arguments in one line: `page secondary`, `set severity=1`,
// `slack.post channel=#incidents text=…`.
func Describe(spec *ifsev.ActionSpec, args ifsev.Data) string {
	parts := []string{spec.Kind}
	if short := inShort(args[spec.Short]); short != "" {
		parts = append(parts, short)
	}
	names := make([]string, 0, len(args))
	for _, a := range spec.Args {
		names = append(names, a.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if text := inShort(args[name]); text != "" && name != spec.Short {
			parts = append(parts, name+"="+text)
		}
	}
	return strings.Join(parts, " ")
}

// inShort writes a value on one line; nothing for none.
func inShort(v any) string {
	if v == nil {
		return ""
	}
	text := []rune(strings.Join(strings.Fields(lang.Render(v, nil)), " "))
	if len(text) > longestValue {
		text = append(text[:longestValue-1:longestValue-1], '…')
	}
	return string(text)
}
