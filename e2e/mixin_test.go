package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/mixin"
)

const watchedConfig = `
timezone: UTC
sources:
  shop: {kind: json, secret: "${env:SHOP_SECRET}", map: {key: body.id, title: body.title, status: '"firing"'}}
connections:
  status: {kind: webhook, url: %q}
outgoing: {allow_private: true}
`

const watchedRules = `
rules:
  tell:
    when: declared
    then:
      - webhook: {to: status, json: {key: "${key}"}}
`

// A real Prometheus takes the alerts and answers every question of the dashboard. It sees a receiver that refuses, a
// source with a wrong secret, a store that is killed and a daemon that is.
func TestPrometheusWatches(t *testing.T) {
	stage.Binary(t)
	redis := redistest.Start(t, redistest.AOF("always"))
	refusing := newReceiver(t, func(w http.ResponseWriter, _ arrival, _ func()) bool {
		http.Error(w, "no such page", http.StatusGone)
		return true
	})
	d := newDaemon(t, redis.URL(), fmt.Sprintf(watchedConfig, refusing.URL), watchedRules, "SHOP_SECRET=shop-secret-for-tests")
	prom := startWatching(t, d.URL)
	prom.becomes(t, "IfsevDown", "inactive")
	if _, err := stage.Request(http.MethodPost, d.URL+"/api/v1/incidents", `{"title":"x","key":"k"}`); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := stage.Request(http.MethodPost, d.URL+"/hooks/shop", `{}`, "Authorization", "Bearer wrong"); err == nil {
			t.Fatal("a wrong secret was taken")
		}
	}
	prom.becomes(t, "IfsevDeadDeliveries", "firing")
	prom.becomes(t, "IfsevSourceRefused", "firing")
	prom.tells(t, "IfsevDeadDeliveries", "Deliveries of webhook were given up", "1 of them are on the dead list")
	prom.answersPanels(t)

	redis.Kill9()
	prom.becomes(t, "IfsevStoreFails", "pending", "firing")
	prom.becomes(t, "IfsevPartitionsUnled", "pending", "firing")
	d.Kill()
	prom.becomes(t, "IfsevDown", "pending", "firing")
	prom.becomes(t, "IfsevInstanceDown", "pending", "firing")
	prom.healthy(t)
}

// watcher is a Prometheus with the alerts of the mixin.
type watcher struct{ url string }

func startWatching(t *testing.T, daemon string) *watcher {
	t.Helper()
	rules, err := filepath.Abs("../mixin/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, address := t.TempDir(), stage.FreeAddress(t)
	// A scrape may take two seconds while the store is away.
	stage.Write(t, filepath.Join(dir, "prometheus.yml"), fmt.Sprintf(`
global: {scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 500ms}
rule_files: [%q]
scrape_configs: [{job_name: ifsev, static_configs: [{targets: [%q]}]}]
`, rules, strings.TrimPrefix(daemon, "http://")))
	stage.NewProcess(t, stage.Program(t, "prometheus", "prometheus"), "--config.file", filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path", filepath.Join(dir, "tsdb"), "--web.listen-address", address).Start(t)
	return &watcher{"http://" + address}
}

// alertState is what Prometheus says of an alerting rule.
type alertState struct {
	Name, State, Health, LastError string
	Alerts                         []struct {
		State       string
		Labels      map[string]string
		Annotations map[string]string
	}
}

// ask decodes what Prometheus answers under data.
func (w *watcher) ask(path string, data any) error {
	body, err := stage.Get(w.url + path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, &struct{ Data any }{data})
}

func (w *watcher) alerts() (map[string]alertState, error) {
	var data struct {
		Groups []struct{ Rules []alertState }
	}
	if err := w.ask("/api/v1/rules?type=alert", &data); err != nil {
		return nil, err
	}
	all := map[string]alertState{}
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			all[r.Name] = r
		}
	}
	return all, nil
}

// becomes waits until an alert is in one of the states.
func (w *watcher) becomes(t *testing.T, name string, states ...string) {
	t.Helper()
	began := time.Now()
	stage.Eventually(t, 30*time.Second, name+" "+strings.Join(states, " or "), func() error {
		all, err := w.alerts()
		if err != nil {
			return err
		}
		for _, s := range states {
			if a := all[name]; a.State == s && a.Health == "ok" {
				return nil
			}
		}
		return fmt.Errorf("%+v", all[name])
	})
	fmt.Printf("%s is %s after %v\n", name, states[0], time.Since(began).Round(100*time.Millisecond))
}

// tells holds the texts of a firing alert to what they should be.
func (w *watcher) tells(t *testing.T, name, summary, description string) {
	t.Helper()
	all, err := w.alerts()
	if err != nil || len(all[name].Alerts) != 1 {
		t.Fatalf("%v: %+v", err, all[name])
	}
	a := all[name].Alerts[0]
	if a.Annotations["summary"] != summary || !strings.HasPrefix(a.Annotations["description"], description) || !strings.HasSuffix(a.Annotations["runbook_url"], "/"+name+".md") {
		t.Errorf("%s says %v", name, a.Annotations)
	}
}

// healthy fails if a rule could not be evaluated, or a text of one that was active not be rendered.
func (w *watcher) healthy(t *testing.T) {
	t.Helper()
	all, err := w.alerts()
	if err != nil || len(all) != len(mixin.Alerts()) {
		t.Fatalf("%d alerts, %v", len(all), err)
	}
	for name, a := range all {
		if a.Health != "ok" {
			t.Errorf("%s: %s %s", name, a.Health, a.LastError)
		}
		for _, active := range a.Alerts {
			if text := fmt.Sprint(active.Annotations); strings.Contains(text, "error") && strings.Contains(text, "template") || strings.Contains(text, "<no value>") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

// answersPanels asks what every panel asks. One that shows only what is above something may show nothing.
func (w *watcher) answersPanels(t *testing.T) {
	t.Helper()
	fill := strings.NewReplacer("$job", "ifsev", "$instance", ".+", "$__rate_interval", "30s")
	asked, silent := 0, 0
	for _, r := range mixin.Rows() {
		for _, p := range r.Panels {
			for _, q := range p.Queries {
				asked++
				var data struct{ Result []json.RawMessage }
				if err := w.ask("/api/v1/query?query="+url.QueryEscape(fill.Replace(q.Expr)), &data); err != nil {
					t.Errorf("%s / %s: %v", r.Title, p.Title, err)
					continue
				}
				if len(data.Result) > 0 {
					continue
				}
				if silent++; !strings.Contains(q.Expr, "> 0") {
					t.Errorf("%s / %s shows nothing: %s", r.Title, p.Title, q.Expr)
				}
			}
		}
	}
	fmt.Printf("%d questions of the dashboard are answered, %d of them with nothing to show\n", asked, silent)
}
