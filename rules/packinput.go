package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// inputType is a type an input may have.
type inputType struct {
	name, doc string
	is        lang.Type
	// names is the kind of name it holds; connections and calendars have none.
	names ifsev.NameKind
	// loose types say little about where they fit: what is wrong in a place is known once there is a value.
	loose bool
}

// The names of the types that are asked about.
const (
	inputString, inputInt, inputNumber, inputBool, inputDuration, inputStrings = "string", "int", "number", "bool", "duration", "strings"
	inputSeverity, inputConnection, inputCalendar, inputCondition              = "severity", "connection", "calendar", "condition"
)

// inputTypes are in the order of the reference.
func inputTypes() []inputType {
	return []inputType{
		{name: inputString, doc: "a text; `values` lists those it may be", is: lang.String, loose: true},
		{name: inputInt, doc: "a whole number, from `min` to `max`", is: lang.Int},
		{name: inputNumber, doc: "a number, from `min` to `max`", is: lang.Float},
		{name: inputBool, doc: "true or false", is: lang.Bool},
		{name: inputDuration, doc: "a duration such as 20m, from `min` to `max`", is: lang.Duration},
		{name: inputStrings, doc: "a list of texts; `values` lists those they may be", is: lang.List(lang.String), loose: true},
		{name: inputSeverity, doc: "1 (the worst) to 5, or the name of a severity", is: lang.Int},
		{name: "target", doc: "a person, a rotation or a role", is: lang.String, names: ifsev.NamesTarget, loose: true},
		{name: "rotation", doc: "a rotation", is: lang.String, names: ifsev.NamesRotation, loose: true},
		{name: "role", doc: "a role", is: lang.String, names: ifsev.NamesRole, loose: true},
		{name: "channel", doc: "a channel, such as \"#incidents\"", is: lang.String, loose: true},
		{name: inputConnection, doc: "a connection; `kind` says of which kind", is: lang.String, names: ifsev.NamesConnection, loose: true},
		{name: inputCalendar, doc: "a calendar of business hours", is: lang.String, loose: true},
		{name: inputCondition, doc: "a condition, in the words of the file that uses the pack: true or false in expressions", is: lang.Bool},
	}
}

// inputTypeHints are what other tools call the types.
func inputTypeHints() map[string]string {
	return map[string]string{
		"text": inputString, "str": inputString, "choice": inputString + " with `values`", "enum": inputString + " with `values`", "integer": inputInt, "float": inputNumber,
		"boolean": inputBool, "list": inputStrings, "array": inputStrings, "tags": inputStrings, "person": "target", "people": "target", "user": "target", "team": "rotation",
		"expression": inputCondition, "time": inputDuration, "sev": inputSeverity,
	}
}

// packInput is one input of a pack.
type packInput struct {
	inputType
	pack     *pack
	name     string
	key      strictyaml.Node
	doc      string
	values   []string
	least    float64 // of numbers, and of durations in nanoseconds
	most     float64
	kind     string          // of a connection
	standard strictyaml.Node // the default; missing where a value must be given
}

// variable is what expressions know of it.
func (in *packInput) variable() lang.Variable {
	v := lang.Variable{Name: in.name, Doc: in.doc, Type: in.is, Values: in.values}
	if in.inputType.name == inputSeverity {
		v.Min, v.Max = int(ifsev.WorstSeverity), int(ifsev.MildestSeverity)
	}
	return v
}

// worldly inputs hold a name that only the world of a use knows.
func (in *packInput) worldly() bool {
	return in.names != "" || in.inputType.name == inputCalendar
}

// where says which input it is, for a message about a value.
func (in *packInput) where() string {
	return fmt.Sprintf("the input %s of the pack %s, %s", in.name, in.pack.name, at(in.key))
}

// given is a value of an input.
type given struct {
	// node is the value as YAML, at the place it was written; missing for a condition.
	node strictyaml.Node
	// input is what expressions are given.
	input lang.Input
	// hashed is what a rule that asks for it depends on.
	hashed any
}

// inputValue reads a value; names are looked up if they are to be known here. Conditions are read in the scope.
func (l *loader) inputValue(in *packInput, n strictyaml.Node, scope *lang.Scope, named bool) (given, bool) {
	g := given{input: lang.Input{Variable: in.variable()}}
	before := len(l.errors)
	switch {
	case n.Kind() == strictyaml.Null:
		l.errors.Add(n.Problem("there is no value", "write one, or remove the key"))
	case foreignTag(n): // said already
		return g, false
	case in.inputType.name == inputCondition:
		s, _ := l.condition(n, func(text string) error {
			_, err := scope.Condition(text)
			return err
		})
		g.input.Condition, g.hashed = s.text, s.text
		return g, len(l.errors) == before
	case in.inputType.name == inputStrings:
		g.node, g.input.Value = l.inputTexts(in, n)
	default:
		g.node, g.input.Value = l.inputScalar(in, n)
	}
	if len(l.errors) == before && named {
		l.inputNamed(in, n)
	}
	if len(l.errors) > before {
		return g, false
	}
	g.hashed = g.node.Value()
	return g, true
}

func (l *loader) inputTexts(in *packInput, n strictyaml.Node) (strictyaml.Node, any) {
	texts, _ := n.Texts(&l.errors)
	items := n.Items()
	if n.Kind() == strictyaml.Scalar {
		items = []strictyaml.Node{n}
	}
	for i, item := range items {
		if item.Kind() == strictyaml.Scalar {
			l.inputWord(in, item)
		}
		items[i] = item.Put("!!str", item.Raw())
	}
	return n.PutList(items), append([]string{}, texts...)
}

