package rules

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

func TestMapping(t *testing.T) {
	t.Parallel()
	body, err := ifsev.DecodeJSON([]byte(`{"items": [{"id": 7, "state": "ok", "p1": true, "labels": ["a", "b"], "big": 9007199254740993}], "n": 1.5}`))
	if err != nil {
		t.Fatal(err)
	}
	item := body.(map[string]any)["items"].([]any)[0]
	env := map[string]any{"body": body, "item": item, "headers": map[string]string{"x-env": "prod"}}
	for _, c := range []struct {
		src  string
		want any
	}{
		{`body.items`, []any{item}},
		{`item.id`, 7},
		{`item.state == "ok" ? "resolved" : "firing"`, "resolved"},
		{`item.p1 ? 1 : 3`, 1},
		{`item.labels`, []any{"a", "b"}},
		{`headers["x-env"]`, "prod"},
		{`item.missing`, nil},
		{`item.missing.deeper`, nil},
		{`alert.labels.severity`, nil},
		{`default(item.missing, "x")`, "x"},
		{`len(body.items)`, 1},
		{`lower("ABC")`, "abc"},
	} {
		m, err := CompileMapping(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := m.Eval(env)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.src, err, diff)
		}
		if m.Source() != c.src {
			t.Errorf("the source of %s is %s", c.src, m.Source())
		}
	}
}

func TestDeclares(t *testing.T) {
	t.Parallel()
	m, err := CompileDeclares(`severity <= 3 and status == "firing" and labels.env == "prod" and "db" in tags`)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]any{"severity": 2, "status": "firing", "labels": map[string]string{"env": "prod"}, "tags": []string{"db"}}
	if v, err := m.Eval(env); v != true || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	env["labels"] = map[string]string(nil)
	if v, err := m.Eval(env); v != false || err != nil {
		t.Errorf("without labels: %v, %v", v, err)
	}
}

// What is wrong with a mapping is found when it is compiled, at its place.
func TestMappingErrors(t *testing.T) {
	t.Parallel()
	for src, offset := range map[string]int{
		`itm.id`:           0,
		`item.id +`:        8,
		`since(item.at)`:   0,
		`1 + hour()`:       0,
		`severity`:         0, // known to declares alone
		`item.id == now`:   0,
		`repeat(item.x,9)`: 0,
	} {
		_, err := CompileMapping(src)
		var mistake *lang.Error
		if !errors.As(err, &mistake) || mistake.Offset != offset {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, src := range []string{`severity`, `status == "fireing"`, `title`} {
		if _, err := CompileDeclares(src); err == nil {
			t.Errorf("%s declares an incident", src)
		}
	}
}

// A hostile body costs an error, not the daemon.
func TestMappingOfHostileBodies(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`item.a.b.c`, `item[0]`, `item["x"]`, `len(item)`, `item + 1`, `item > 2`, `map(item, it.x)`, `item contains "x"`, `not item`} {
		m, err := CompileMapping(src)
		if err != nil {
			continue
		}
		for _, item := range []any{nil, true, 1, 1.5, "x", []any{}, []any{nil, 1}, map[string]any{}, map[string]any{"a": "x"}, map[string]any{"a": map[string]any{"b": nil}}} {
			_, _ = m.Eval(map[string]any{"item": item}) // it may fail, but not panic
		}
	}
}
