package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// apiDocument is as much of the document as the tests look at.
type apiDocument struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string                      `json:"operationId"`
		Summary     string                      `json:"summary"`
		Scope       string                      `json:"x-scope"`
		Parameters  []struct{ Name, In string } `json:"parameters"`
		RequestBody *struct {
			Content map[string]struct {
				Schema struct {
					Properties map[string]any `json:"properties"`
				} `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
		Responses map[string]any `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"schemas"`
	} `json:"components"`
}

func readDocument(t *testing.T, s *service) *apiDocument {
	t.Helper()
	r := s.send(t, http.MethodGet, "/api/openapi.json", "")
	var doc apiDocument
	if err := json.Unmarshal(r.body, &doc); err != nil {
		t.Fatal(err)
	}
	return &doc
}

// Every endpoint of the contract that this version has, by name.
const contract = `
POST /api/v1/incidents
GET /api/v1/incidents
GET /api/v1/incidents/{id}
PATCH /api/v1/incidents/{id}
POST /api/v1/incidents/{id}/notes
POST /api/v1/incidents/{id}/ack
POST /api/v1/incidents/{id}/mitigate
POST /api/v1/incidents/{id}/close
POST /api/v1/incidents/{id}/reopen
POST /api/v1/incidents/{id}/tasks
GET /api/v1/incidents/{id}/timeline
GET /api/v1/incidents/{id}/explain
GET /api/v1/incidents/{id}/plan
DELETE /api/v1/incidents/{id}/plan/{rule}
GET /api/v1/rules
GET /api/v1/rules/{name}
POST /api/v1/rules/check
POST /api/v1/reload
GET /api/v1/firings
GET /api/v1/deliveries
POST /api/v1/deliveries/{id}/retry
GET /api/v1/export
POST /hooks/{source}
GET /metrics
GET /healthz
GET /readyz
GET /api/openapi.json
`

func TestTheContractIsThere(t *testing.T) {
	t.Parallel()
	s := newService(t)
	doc := readDocument(t, s)
	for line := range strings.Lines(strings.TrimSpace(contract)) {
		method, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, there := doc.Paths[path][strings.ToLower(method)]; !there {
			t.Errorf("%s %s is not in the document", method, path)
		}
		concrete := strings.NewReplacer("{id}", "1", "{name}", "x", "{source}", "x", "{rule}", "x").Replace(path)
		if _, pattern := s.api.mux.Handler(request(t, method, concrete)); pattern == "" {
			t.Errorf("%s %s is not served", method, path)
		}
	}
}

func request(t *testing.T, method, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The document and the table of routes say the same, and everything in the table is served.
func TestDocumentAndRoutesAgree(t *testing.T) {
	t.Parallel()
	s := newService(t)
	doc := readDocument(t, s)
	operations := map[string]bool{}
	count := 0
	for i := range routes() {
		rt := &routes()[i]
		op, there := doc.Paths[rt.path][strings.ToLower(rt.method)]
		if !there || op.OperationID != rt.name || op.Summary == "" || operations[rt.name] {
			t.Errorf("%s %s: operation %+v", rt.method, rt.path, op)
		}
		operations[rt.name] = true
		var queries []string
		for _, p := range op.Parameters {
			if p.In == "query" {
				queries = append(queries, p.Name)
			}
		}
		for j := range rt.query {
			if !slices.Contains(queries, rt.query[j].name) {
				t.Errorf("%s %s: parameter %s is not described", rt.method, rt.path, rt.query[j].name)
			}
		}
		if rt.takesBody != (op.RequestBody != nil) {
			t.Errorf("%s %s: body %v, described %v", rt.method, rt.path, rt.takesBody, op.RequestBody != nil)
		}
		if op.RequestBody != nil {
			described := op.RequestBody.Content["application/json"].Schema.Properties
			for j := range rt.body {
				if described[rt.body[j].name] == nil {
					t.Errorf("%s %s: %s is not described", rt.method, rt.path, rt.body[j].name)
				}
			}
			if len(described) != len(rt.body) {
				t.Errorf("%s %s: %d members described, %d taken", rt.method, rt.path, len(described), len(rt.body))
			}
		}
		for status := range rt.answers {
			if op.Responses[http.StatusText(status)] == nil && op.Responses[itoa(status)] == nil {
				t.Errorf("%s %s: answer %d is not described", rt.method, rt.path, status)
			}
		}
	}
	for _, methods := range doc.Paths {
		count += len(methods)
	}
	if count != len(routes()) || doc.OpenAPI != "3.1.0" {
		t.Errorf("%d operations described, %d routes; OpenAPI %q", count, len(routes()), doc.OpenAPI)
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n) // a number
	return string(b)
}

// Every name in every answer stands in the document, and every name the document requires stands in the answer.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1,"tags":["database"]}`).want(t, http.StatusCreated, nil)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/tasks", `{"text":"x"}`).want(t, http.StatusOK, nil)
	doc := readDocument(t, s)
	for schema, path := range map[string]string{
		"Incident": "/api/v1/incidents/1", "Explanation": "/api/v1/incidents/1/explain", "Plan": "/api/v1/incidents/1/plan", "RuleSet": "/api/v1/rules",
		"Rule": "/api/v1/rules/unacknowledged", "Chain": "/api/v1/incidents/1/verify", "Health": "/readyz",
	} {
		var got map[string]any
		s.send(t, http.MethodGet, path, "").want(t, http.StatusOK, &got)
		described := doc.Components.Schemas[schema].Properties
		for name := range got {
			if described[name] == nil {
				t.Errorf("%s: %s is not described", schema, name)
			}
		}
	}
	for schema, path := range map[string]string{"Event": "/api/v1/incidents/1/timeline", "Firing": "/api/v1/firings?incident=1"} {
		var page struct{ Items []map[string]any }
		s.send(t, http.MethodGet, path, "").want(t, http.StatusOK, &page)
		if len(page.Items) == 0 {
			t.Errorf("%s: nothing there", path)
		}
		for name := range page.Items[0] {
			if doc.Components.Schemas[schema].Properties[name] == nil {
				t.Errorf("%s: %s is not described", schema, name)
			}
		}
	}
}

func TestProblemIsDescribed(t *testing.T) {
	t.Parallel()
	s := newService(t)
	doc := readDocument(t, s)
	got := slices.Sorted(mapKeys(doc.Components.Schemas["Problem"].Properties))
	if !reflect.DeepEqual(got, []string{"detail", "errors", "status", "title", "type"}) {
		t.Errorf("problem has %v", got)
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
