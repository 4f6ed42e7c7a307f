package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state/memstate"
)

// metricsTable lists the metrics of an engine that has a rule and a source, so that every series is there.
func metricsTable() (string, error) {
	_, registry, err := idleEngine()
	if err != nil {
		return "", err
	}
	families, err := registry.Gather()
	if err != nil {
		return "", err
	}
	rows := [][]string{{"metric", "type", "labels", ""}}
	for _, f := range families {
		var labels []string
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if !slices.Contains(labels, l.GetName()) {
					labels = append(labels, l.GetName())
				}
			}
		}
		rows = append(rows, []string{code(f.GetName()), strings.ToLower(f.GetType().String()), codes(labels), f.GetHelp()})
	}
	return table(rows), nil
}

// idleEngine makes an engine that is never started, and the registry of its metrics.
func idleEngine() (*engine.Engine, *prometheus.Registry, error) {
	set, problems, _ := rules.Load([]rules.Source{{Name: "reference.yaml", Text: "rules: {example: {when: declared, then: [mitigate]}}"}}, rules.World{Actions: actions.Catalogue()})
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	registry := prometheus.NewRegistry()
	e, err := engine.New(engine.Options{
		Store: memstate.New(func() time.Time { return time.Unix(0, 0) }), Rules: set, Performer: nobody{}, Registry: registry,
		Actions: actions.Catalogue(), Sources: []string{"example"},
	})
	return e, registry, err
}

// nobody performs nothing.
type nobody struct{}

// Perform implements engine.Performer; no engine that asks it is ever started.
func (nobody) Perform(context.Context, actions.Attempt) (ifsev.Receipt, error) {
	return ifsev.Receipt{}, nil
}
