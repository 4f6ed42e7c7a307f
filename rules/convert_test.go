package rules

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		spec ifsev.FieldSpec
		in   any
		want any // an error's text where it begins with !
	}{
		{field("a", ifsev.TypeString), "x", "x"},
		{field("a", ifsev.TypeString), 3, "3"},
		{field("a", ifsev.TypeString), true, "true"},
		{field("a", ifsev.TypeString), 90 * time.Minute, "1h30m"},
		{field("a", ifsev.TypeString), monday, "2026-01-05T10:00:00+01:00"},
		{field("a", ifsev.TypeString), []string{"a", "b"}, "a, b"},
		{field("a", ifsev.TypeString, "x", "y"), "y", "y"},
		{field("a", ifsev.TypeString, "x", "y"), "z", `!"z" is none of x, y`},
		{field("a", ifsev.TypeInt), 3, 3},
		{field("a", ifsev.TypeInt), 3.0, 3},
		{field("a", ifsev.TypeInt), 3.5, `!want a whole number, got "3.5"`},
		{field("a", ifsev.TypeInt), 1e300, `!want a whole number, got`},
		{field("a", ifsev.TypeInt), "3", `!want a whole number, got "3"`},
		{field("a", ifsev.TypeInt, "1", "2"), 3, `!"3" is none of 1, 2`},
		{field("severity", ifsev.TypeInt), 1, 1},
		{field("severity", ifsev.TypeInt), 0, "!want 1 (the worst) to 5, got 0"},
		{field("a", ifsev.TypeNumber), 3, 3},
		{field("a", ifsev.TypeNumber), 3.5, 3.5},
		{field("a", ifsev.TypeNumber), "x", `!want a number, got "x"`},
		{field("a", ifsev.TypeBool), true, true},
		{field("a", ifsev.TypeBool), "true", `!want true or false, got "true"`},
		{field("a", ifsev.TypeTime), monday, "2026-01-05T09:00:00Z"},
		{field("a", ifsev.TypeTime), "2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00Z"},
		{field("a", ifsev.TypeTime), "monday", `!want a time such as`},
		{field("a", ifsev.TypeTime), time.Time{}, nil},
		{field("a", ifsev.TypeDuration), 25 * time.Hour, "1d1h"},
		{field("a", ifsev.TypeDuration), "1500ms", "1s500ms"},
		{field("a", ifsev.TypeDuration), 5, `!want a duration such as 20m, got "5"`},
		{field("a", ifsev.TypeStrings), "x", []string{"x"}},
		{field("a", ifsev.TypeStrings), "", []string{}},
		{field("a", ifsev.TypeStrings), 7, []string{"7"}},
		{field("a", ifsev.TypeStrings), []any{"x", nil, 7}, []string{"x", "7"}},
		{field("a", ifsev.TypeStrings), []any{[]any{}}, `!want a list of texts`},
		{field("a", ifsev.TypeStrings), map[string]any{"x": 1}, `!want a list of texts, got "x: 1"`},
		{field("a", ifsev.TypeStrings, "x"), []string{"x", "y"}, `!"y" is none of x`},
		{field("tags", ifsev.TypeStrings), []string{strings.Repeat("é", ifsev.MaxTagLength)}, []string{strings.Repeat("é", ifsev.MaxTagLength)}},
		{field("tags", ifsev.TypeStrings), []string{strings.Repeat("é", ifsev.MaxTagLength+1)}, "!a tag is longer than 100 characters"},
		{field("tags", ifsev.TypeStrings), make([]string, ifsev.MaxTags+1), "!more than 100 tags"},
		{field("a", ifsev.TypeMap), map[string]any{"at": monday}, map[string]any{"at": "2026-01-05T09:00:00Z"}},
		{field("a", ifsev.TypeMap), []any{}, "!want a map of names to values"},
		{field("a", ifsev.TypeAny), []any{monday, time.Hour, math.NaN(), math.Inf(1), []string{"a"}, nil}, []any{"2026-01-05T09:00:00Z", "1h", nil, nil, []any{"a"}, nil}},
		{field("a", ifsev.TypeAny), nil, nil},
		{field("a", ifsev.TypeInt), strings.Repeat("x", 99), `!want a whole number, got "` + strings.Repeat("x", 40) + `…"`},
	} {
		got, err := convert(c.spec, c.in, berlin)
		if want, ok := c.want.(string); ok && strings.HasPrefix(want, "!") {
			if err == nil || !strings.HasPrefix(err.Error(), want[1:]) {
				t.Errorf("%s %v: %v, %v; want the error %s", c.spec.Type, c.in, got, err, want[1:])
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s %v: %v (-want +got):\n%s", c.spec.Type, c.in, err, diff)
		}
	}
}

