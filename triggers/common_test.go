package triggers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// eval makes an Expression of a function.
type eval func(env map[string]any) (any, error)

func (f eval) Eval(env map[string]any) (any, error) { return f(env) }

// path answers the value at a path such as item.monitor.id; nothing where it leads nowhere.
func path(p string) Expression {
	return eval(func(env map[string]any) (any, error) {
		var v any = env
		for _, name := range strings.Split(p, ".") {
			m, _ := v.(map[string]any)
			v = m[name]
		}
		return v, nil
	})
}

// constant always answers v.
func constant(v any) Expression {
	return eval(func(map[string]any) (any, error) { return v, nil })
}

func fails(text string) Expression {
	return eval(func(map[string]any) (any, error) { return nil, fmt.Errorf("%s", text) })
}

func paths(names map[string]string) map[string]Expression {
	m := map[string]Expression{}
	for name, p := range names {
		m[name] = path(p)
	}
	return m
}

func decoder(t *testing.T, kind string, o Options) Decoder {
	t.Helper()
	o.Source = or(o.Source, "tool")
	d, err := NewDecoder(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decode(t *testing.T, d Decoder, body string, header ...string) []Element {
	t.Helper()
	elements, err := d.Decode(request(body, header...))
	if err != nil {
		t.Fatal(err)
	}
	return elements
}

func request(body string, header ...string) Request {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return Request{Header: h, Body: []byte(body), At: noon}
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// memorySink records, and answers duplicate for an ID it has seen.
type memorySink struct {
	mu     sync.Mutex
	seen   map[string]bool
	alerts []ifsev.Alert
	err    error
}

func (s *memorySink) Submit(_ context.Context, alerts []ifsev.Alert) ([]ifsev.AlertResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	var results []ifsev.AlertResult
	for _, a := range alerts {
		kind := ifsev.AlertDeclared
		if s.seen[a.ID] {
			kind = ifsev.AlertDuplicate
		}
		if s.seen == nil {
			s.seen = map[string]bool{}
		}
		s.seen[a.ID] = true
		s.alerts = append(s.alerts, a)
		results = append(results, ifsev.AlertResult{Key: a.Key, Result: kind, Incident: "INC-1"})
	}
	return results, nil
}
