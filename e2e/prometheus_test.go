package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/e2e/stage"
)

// incident is what the test reads of the API's answer.
type incident struct {
	ID           string            `json:"id"`
	Number       int               `json:"number"`
	Severity     int               `json:"severity"`
	Status       string            `json:"status"`
	Tags         []string          `json:"tags"`
	Roles        map[string]string `json:"roles"`
	Responders   []string          `json:"responders"`
	Acknowledged bool              `json:"acknowledged"`
	DeclaredAt   time.Time         `json:"declared_at"`
	Alerts       []struct {
		Status string `json:"status"`
	} `json:"alerts"`
}

type entry struct {
	Seq   int       `json:"seq"`
	Type  string    `json:"type"`
	At    time.Time `json:"at"`
	Actor struct {
		Kind, Name string
	} `json:"actor"`
	Data map[string]any `json:"data"`
}

func (d *daemon) incidents(t *testing.T) []incident {
	t.Helper()
	body, err := stage.Get(d.URL + "/api/v1/incidents")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []incident }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func (d *daemon) incident(t *testing.T, ref string) incident {
	t.Helper()
	body, err := stage.Get(d.URL + "/api/v1/incidents/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	var inc incident
	if err := json.Unmarshal(body, &inc); err != nil {
		t.Fatal(err)
	}
	return inc
}

func (d *daemon) timeline(t *testing.T, ref string) []entry {
	t.Helper()
	body, err := stage.Get(d.URL + "/api/v1/incidents/" + ref + "/timeline?limit=200")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []entry }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func types(entries []entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Type)
	}
	return out
}

const pagingConfig = `
timezone: UTC
people:
  alice: {name: Alice Ng, email: alice@example.com}
rotations:
  database: {people: [alice], start: 2026-01-05T09:00, every: 1w}
sources:
  alertmanager: {secret: "${env:AM_TOKEN}"}
connections:
  pagerduty: {routing_key: "${env:PD_KEY}", url: %q}
outgoing: {allow_private: true}
`

// The twenty minutes of the common example are three seconds here; the rule is the same otherwise.
const pagingRules = `
rules:
  database-oncall:
    if: severity == 2 and "database" in tags
    then:
      - add_oncall: database
      - page: database
        text: "${title}"
  database-slow:
    if: oncall_added("database") and status == "open" and open_for > 3s
    then:
      - set: {severity: "${max(1, severity - 1)}"}
  all-quiet:
    when: alert_resolved
    if: firing_alerts == 0
    then:
      - mitigate: every alert has resolved
`

// A real Prometheus sees a queue grow, a real Alertmanager tells ifsev, the page arrives, the deadline raises the
// severity although the daemon was killed before it, and the end of the alert is told.
func TestPrometheusAndAlertmanager(t *testing.T) {
	stage.Binary(t)
	pager := actionstest.NewPagerDuty(t)
	d := newDaemon(t, "", fmt.Sprintf(pagingConfig, pager.URL()), pagingRules, "AM_TOKEN=am-token-for-tests", "PD_KEY=0123456789abcdef0123456789abcdef")
	queue := startMonitoring(t, d.URL+"/hooks/alertmanager", "am-token-for-tests")

	queue.Store(42)
	stage.Eventually(t, 60*time.Second, "an incident", func() error {
		if n := len(d.incidents(t)); n != 1 {
			return fmt.Errorf("%d incidents", n)
		}
		return nil
	})
	inc := d.incidents(t)[0]
	if !slices.Contains(inc.Tags, "database") {
		t.Errorf("tags %v", inc.Tags)
	}
	stage.Eventually(t, 20*time.Second, "the page", func() error {
		if n := len(pager.Alerts()); n != 1 {
			return fmt.Errorf("%d pages", n)
		}
		return nil
	})
	d.Kill()
	d.Restart(t)
	stage.Eventually(t, 30*time.Second, "a raised severity", func() error {
		if s := d.incident(t, inc.ID).Severity; s != 1 {
			return fmt.Errorf("severity %d", s)
		}
		return nil
	})
	for _, e := range d.timeline(t, inc.ID) {
		if e.Type == "severity_changed" && e.At.Sub(inc.DeclaredAt) < 3*time.Second {
			t.Errorf("raised %v after it was declared, which is too early", e.At.Sub(inc.DeclaredAt))
		}
	}
	queue.Store(0)
	stage.Eventually(t, 60*time.Second, "the end of the alert", func() error {
		now := d.incident(t, inc.ID)
		if now.Status != "mitigated" || len(now.Alerts) != 1 || now.Alerts[0].Status != "resolved" {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	got := types(d.timeline(t, inc.ID))
	for _, want := range []string{"declared", "alert", "rule_fired", "oncall_added", "delivered", "severity_changed", "alert_resolved", "mitigated"} {
		if !slices.Contains(got, want) {
			t.Errorf("the timeline has no %s: %v", want, got)
		}
	}
	if shown := d.Run(t, "show", "INC-1"); !strings.Contains(shown, "database-oncall") {
		t.Errorf("show does not tell which rule fired:\n%s", shown)
	}
	if n := len(pager.Events()); n != 1 {
		t.Errorf("%d pages for one incident", n)
	}
}

// startMonitoring runs Prometheus and Alertmanager against a queue whose length the test sets.
func startMonitoring(t *testing.T, hook, token string) *atomic.Int64 {
	t.Helper()
	var length atomic.Int64
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "# TYPE queue_depth gauge\nqueue_depth{queue=\"orders\"} %d\n", length.Load())
	}))
	t.Cleanup(exporter.Close)
	dir, alerts := t.TempDir(), stage.FreeAddress(t)
	stage.Write(t, filepath.Join(dir, "alertmanager.yml"), fmt.Sprintf(`
route: {receiver: ifsev, group_by: [alertname], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h}
receivers:
  - name: ifsev
    webhook_configs:
      - url: %s
        send_resolved: true
        http_config: {authorization: {type: Bearer, credentials: %s}}
`, hook, token))
	am := stage.NewProcess(t, stage.Program(t, "prometheus-alertmanager", "prometheus-alertmanager"),
		"--config.file", filepath.Join(dir, "alertmanager.yml"), "--storage.path", filepath.Join(dir, "am"), "--web.listen-address", alerts, "--cluster.listen-address", "")
	am.Start(t)
	stage.Write(t, filepath.Join(dir, "rules.yml"), `
groups:
  - name: shop
    interval: 500ms
    rules:
      - alert: QueueBacklog
        expr: queue_depth > 10
        labels: {severity: high, tags: "database,orders"}
        annotations: {summary: "Queue {{ $labels.queue }} has {{ $value }} messages"}
`)
	stage.Write(t, filepath.Join(dir, "prometheus.yml"), fmt.Sprintf(`
global: {scrape_interval: 500ms, evaluation_interval: 500ms}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}
scrape_configs: [{job_name: orders, static_configs: [{targets: [%q]}]}]
`, alerts, strings.TrimPrefix(exporter.URL, "http://")))
	prom := stage.NewProcess(t, stage.Program(t, "prometheus", "prometheus"),
		"--config.file", filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path", filepath.Join(dir, "tsdb"), "--web.listen-address", stage.FreeAddress(t))
	prom.Start(t)
	return &length
}
