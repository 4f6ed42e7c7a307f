package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/api"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state/memstate"
)

// operation is what the table shows of an operation of the API's document.
type operation struct {
	Summary string `json:"summary"`
	Scope   string `json:"x-scope"`
}

// endpointsTable lists every endpoint as the API's own document has it.
func endpointsTable() (string, error) {
	paths, err := describedPaths()
	if err != nil {
		return "", err
	}
	rows := [][]string{{"endpoint", "scope", ""}}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range slices.Sorted(maps.Keys(paths[path])) {
			op := paths[path][method]
			rows = append(rows, []string{code(strings.ToUpper(method) + " " + path), op.Scope, op.Summary})
		}
	}
	return table(rows), nil
}

// describedPaths asks a server for its document.
func describedPaths() (map[string]map[string]operation, error) {
	e, _, err := idleEngine()
	if err != nil {
		return nil, err
	}
	server, err := api.New(api.Options{
		Engine: e, Store: memstate.New(time.Now), Hooks: http.NotFoundHandler(), Metrics: http.NotFoundHandler(),
		Reload: func(context.Context) (wire.Reload, error) { return wire.Reload{}, nil },
	}, api.Settings{})
	if err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "http://localhost/api/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil {
		return nil, fmt.Errorf("the API's document cannot be read: %w", err)
	}
	return document.Paths, nil
}
