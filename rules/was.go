package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// pastName is the hidden variable that holds what an incident was.
const pastName = "__past"

// wasFunction looks into an incident's past.
func wasFunction() lang.Function {
	return lang.Function{
		Name: "was",
		Doc: `was("severity", 1) says whether it ever was SEV1 and has been something else since; it knows ` +
			strings.Join(ifsev.PastFields(), ", ") + `, of tags those that were removed`,
		Types: []any{(func(string, any) bool)(nil)}, Reads: []string{pastName}, Check: checkWas,
		Eval: func(rt *lang.Runtime, args ...any) (any, error) {
			past, _ := rt.Value(pastName).(map[string]any)
			field, _ := args[0].(string)
			was, _ := past[field].([]string)
			value, ok := pastValue(args[1])
			return ok && slices.Contains(was, value), nil
		},
	}
}

// pastEnv is the past as the hidden variable holds it.
func pastEnv(inc *ifsev.Incident) map[string]any {
	past := make(map[string]any, len(inc.Past))
	for field, values := range inc.Past {
		past[field] = values
	}
	return past
}

// pastValue writes a value as the past has it.
func pastValue(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int:
		return strconv.Itoa(v), true
	case float64: // every number of a JSON body is one
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// checkWas holds the value against what the field may be.
func checkWas(args []any) (int, error) {
	if len(args) != 2 {
		return 0, nil
	}
	field, ok := args[0].(string)
	if !ok {
		return 0, errors.New("the name of the field must be written out")
	}
	if !slices.Contains(ifsev.PastFields(), field) {
		return 0, fmt.Errorf("was() does not know %q: %s", field, nearestOf(field, ifsev.PastFields()))
	}
	if args[1] == nil {
		return 0, nil
	}
	return 1, checkPast(field, args[1])
}

func checkPast(field string, value any) error {
	number, isNumber := value.(int)
	text, isText := value.(string)
	switch {
	case field == "severity" && (!isNumber || !ifsev.Severity(number).Valid()):
		return fmt.Errorf("severity is a number from %d to %d", ifsev.WorstSeverity, ifsev.MildestSeverity)
	case field == "severity":
		return nil
	case !isText:
		return fmt.Errorf("was(%q, …) takes a text", field)
	case field == "status" && !slices.Contains(statusValues(), text):
		return fmt.Errorf("status is never %q: %s", text, nearestOf(text, statusValues()))
	}
	return nil
}
