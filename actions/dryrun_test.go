package actions

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
)

// A dry run says in the log what would be sent, reaches nobody, and lets the steps that follow go on.
func TestDryRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		connection string
		delivery   ifsev.Delivery
		logged     string
		outputs    ifsev.Data
	}{
		"webhook":   {"webhook", delivery("webhook", ifsev.Data{"to": "webhook", "json": map[string]any{"a": 1}}), `dry run: webhook`, ifsev.Data{"status": 0, "body": "", "json": map[string]any{"a": 1}}},
		"slack":     {"slack", delivery("slack.post", ifsev.Data{"channel": "#x", "text": "hello"}), `hello`, ifsev.Data{"channel": "#x", "ts": ""}},
		"pagerduty": {"pagerduty", delivery("pagerduty.trigger", ifsev.Data{"summary": "down"}), "down", nil},
		"email":     {"smtp", delivery("email", ifsev.Data{"to": []any{"a@example.com"}, "text": "mail"}), "mail", nil},
		"page":      {"pagerduty", pageTo("alice"), "alice", ifsev.Data{"person": "alice", "via": "pagerduty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWays(t)
			connections := map[string]Connection{c.connection: {DryRun: true}}
			s := sender(t, Options{Connections: connections, Directory: &ifsev.Directory{People: map[string]ifsev.Person{"alice": {}}}, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
			receipt, err := s.Perform(t.Context(), Attempt{Delivery: c.delivery, Number: 1, Now: time.Unix(0, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.log.String(), c.logged) {
				t.Errorf("the log does not hold %q: %s", c.logged, w.log.String())
			}
			for output, want := range c.outputs {
				if got := receipt.Outputs[output]; !cmp.Equal(got, want) {
					t.Errorf("output %s is %v, want %v", output, got, want)
				}
			}
		})
	}
}

func TestDryRunNeedsALog(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Connections: map[string]Connection{"slack": {DryRun: true}}}); err == nil || !strings.Contains(err.Error(), "slack") {
		t.Errorf("got %v", err)
	}
}

// An address in the rule is no connection: a dry webhook connection beside it does not swallow it.
func TestDryRunLeavesAddressesAlone(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {DryRun: true}}, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Outgoing: Policy{AllowPrivate: true}})
	if _, err := s.Perform(t.Context(), Attempt{Delivery: delivery("webhook", ifsev.Data{"url": w.webhook.URL()}), Number: 1, Now: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	if n := len(w.webhook.Requests()); n != 1 {
		t.Errorf("%d requests arrived", n)
	}
}
