package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// directoryFunctions are the functions that know who there is.
func directoryFunctions(d *ifsev.Directory) []lang.Function {
	check := func(args []any) (int, error) { return 0, checkRotation(d, args) }
	return []lang.Function{
		{
			Name: "oncall", Doc: `oncall("database") is who is on call in that rotation now; empty if nobody is`,
			Types: []any{(func(string) string)(nil)}, Stepwise: true, Check: check,
			Eval: func(rt *lang.Runtime, args ...any) (any, error) {
				name, _ := args[0].(string)
				if d == nil {
					return "", nil
				}
				rotation, ok := d.Rotations[name]
				if !ok {
					return "", nil
				}
				person, until := rotation.OnCall(rt.Now())
				rt.Note(until)
				return person, nil
			},
		},
		{
			Name: "oncall_added", Doc: `oncall_added("database") says whether that rotation has been brought in`,
			Types: []any{(func(string) bool)(nil)}, Reads: []string{"oncalls"}, Check: check,
			Eval: func(rt *lang.Runtime, args ...any) (any, error) {
				name, _ := args[0].(string)
				added, _ := rt.Value("oncalls").([]string)
				return slices.Contains(added, name), nil
			},
		},
	}
}

// checkRotation answers an error if there is no such rotation. Where nobody is configured at all any name passes, so
// that rules can be written and checked without the configuration they will run under.
func checkRotation(d *ifsev.Directory, args []any) error {
	name, ok := args[0].(string)
	if d.Empty() || !ok {
		return nil
	}
	if _, ok := d.Rotations[name]; ok {
		return nil
	}
	known := slices.Sorted(maps.Keys(d.Rotations))
	return fmt.Errorf("there is no rotation %q: %s", name, nearestOr(name, known, "add it under rotations in the configuration"))
}

// nearestOr says which known name was meant; failing that, what to do.
func nearestOr(name string, known []string, otherwise string) string {
	if near := lang.Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// nearestOf says which of the names there are was meant; failing that, which there are.
func nearestOf(name string, known []string) string {
	const most = 16
	list := strings.Join(known[:min(len(known), most)], ", ")
	if len(known) > most {
		list += ", …"
	}
	return nearestOr(name, known, "it may be "+list)
}
