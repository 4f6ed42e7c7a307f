package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/problem"
)

// FuzzBody holds what every route relies on: no panic; a body that is taken is a JSON object with known fields of the
// right types alone; and every refusal is 400 or 422, the latter with a pointer for each mistake.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"title":"x","severity":1,"tags":["a"],"fields":{"a":{"b":[1]}}}`, `{"title":"x","title":"y"}`, `[]`, `{"a/b~":1}`, `{"title":"\ud800"}`,
		`{"severity":1e3}`, `{"severity":99999999999999999999}`, "\xff", `{"title":` + strings.Repeat("[", 80), `{} {}`, ` `,
	} {
		f.Add([]byte(seed))
	}
	fields := declareFields()
	f.Fuzz(func(t *testing.T, raw []byte) {
		body, err := decodeBody(raw, fields)
		if err != nil {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Status != 400 && p.Status != 422 || p.Status == 422 && len(p.Errors) == 0 {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Errorf("%q was taken for JSON", raw)
		}
		if s := body.Int("severity"); s < 0 || s > 5 {
			t.Errorf("severity %d", s)
		}
		for name := range body {
			known := false
			for i := range fields {
				known = known || fields[i].name == name
			}
			if !known {
				t.Errorf("%q was taken", name)
			}
		}
		if title := body.String("title"); strings.TrimSpace(title) == "" || len([]rune(title)) > 300 {
			t.Errorf("title %q", title)
		}
	})
}
