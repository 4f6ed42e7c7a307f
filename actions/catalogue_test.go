package actions

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, spec := range Catalogue() {
		if seen[spec.Kind] || spec.Kind == "" || spec.Inside || spec.Open {
			t.Errorf("%q is there twice, has no name, or is no outside kind with known arguments", spec.Kind)
		}
		seen[spec.Kind] = true
		if !sentence(spec.Doc) {
			t.Errorf("%s: doc is no sentence: %q", spec.Kind, spec.Doc)
		}
		checkRetry(t, spec)
		checkFields(t, spec, spec.Args)
		checkFields(t, spec, spec.Outputs)
		checkConnectionArg(t, spec)
		if _, ok := spec.Arg(spec.Short); spec.Short != "" && !ok {
			t.Errorf("%s: short names no argument", spec.Kind)
		}
	}
	for _, kind := range []string{"page", "webhook", "slack.post", "pagerduty.trigger", "pagerduty.acknowledge", "pagerduty.resolve", "email"} {
		if !seen[kind] {
			t.Errorf("%s is missing", kind)
		}
	}
}

func sentence(s string) bool { return len(s) > 10 && strings.HasSuffix(s, ".") }

func checkRetry(t *testing.T, spec ifsev.ActionSpec) {
	t.Helper()
	want := time.Hour
	if spec.Kind == "page" || strings.HasPrefix(spec.Kind, "pagerduty.") {
		want = 24 * time.Hour
	}
	if r := spec.Retry; r.Min != time.Second || r.Max != 5*time.Minute || r.MaxAge != want {
		t.Errorf("%s: retry %+v", spec.Kind, r)
	}
}

func checkFields(t *testing.T, spec ifsev.ActionSpec, fields []ifsev.FieldSpec) {
	t.Helper()
	names := map[string]bool{}
	for _, f := range fields {
		if names[f.Name] || f.Name == "" || f.Type == "" || !sentence(f.Doc) {
			t.Errorf("%s: %q is there twice, or lacks name, type or a sentence: %q", spec.Kind, f.Name, f.Doc)
		}
		names[f.Name] = true
	}
}

// checkConnectionArg holds that the argument that chooses the connection is marked, and called to where it can be.
func checkConnectionArg(t *testing.T, spec ifsev.ActionSpec) {
	t.Helper()
	var marked []string
	for _, a := range spec.Args {
		if a.Names == ifsev.NamesConnection {
			marked = append(marked, a.Name)
		}
	}
	want := map[string]string{"page": "", "email": "via"}
	name, special := want[spec.Kind]
	if !special {
		name = "to"
	}
	if got := strings.Join(marked, " "); got != name || (spec.Connection == "") != (name == "") {
		t.Errorf("%s: connection of kind %q is chosen by %q, want %q", spec.Kind, spec.Connection, got, name)
	}
}

// An example is a step: its one key is the kind, and it gives only arguments there are.
func TestExamplesAreSteps(t *testing.T) {
	t.Parallel()
	for _, spec := range Catalogue() {
		var step map[string]any
		if err := yaml.Unmarshal([]byte(spec.Example), &step); err != nil || len(step) != 1 {
			t.Errorf("%s: example %q: %v", spec.Kind, spec.Example, err)
			continue
		}
		given, isMap := step[spec.Kind].(map[string]any)
		if !isMap && spec.Short == "" {
			t.Errorf("%s: example gives no arguments: %q", spec.Kind, spec.Example)
		}
		for name := range given {
			if _, ok := spec.Arg(name); !ok {
				t.Errorf("%s: example gives %q, which there is not", spec.Kind, name)
			}
		}
	}
}

func TestUnknownAction(t *testing.T) {
	t.Parallel()
	s := sender(t, Options{})
	f := refused(t, s, attempt(delivery("slack.pots", nil)))
	if f.Reason != ifsev.ReasonConfig || !f.Permanent || !strings.Contains(f.Text, "slack.post") {
		t.Errorf("%+v", f)
	}
}

func TestAFaultCostsOneDelivery(t *testing.T) {
	t.Parallel()
	s := sender(t, Options{Connections: map[string]Connection{"slack": {Token: "s3cr3t-token"}}})
	s.kinds["page"] = kind{perform: func(context.Context, *Sender, Attempt) (ifsev.Receipt, *ifsev.Failure) { panic("s3cr3t-token") }}
	f := refused(t, s, attempt(delivery("page", nil)))
	if f.Reason != ifsev.ReasonInternal || !f.Permanent || strings.Contains(f.Text, "s3cr3t") {
		t.Errorf("%+v", f)
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
}

// anything draws a JSON value as rules render them.
func anything(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int().AsAny(), rapid.Float64().AsAny(), rapid.String().AsAny(),
		rapid.SampledFrom([]string{"alice", "#x", "https://example.com", "critical", "a@example.com", "database", "way-slack"}).AsAny(),
	}
	if depth > 0 {
		kinds = append(kinds, rapid.SliceOfN(anything(depth-1), 0, 3).AsAny(), rapid.MapOfN(rapid.String(), anything(depth-1), 0, 3).AsAny())
	}
	return rapid.OneOf(kinds...)
}

// Whatever the arguments are, an attempt ends with a receipt or a failure that says something, and never in a fault.
func TestAnyArguments(t *testing.T) {
	t.Parallel()
	s := sender(t, Options{
		Log: slog.New(slog.DiscardHandler),
		Connections: map[string]Connection{
			"way-slack": {Kind: "slack", Token: "t-1"}, "way-hook": {Kind: "webhook", URL: "http://h.example.com", Sign: "k"},
			"pagerduty": {RoutingKey: "rk"}, "smtp": {Host: "h.example.com", From: "a@example.com"},
		},
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody is there") },
	})
	rapid.Check(t, func(t *rapid.T) {
		spec := rapid.SampledFrom(Catalogue()).Draw(t, "kind")
		args := ifsev.Data{}
		for _, a := range spec.Args {
			if rapid.Bool().Draw(t, "given") {
				args[a.Name] = anything(2).Draw(t, a.Name)
			}
		}
		d := delivery(spec.Kind, args)
		d.Timeout = time.Second
		receipt, err := s.Perform(context.Background(), attempt(d))
		f, ok := errors.AsType[*ifsev.Failure](err)
		if err == nil || !ok || f.Text == "" || f.Reason == ifsev.ReasonInternal {
			t.Fatalf("%s %v: %+v, %+v", spec.Kind, args, receipt, f)
		}
		if _, err := json.Marshal(f); err != nil {
			t.Fatalf("failure is no JSON: %v", err)
		}
	})
}
