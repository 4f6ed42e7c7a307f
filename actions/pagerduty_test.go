package actions

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

func pagerduty(t *testing.T) (*Sender, *actionstest.PagerDuty) {
	t.Helper()
	fake := actionstest.NewPagerDuty(t)
	return sender(t, Options{Connections: map[string]Connection{"pagerduty": {URL: secret.Secret(fake.URL()), RoutingKey: "rk-shop"}}}), fake
}

func TestPagerDutyLife(t *testing.T) {
	t.Parallel()
	s, fake := pagerduty(t)
	d := delivery("pagerduty.trigger", nil)
	d.Facts.Key = "shop/checkout"
	receipt := perform(t, s, attempt(d))
	if receipt.Status != 202 || receipt.Outputs.String("dedup_key") != "shop/checkout" {
		t.Errorf("receipt %+v", receipt)
	}
	perform(t, s, attempt(d)) // an attempt whose answer was lost
	for _, step := range []struct{ action, state string }{{"trigger", "triggered"}, {"acknowledge", "acknowledged"}, {"resolve", "resolved"}} {
		d.Action = "pagerduty." + step.action
		perform(t, s, attempt(d))
		if alerts := fake.Alerts(); len(alerts) != 1 || alerts[0].State != step.state {
			t.Errorf("after %s: %+v, want one alert that is %s", step.action, alerts, step.state)
		}
	}
}

func TestPagerDutyTriggerSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	s, fake := pagerduty(t)
	perform(t, s, attempt(delivery("pagerduty.trigger", ifsev.Data{"custom_details": map[string]any{"graph": "g", "rule": "mine"}, "component": "db", "group": "g", "class": "c"})))
	e := fake.Events()[0]
	got := []string{e.RoutingKey, e.DedupKey, e.Payload.Summary, e.Payload.Severity, e.Payload.Source, e.Payload.Component, e.Payload.Group, e.Payload.Class, e.Payload.Timestamp, e.Client, e.ClientURL, e.Links[0].Href, e.Links[0].Text}
	want := []string{"rk-shop", "0190a5c2-0000-7000-8000-00000000002a", "[SEV1] INC-42 Checkout is down", "critical", "shop", "db", "g", "c", "2026-03-27T11:59:00Z", "ifsev", "https://ifsev.example.com/incidents/42", "https://ifsev.example.com/incidents/42", "INC-42"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"graph": "g", "rule": "mine", "incident": "INC-42"}, e.Payload.CustomDetails); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

func TestPagerDutyLimits(t *testing.T) {
	t.Parallel()
	s, fake := pagerduty(t)
	long := strings.Repeat("ü", 2000)
	for _, action := range []string{"pagerduty.trigger", "pagerduty.resolve"} {
		d := delivery(action, ifsev.Data{"dedup_key": long})
		if action == "pagerduty.trigger" {
			d.Args["summary"] = long
		}
		perform(t, s, attempt(d))
	}
	if alerts := fake.Alerts(); len(alerts) != 1 || alerts[0].State != "resolved" || len([]rune(alerts[0].Summary)) != 1024 {
		t.Errorf("alerts %+v", alerts)
	}
}

func TestPagerDutySeverities(t *testing.T) {
	t.Parallel()
	s, fake := pagerduty(t)
	want := []string{"info", "critical", "error", "warning", "info", "info"}
	for severity := range want {
		d := delivery("pagerduty.trigger", nil)
		d.Facts.Severity = ifsev.Severity(severity)
		perform(t, s, attempt(d))
		if got := fake.Events()[severity].Payload.Severity; got != want[severity] {
			t.Errorf("severity %d became %q, want %q", severity, got, want[severity])
		}
	}
	f := refused(t, s, attempt(delivery("pagerduty.trigger", ifsev.Data{"severity": "fatal"})))
	if f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, "critical, error, warning or info") {
		t.Errorf("%+v", f)
	}
}

func TestPagerDutySaysWhatIsInvalid(t *testing.T) {
	t.Parallel()
	s, fake := pagerduty(t)
	f := refused(t, s, attempt(delivery("pagerduty.trigger", ifsev.Data{"source": " "})))
	if f.Reason != ifsev.ReasonClient || !f.Permanent || !strings.Contains(f.Text, "'payload.source' is missing or blank") {
		t.Errorf("%+v", f)
	}
	if len(fake.Alerts()) != 0 {
		t.Error("it became an alert all the same")
	}
}

func TestPagerDutyAddressAsInTheManual(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewPagerDuty(t)
	s := sender(t, Options{Connections: map[string]Connection{"pagerduty": {URL: secret.Secret(fake.URL() + "/v2/enqueue"), RoutingKey: "rk"}}})
	perform(t, s, attempt(delivery("pagerduty.trigger", nil)))
}
