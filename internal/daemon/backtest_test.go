package daemon

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/backtest"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

var recordedAt = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const oldRules = "rules:\n  worst: {if: severity == 1, then: [{page: alice}]}\n  gone: {if: severity == 5, then: [{note: x}]}\n"

// recording is an export: one SEV1 on which the rule worst fired, under rules of this text.
func recording(t *testing.T, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := record.NewWriter(&b)
	steps := []error{
		w.Header(record.Header{At: recordedAt.Add(time.Hour), World: record.World{Severities: ifsev.DefaultSeverities(), People: []string{"alice"}, Roles: []string{"commander"}}}),
		w.Rules(record.RuleSet{Epoch: 1, Hash: "h", Files: []rules.Source{{Name: "then.yaml", Text: text}}}),
	}
	for i, ev := range []ifsev.Event{
		{ID: "a", Type: ifsev.Declared, Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: "bob"}, Data: ifsev.Data{"title": "T", "severity": 1, "tags": []string{}}},
		{ID: "b", Type: ifsev.RuleFired, Actor: ifsev.Actor{Kind: ifsev.RuleActor, Name: "worst"}, Data: ifsev.Data{"rule": "worst", "firing": "f", "branch": "then"}},
	} {
		ev.Seq, ev.At = int64(i+1), recordedAt
		body, err := json.Marshal(&ev)
		steps = append(steps, err, w.Event("0190a5c2-0000-7000-8000-000000000001", 1, body))
	}
	for _, err := range append(steps, w.End()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return &b
}

func ruleFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBacktest(t *testing.T) {
	t.Parallel()
	candidate := ruleFile(t, "rules:\n  worst: {if: severity == 2, then: [{page: alice}]}\n  new: {if: severity == 1, then: [{note: y}]}\n")
	got, err := Backtest(Trial{Paths: []string{candidate}, Record: recording(t, oldRules)})
	if err != nil || len(got.Errors) > 0 {
		t.Fatal(err, got.Errors)
	}
	r := got.Backtest
	if r.Basis != backtest.BasisReplayed || r.Incidents != 1 || len(r.Unexplained) != 0 || len(r.Rules[0].Gone) != 1 || len(r.Rules[1].Added) != 1 {
		t.Errorf("%+v %+v %+v", r, r.Rules[0], r.Rules[1])
	}
	if !slices.Equal(got.Added, []string{"new"}) || !slices.Equal(got.Changed, []string{"worst"}) || !slices.Equal(got.Removed, []string{"gone"}) {
		t.Errorf("added %v, changed %v, removed %v", got.Added, got.Changed, got.Removed)
	}
	got, err = Backtest(Trial{Paths: []string{candidate}, Record: recording(t, oldRules), Since: recordedAt.Add(time.Second)})
	if err != nil || got.Backtest.Incidents != 0 {
		t.Errorf("since: %v %+v", err, got.Backtest)
	}
}

// Rules of then that do not load any more are said, and the record itself is what is compared with.
func TestBacktestWithoutTheRulesOfThen(t *testing.T) {
	t.Parallel()
	got, err := Backtest(Trial{Paths: []string{ruleFile(t, oldRules)}, Record: recording(t, "rules:\n  worst: {if: severty == 1, then: [{page: alice}]}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if got.Backtest.Basis != backtest.BasisRecorded || !got.Backtest.Empty() || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "rule set 1") {
		t.Errorf("%+v %v", got.Backtest, got.Notes)
	}
}

// The candidate is checked against the configuration that is named, or else against that of the record.
func TestBacktestChecksTheCandidate(t *testing.T) {
	t.Parallel()
	candidate := ruleFile(t, "rules:\n  worst: {if: severity == 1, then: [{page: carol}]}\n")
	got, err := Backtest(Trial{Paths: []string{candidate}, Record: recording(t, oldRules)})
	if err != nil || len(got.Errors) != 1 || got.Backtest != nil || !strings.Contains(got.Errors[0].Message, "carol") {
		t.Errorf("%v %v", err, got.Errors)
	}
	config := filepath.Join(t.TempDir(), "ifsev.yaml")
	if err := os.WriteFile(config, []byte("people:\n  carol: {name: Carol, email: c@example.com}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err = Backtest(Trial{Paths: []string{candidate}, Config: config, Env: os.LookupEnv, Record: recording(t, oldRules)})
	if err != nil || len(got.Errors) != 0 || len(got.Backtest.Rules[0].Changed) != 1 {
		t.Errorf("%v %v", err, got)
	}
}
