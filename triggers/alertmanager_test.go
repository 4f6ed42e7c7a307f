package triggers

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
)

func TestAlertmanagerCaptured(t *testing.T) {
	t.Parallel()
	d := decoder(t, "alertmanager", Options{Source: "am"})
	want := ifsev.Alert{
		Source: "am", Key: "am:308a9beaa5a32a98", Fingerprint: "308a9beaa5a32a98", Status: ifsev.AlertIsFiring,
		Title: "Queue orders has 42 messages", Description: "Runbook: https://runbooks.example.com/queue", Severity: 1,
		Tags: []string{"payments"}, URL: "http://vm:19913/graph?g0.expr=queue_depth+%3E+10&g0.tab=1",
		StartsAt: time.Date(2026, 11, 22, 11, 26, 5, 863_000_000, time.UTC),
		Labels: map[string]string{
			"alertname": "QueueBacklog", "instance": "127.0.0.1:19912", "job": "orders", "queue": "orders",
			"severity": "critical", "team": "payments",
		},
	}
	noID := cmpopts.IgnoreFields(ifsev.Alert{}, "ID", "Repetition")
	firing := decode(t, d, fixture(t, "alertmanager-firing.json"))
	if diff := cmp.Diff([]Element{{Pointer: "/alerts/0", Alert: want}}, firing, noID); diff != "" {
		t.Error(diff)
	}
	want.Status, want.EndsAt = ifsev.AlertIsResolved, time.Date(2026, 11, 22, 11, 26, 15, 863_000_000, time.UTC)
	resolved := decode(t, d, fixture(t, "alertmanager-resolved.json"))
	if diff := cmp.Diff([]Element{{Pointer: "/alerts/0", Alert: want}}, resolved, noID); diff != "" {
		t.Error(diff)
	}
	again := decode(t, d, fixture(t, "alertmanager-firing.json"))
	if firing[0].Alert.ID != again[0].Alert.ID || firing[0].Alert.ID == resolved[0].Alert.ID || firing[0].Alert.ID == "" {
		t.Error("the same report has the same ID, firing and resolved have not")
	}
}

const twoAlerts = `{"version":"4","groupKey":"{}:{job=\"db\"}","truncatedAlerts":3,"status":"firing","newField":{"x":[1]},"alerts":[
  {"labels":{"alertname":"DiskFull","severity":"page","tags":"database, storage","tag":"disk","service":"orders","component":"pg","n":7},
   "annotations":{"title":"Disk is full","description":"97 % of /var"},"startsAt":"2026-11-23T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"f1"},
  {"status":"resolved","labels":{"alertname":"DiskFull","severity":"bogus"},"startsAt":"2026-11-23T10:00:00Z","endsAt":"2026-11-23T11:00:00Z"}
]}`

func TestAlertmanagerElements(t *testing.T) {
	t.Parallel()
	got := decode(t, decoder(t, "alertmanager", Options{}), twoAlerts)
	first, second := got[0].Alert, got[1].Alert
	if diff := cmp.Diff([]string{"database", "storage", "disk", "orders", "pg"}, first.Tags); diff != "" {
		t.Error(diff)
	}
	if first.Severity != 1 || first.Title != "Disk is full" || first.Service != "orders" || first.Labels["n"] != "7" {
		t.Errorf("%+v", first)
	}
	if !first.EndsAt.IsZero() || first.Status != ifsev.AlertIsFiring {
		t.Errorf("a firing alert has no end: %v; without a status it has the group's: %s", first.EndsAt, first.Status)
	}
	if !strings.Contains(first.Description, "97 % of /var") || !strings.Contains(first.Description, "left 3 more alerts") {
		t.Errorf("what was left out must be told: %q", first.Description)
	}
	if second.Severity != 3 || second.Title != "DiskFull" || second.Status != ifsev.AlertIsResolved {
		t.Errorf("%+v", second)
	}
	if second.Fingerprint == "" || second.Fingerprint == first.Fingerprint || second.Key != "tool:"+second.Fingerprint {
		t.Errorf("without a fingerprint the labels are one: %q, key %q", second.Fingerprint, second.Key)
	}
}

func TestAlertmanagerGrouped(t *testing.T) {
	t.Parallel()
	got := decode(t, decoder(t, "alertmanager", Options{Grouped: true}), twoAlerts)
	for _, e := range got {
		if e.Alert.Key != `tool:{}:{job="db"}` {
			t.Errorf("key %q", e.Alert.Key)
		}
	}
	if got[0].Alert.Fingerprint == got[1].Alert.Fingerprint {
		t.Error("alerts of one incident keep their own fingerprints")
	}
}