// anyValue draws what a template may give.
func anyValue() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.String().Draw(t, "text")
		case 2:
			return rapid.Int().Draw(t, "int")
		case 3:
			return rapid.Float64().Draw(t, "float")
		case 4:
			return rapid.Bool().Draw(t, "bool")
		case 5:
			return time.Unix(rapid.Int64Range(-1e9, 4e9).Draw(t, "time"), rapid.Int64Range(0, 999).Draw(t, "ns"))
		case 6:
			return time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "duration"))
		case 7:
			return rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "texts")
		case 8:
			return []any{rapid.String().Draw(t, "text"), rapid.Int().Draw(t, "int")}
		}
		return map[string]any{rapid.String().Draw(t, "name"): rapid.Float64().Draw(t, "float")}
	})
}

// What was converted once is what its type says: converting it again changes nothing, and JSON can carry it.
func TestConvertedValuesAreStable(t *testing.T) {
	t.Parallel()
	types := []ifsev.ValueType{
		ifsev.TypeString, ifsev.TypeInt, ifsev.TypeNumber, ifsev.TypeBool, ifsev.TypeTime, ifsev.TypeDuration, ifsev.TypeStrings, ifsev.TypeMap, ifsev.TypeAny,
	}
	rapid.Check(t, func(t *rapid.T) {
		spec := field("a", rapid.SampledFrom(types).Draw(t, "type"))
		once, err := convert(spec, anyValue().Draw(t, "value"), time.UTC)
		if err != nil {
			return
		}
		twice, err := convert(spec, once, time.UTC)
		if diff := cmp.Diff(once, twice); diff != "" || err != nil {
			t.Fatalf("%v (-once +twice):\n%s", err, diff)
		}
		if _, err := json.Marshal(once); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTypedValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ      ifsev.ValueType
		in, want any
	}{
		{ifsev.TypeInt, ifsev.Severity(2), 2},
		{ifsev.TypeInt, int64(7), 7},
		{ifsev.TypeInt, "7", nil},
		{ifsev.TypeString, ifsev.StatusOpen, "open"},
		{ifsev.TypeString, 7, nil},
		{ifsev.TypeString, json.Number("9007199254740993000"), "9007199254740993000"},
		{ifsev.TypeNumber, 7, 7.0},
		{ifsev.TypeNumber, 7.5, 7.5},
		{ifsev.TypeBool, "true", nil},
		{ifsev.TypeTime, "2026-01-05T09:00:00Z", monday},
		{ifsev.TypeTime, "soon", nil},
		{ifsev.TypeTime, monday, monday},
		{ifsev.TypeDuration, "90m", 90 * time.Minute},
		{ifsev.TypeDuration, 90, nil},
		{ifsev.TypeStrings, "x", []string{"x"}},
		{ifsev.TypeStrings, []any{"x", 1}, []string{"x"}},
		{ifsev.TypeStrings, 7, []string{}},
		{ifsev.TypeAny, map[string]string{"a": "b"}, map[string]any{"a": "b"}},
		{ifsev.TypeAny, ifsev.Data{"a": []any{ifsev.Severity(1)}}, map[string]any{"a": []any{1}}},
	} {
		if diff := cmp.Diff(c.want, typedValue(c.typ, c.in)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", c.typ, c.in, diff)
		}
	}
}