// inputWord holds a text against the values there may be.
func (l *loader) inputWord(in *packInput, n strictyaml.Node) {
	if len(in.values) > 0 {
		_, _ = n.OneOf(&l.errors, in.values...)
	}
}

// inputScalar reads one value, and answers it as YAML with the type it is meant to have.
func (l *loader) inputScalar(in *packInput, n strictyaml.Node) (strictyaml.Node, any) {
	switch in.inputType.name {
	case inputInt:
		i, ok := n.Int(&l.errors)
		l.inputRange(in, n, float64(i), ok)
		return n.Put("!!int", strconv.Itoa(i)), i
	case inputSeverity:
		return l.inputSeverity(n)
	case inputNumber:
		return l.inputNumber(in, n)
	case inputBool:
		b, _ := n.Bool(&l.errors)
		return n.Put("!!bool", strconv.FormatBool(b)), b
	case inputDuration:
		d, ok := n.Duration(&l.errors)
		l.inputRange(in, n, float64(d), ok)
		return n.Put("!!str", ifsev.FormatDuration(d)), d
	}
	text, ok := n.Text(&l.errors)
	if ok && text == "" && in.inputType.name != inputString {
		l.errors.Add(n.Problem("there is no value", "write one, or remove the key"))
	}
	if ok {
		l.inputWord(in, n)
	}
	return n.Put("!!str", text), text
}

func (l *loader) inputSeverity(n strictyaml.Node) (strictyaml.Node, any) {
	text, ok := n.Text(&l.errors)
	s, err := l.world().Severities.Parse(text)
	if ok && err != nil {
		l.errors.Add(n.Problem(err.Error(), ""))
	}
	return n.Put("!!int", strconv.Itoa(int(s))), int(s)
}

func (l *loader) inputNumber(in *packInput, n strictyaml.Node) (strictyaml.Node, any) {
	text, ok := n.Text(&l.errors)
	if !ok {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		l.errors.Add(n.Problem(fmt.Sprintf("want a number such as 2.5, got %q", text), ""))
		return n, nil
	}
	l.inputRange(in, n, f, true)
	return n.Put("!!float", strconv.FormatFloat(f, 'f', -1, 64)), f
}

func (l *loader) inputRange(in *packInput, n strictyaml.Node, v float64, ok bool) {
	switch {
	case !ok:
	case v < in.least:
		l.errors.Add(n.Problem(fmt.Sprintf("`%s` is at least %s", in.name, in.bound(in.least)), "write more"))
	case v > in.most:
		l.errors.Add(n.Problem(fmt.Sprintf("`%s` is at most %s", in.name, in.bound(in.most)), "write less"))
	}
}

func (in *packInput) bound(v float64) string {
	if in.inputType.name == inputDuration {
		return ifsev.FormatDuration(time.Duration(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// inputNamed looks a name up in the world.
func (l *loader) inputNamed(in *packInput, n strictyaml.Node) {
	r := &argsReader{loader: l, spec: &ifsev.ActionSpec{Connection: in.kind}}
	switch {
	case in.inputType.name == inputCalendar:
		known := slices.Sorted(maps.Keys(l.set.words.calendars))
		if !slices.Contains(known, n.Raw()) {
			l.errors.Add(n.Problem(fmt.Sprintf("there is no calendar %q", n.Raw()), nearestOr(n.Raw(), known, "add it under calendars")))
		}
	case in.inputType.name == inputConnection && in.kind == "":
		l.anyConnection(n)
	case in.names != "":
		r.checkName(in.names, n)
	}
}

func (l *loader) anyConnection(n strictyaml.Node) {
	var known []string
	for _, c := range l.world().Connections {
		known = append(known, c.Name)
	}
	if !slices.Contains(known, n.Raw()) {
		l.unconfigured(n, fmt.Sprintf("there is no connection %q", n.Raw()), nearestOr(n.Raw(), known, "add it under connections in the configuration"), len(known) == 0)
	}
}

// sample is a value to try the pack with where there is none: what is wrong with it is not the pack's fault if the type
// is loose.
func (in *packInput) sample(n strictyaml.Node) strictyaml.Node {
	within := func(v float64) float64 { return min(max(v, in.least), in.most) }
	switch in.inputType.name {
	case inputInt, inputSeverity:
		return n.Put("!!int", strconv.Itoa(int(within(3))))
	case inputNumber:
		return n.Put("!!float", strconv.FormatFloat(within(0.5), 'f', -1, 64))
	case inputBool:
		return n.Put("!!bool", "true")
	case inputDuration:
		return n.Put("!!str", ifsev.FormatDuration(time.Duration(within(float64(time.Hour)))))
	case inputStrings:
		return n.PutList([]strictyaml.Node{n.Put("!!str", in.word())})
	}
	return n.Put("!!str", in.word())
}

func (in *packInput) word() string {
	if len(in.values) > 0 {
		return in.values[0]
	}
	return "example"
}

// typeNames lists the types.
func typeNames() []string {
	var names []string
	for _, t := range inputTypes() {
		names = append(names, t.name)
	}
	return names
}

// bounds are where there are none.
func unbounded() (least, most float64) { return math.Inf(-1), math.Inf(1) }

// typeHint says what to write for a type there is not.
func typeHint(word string) string {
	if is, ok := inputTypeHints()[strings.ToLower(word)]; ok {
		return "write " + is
	}
	return nearestOr(word, typeNames(), "it may be "+strings.Join(typeNames(), ", "))
}
