package actions

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
)

func TestArgsReadWhatRulesRender(t *testing.T) {
	t.Parallel()
	in := &args{action: "x", data: ifsev.Data{
		"text": "a", "int": 3, "float": 0.5, "bool": true, "big": json.Number("18446744073709551616"), "severity": ifsev.Severity(2), "null": nil,
		"list": []any{"a", 1}, "strings": []string{"a"}, "map": map[string]any{"a": 1}, "data": ifsev.Data{"b": "c"},
	}}
	for name, want := range map[string]string{"text": "a", "int": "3", "float": "0.5", "bool": "true", "big": "18446744073709551616", "severity": "2", "null": "", "gone": ""} {
		if got := in.text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string][]string{"text": {"a"}, "list": {"a", "1"}, "strings": {"a"}, "gone": nil, "int": {"3"}} {
		if diff := cmp.Diff(want, in.texts(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "1"}, in.textMap("map")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"b": "c"}, in.textMap("data")); diff != "" {
		t.Error(diff)
	}
	if in.has("null") || in.has("gone") || !in.has("text") || in.or("gone", "o") != "o" || in.or("text", "o") != "a" {
		t.Error("has or or is wrong")
	}
	if in.wrong != nil {
		t.Errorf("complains: %+v", in.wrong)
	}
}

func TestArgsKeepTheFirstComplaint(t *testing.T) {
	t.Parallel()
	for want, read := range map[string]func(*args){
		"x: list: want a text, got a list":             func(in *args) { in.text("list") },
		"x: map: want a text, got a map":               func(in *args) { in.texts("map") },
		"x: text: want a map, got a text":              func(in *args) { in.textMap("text") },
		"x: bool: want a map, got true or false":       func(in *args) { in.object("bool") },
		"x: int: want a map, got a number":             func(in *args) { in.object("int") },
		"x: blank: it is missing or empty":             func(in *args) { in.need("blank") },
		"x: gone: it is missing or empty":              func(in *args) { in.need("gone"); in.text("list") },
		"x: holes: want a list of texts, got nothing ": func(in *args) { in.texts("holes") },
	} {
		in := &args{action: "x", data: ifsev.Data{"text": "a", "int": 1, "bool": true, "blank": " ", "list": []any{}, "map": map[string]any{}, "holes": []any{nil}}}
		read(in)
		if in.wrong == nil || !strings.HasPrefix(in.wrong.Text, want) {
			t.Errorf("%+v, want %q", in.wrong, want)
		}
	}
}