func TestAlertmanagerTTLRefreshes(t *testing.T) {
	t.Parallel()
	d := decoder(t, "alertmanager", Options{TTL: 20 * time.Minute})
	firing := decode(t, d, fixture(t, "alertmanager-firing.json"))[0].Alert
	if firing.TTL != 20*time.Minute || !firing.Renews {
		t.Error("a repetition must count, or the alert would expire while it is still reported")
	}
	resolved := decode(t, d, fixture(t, "alertmanager-resolved.json"))
	if resolved[0].Alert.TTL != 0 || resolved[0].Alert.Renews {
		t.Error("what is resolved does not expire")
	}
}

func TestAlertmanagerOverrides(t *testing.T) {
	t.Parallel()
	d := decoder(t, "alertmanager", Options{
		Map: map[string]Expression{
			"severity": constant(4), "key": path("alert.labels.queue"), "tags": constant([]any{"a", "a", " b "}),
			"fields.queue": path("alert.labels.queue"), "title": path("alert.labels.alertname"), "fields.none": constant(nil),
		},
		Declares: eval(func(env map[string]any) (any, error) { return env["severity"].(int) <= 3, nil }),
	})
	a := decode(t, d, fixture(t, "alertmanager-firing.json"))[0].Alert
	if a.Severity != 4 || a.Key != "tool:orders" || a.Title != "QueueBacklog" || !a.RecordOnly {
		t.Errorf("%+v", a)
	}
	if diff := cmp.Diff([]string{"a", "b"}, a.Tags); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(ifsev.Data{"queue": "orders"}, a.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestAlertmanagerDeclaresSeesWhatCameOut(t *testing.T) {
	t.Parallel()
	var seen map[string]any
	d := decoder(t, "alertmanager", Options{Declares: eval(func(env map[string]any) (any, error) {
		seen = env
		return true, nil
	})})
	a := decode(t, d, fixture(t, "alertmanager-firing.json"))[0].Alert
	if a.RecordOnly {
		t.Error("true opens an incident")
	}
	if seen["severity"] != 1 || seen["status"] != "firing" || seen["title"] != a.Title ||
		seen["labels"].(map[string]string)["team"] != "payments" || seen["tags"].([]string)[0] != "payments" || seen["alert"] == nil || seen["body"] == nil {
		t.Errorf("%v", seen)
	}
}

func TestAlertmanagerBadElements(t *testing.T) {
	t.Parallel()
	got := decode(t, decoder(t, "alertmanager", Options{}), `{"alerts":[
		7, {"status":"what"}, {"status":"firing","startsAt":"yesterday"}, {"status":"firing","labels":[],"annotations":3,"fingerprint":{}},
		{}, {"status":{},"startsAt":{}}]}`)
	for i, want := range []string{
		"an alert must be an object, not a number",
		`the status "what" is not known: write an expression that gives firing or resolved`,
		"", "",
		"its status is missing: an alert says firing or resolved, or map.status does",
		"its status is missing: an alert says firing or resolved, or map.status does",
	} {
		if got[i].Reason != want {
			t.Errorf("%d: got %q, want %q", i, got[i].Reason, want)
		}
	}
	last := got[3].Alert
	if last.Title != "Alert without a name" || last.Fingerprint == "" || last.Key == "" {
		t.Errorf("an alert that says next to nothing is still one: %+v", last)
	}
}

func TestAlertmanagerOtherBodies(t *testing.T) {
	t.Parallel()
	d := decoder(t, "alertmanager", Options{})
	for body, want := range map[string]string{
		"":                "the body is empty",
		" \n":             "the body is empty",
		"{":               "the body is not JSON: unexpected EOF",
		"{}{}":            "the body is not JSON: text after the JSON value",
		"{} ]":            "the body is not JSON: text after the JSON value",
		"{} }":            "the body is not JSON: text after the JSON value",
		"{} x":            "the body is not JSON: text after the JSON value",
		"nope":            "the body is not JSON: invalid character 'o' in literal null (expecting 'u') at byte 2",
		"[]":              "this is no Alertmanager body: the list alerts is missing; for other JSON use kind: json",
		`{"alerts":null}`: "this is no Alertmanager body: the list alerts is missing; for other JSON use kind: json",
	} {
		if _, err := d.Decode(request(body)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", body, err, want)
		}
	}
	if es := decode(t, d, "\ufeff"+`{"alerts":[]}`); len(es) != 0 {
		t.Errorf("no alerts are no elements: %v", es)
	}
}
