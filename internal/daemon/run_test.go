package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lockedBuffer may be written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// process is a daemon in this process.
type process struct {
	url      string
	out, log lockedBuffer
	hangup   chan os.Signal
	cancel   context.CancelFunc
	done     chan error
	client   *http.Client
}

// start runs a daemon on a free port with these flags and waits until it answers.
func start(t *testing.T, in Inputs) *process {
	t.Helper()
	p := &process{hangup: make(chan os.Signal, 1), done: make(chan error, 1), client: &http.Client{Timeout: 10 * time.Second}}
	if in.Flags.Listen == "" {
		in.Flags.Listen = "127.0.0.1:0"
	}
	if in.Env == nil {
		in.Env = func(string) (string, bool) { return "", false }
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	ready := make(chan string, 1)
	go func() {
		p.done <- Run(ctx, Options{
			Inputs: in, Version: "test", Out: &p.out, Log: NewLog(&p.log, false, slog.LevelDebug), Reload: p.hangup,
			Ready: func(address string) { ready <- address },
		})
	}()
	t.Cleanup(func() { p.stop(t) })
	select {
	case address := <-ready:
		p.url = "http://" + address
	case err := <-p.done:
		p.done <- err
		t.Fatalf("not started: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("not ready")
	}
	return p
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	p.cancel()
	select {
	case err := <-p.done:
		p.done <- nil
		if err != nil {
			t.Errorf("it did not stop well: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
	p.client.CloseIdleConnections()
}

func (p *process) call(t *testing.T, method, path, body string, status int, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about", what)
		}
		time.Sleep(5 * time.Millisecond) // files and sockets are outside of what a test can turn
	}
}

const tagRule = "rules:\n  tag:\n    if: severity == 1\n    then: [add_tags: NAME]\n"

func tagging(name string) string { return strings.ReplaceAll(tagRule, "NAME", name) }

func TestADaemonFromStartToStop(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"rules/a.yaml": tagging("one")})
	p := start(t, Inputs{Flags: config.Overrides{Rules: []string{filepath.Join(dir, "rules")}, Store: "file:" + filepath.Join(dir, "data")}})
	var inc wire.Incident
	p.call(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1}`, http.StatusCreated, &inc)
	if len(inc.Tags) != 1 || inc.URL != p.url+"/api/v1/incidents/INC-1" {
		t.Errorf("%+v", inc)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		p.call(t, http.MethodGet, path, "", http.StatusOK, nil)
	}
	for _, says := range []string{"listens on " + p.url, "1 in 1 file", filepath.Join(dir, "data"), "curl -sS " + p.url} {
		if !strings.Contains(p.out.String(), says) {
			t.Errorf("the banner does not say %q:\n%s", says, p.out.String())
		}
	}
	p.stop(t)
	again := start(t, Inputs{Flags: config.Overrides{Store: "file:" + filepath.Join(dir, "data")}})
	again.call(t, http.MethodGet, "/api/v1/incidents/1", "", http.StatusOK, &inc)
	if inc.Title != "T" || !strings.Contains(again.out.String(), "none; name files") {
		t.Errorf("%+v\n%s", inc, again.out.String())
	}
}

func TestReloadIsAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"a.yaml": tagging("one")})
	path := filepath.Join(dir, "a.yaml")
	p := start(t, Inputs{Flags: config.Overrides{Rules: []string{path}, Store: "memory:"}})
	tag := func() string {
		var inc wire.Incident
		p.call(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1}`, http.StatusCreated, &inc)
		return strings.Join(inc.Tags, ",")
	}
	if got := tag(); got != "one" {
		t.Errorf("tagged %q", got)
	}
	write(t, path, tagging("[two"))
	var refused struct {
		Detail string
		Errors []struct{ Detail string }
	}
	p.call(t, http.MethodPost, "/api/v1/reload", "", http.StatusUnprocessableEntity, &refused)
	if len(refused.Errors) == 0 || !strings.Contains(refused.Errors[0].Detail, path) || !strings.Contains(refused.Detail, "stay") {
		t.Errorf("%+v", refused)
	}
	if got := tag(); got != "one" {
		t.Errorf("a broken set was taken over: tagged %q", got)
	}
	eventually(t, "the metric of a failed reload", func() bool { return strings.Contains(p.metrics(t), "ifsev_rules_last_reload_successful 0") })
	if !strings.Contains(p.log.String(), `"caret":"`) {
		t.Errorf("no caret in the log: %s", p.log.String())
	}
	write(t, path, tagging("two"))
	var plan wire.Reload
	p.call(t, http.MethodPost, "/api/v1/reload", "", http.StatusOK, &plan)
	if got := tag(); got != "two" {
		t.Errorf("tagged %q", got)
	}
	if !strings.Contains(p.metrics(t), "ifsev_rules_last_reload_successful 1") {
		t.Error("the metric of a successful reload")
	}
	write(t, path, tagging("three"))
	p.hangup <- os.Interrupt // any signal; what matters is that one comes
	eventually(t, "the reload by signal or watch", func() bool { return tag() == "three" })
}

func (p *process) metrics(t *testing.T) string {
	t.Helper()
	resp, err := p.client.Get(p.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationIsReloadedToo(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"ifsev.yaml": "severities:\n  1: {name: SEV1}\n"})
	file := filepath.Join(dir, "ifsev.yaml")
	p := start(t, Inputs{
		Config: file, Flags: config.Overrides{Store: "memory:"},
		Env: func(name string) (string, bool) {
			if name == "ADMIN" {
				return "hunter2", true
			}
			return "", false
		},
	})
	var inc wire.Incident
	p.call(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1}`, http.StatusCreated, &inc)
	if inc.SeverityName != "SEV1" {
		t.Errorf("%q", inc.SeverityName)
	}
	// Adding a token takes effect at once, and closes the door for those without.
	write(t, file, "listen: 127.0.0.1:1\nseverities:\n  1: {name: CRIT}\nauth:\n  tokens:\n    - {name: ops, token: \"${env:ADMIN}\", scopes: [admin]}\n")
	eventually(t, "the reload of the configuration", func() bool {
		resp, err := p.client.Get(p.url + "/api/v1/incidents/1")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusUnauthorized
	})
	if log := p.log.String(); strings.Contains(log, "hunter2") || strings.Contains(p.out.String(), "hunter2") {
		t.Errorf("the token is told: %s", log)
	}
}

func TestHooksAreMounted(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"ifsev.yaml": "sources:\n  shop: {kind: json, auth: none, map: {title: item.text, severity: item.sev}, declares: severity <= 3}\n"})
	p := start(t, Inputs{Config: filepath.Join(dir, "ifsev.yaml"), Flags: config.Overrides{Store: "memory:"}})
	var answer wire.HookAnswer
	p.call(t, http.MethodPost, "/hooks/shop", `[{"text":"Checkout is down","sev":1},{"text":"meh","sev":5}]`, http.StatusAccepted, &answer)
	if len(answer.Results) != 2 || answer.Results[0].Result != "declared" || answer.Results[1].Result != "recorded" {
		t.Errorf("%+v", answer)
	}
	p.call(t, http.MethodPost, "/hooks/nobody", `{}`, http.StatusUnauthorized, nil)
	if !strings.Contains(p.metrics(t), `ifsev_events_received_total{result="accepted",source="shop"} 2`) {
		t.Error("the alerts are not counted")
	}
	p.call(t, http.MethodPost, "/hooks/shop", `[{"text":""}]`, http.StatusUnprocessableEntity, nil)
	for _, want := range []string{
		`"what a source posted was refused","source":"unknown","result":"unauthorized","reason":"there is no such source in the configuration"`,
		`"what a source posted was refused","source":"shop","result":"rejected","reason":"map.title: it gave nothing","pointer":"/0"`,
	} {
		if log := p.log.String(); !strings.Contains(log, want) {
			t.Errorf("the log does not say %s: %s", want, log)
		}
	}
}

func TestWhatKeepsADaemonFromStarting(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{
		"broken.yaml": "rules:\n  a:\n    if: sevrity == 1\n    then: [note: x]\n", "bad-config.yaml": "lisen: x\n",
		"bad-map.yaml": "sources:\n  s: {kind: json, auth: none, map: {title: item.text ++}}\n",
	})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // the test is over
	for name, c := range map[string]struct {
		in   Inputs
		says string
		// files says whether the error is about files, with their places
		files bool
	}{
		"rules":         {Inputs{Flags: config.Overrides{Rules: []string{filepath.Join(dir, "broken.yaml")}}}, "sevrity", true},
		"configuration": {Inputs{Config: filepath.Join(dir, "bad-config.yaml")}, "lisen", true},
		"a mapping":     {Inputs{Config: filepath.Join(dir, "bad-map.yaml")}, "bad-map.yaml:2", true},
		"missing rules": {Inputs{Flags: config.Overrides{Rules: []string{filepath.Join(dir, "none")}}}, "there is no rule file", false},
		"the address":   {Inputs{Flags: config.Overrides{Listen: taken.Addr().String()}}, "--listen", false},
		"exposure":      {Inputs{Flags: config.Overrides{Listen: "0.0.0.0:0"}}, "auth: none", false},
		"the store":     {Inputs{Flags: config.Overrides{Store: "etcd://x"}}, "not known", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.in.Flags.Listen == "" {
				c.in.Flags.Listen = "127.0.0.1:0"
			}
			if c.in.Flags.Store == "" {
				c.in.Flags.Store = "memory:"
			}
			c.in.Env = func(string) (string, bool) { return "", false }
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // should it start after all
			defer cancel()
			err := Run(ctx, Options{Inputs: c.in})
			var wrong strictyaml.Problems
			if err == nil || !strings.Contains(err.Error(), c.says) || errors.As(err, &wrong) != c.files {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}

func TestCheckTakesMissingSecretsForGranted(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{
		"ifsev.yaml": "people:\n  alice: {pagerduty: P1}\nconnections:\n  pagerduty: {routing_key: \"${env:KEY}\"}\n  status: {kind: webhook, url: \"${env:URL}\"}\n  slack: {token: \"${file:/nonexistent/token}\"}\n",
		"a.yaml":     "rules:\n  a:\n    if: severity == 1\n    then: [page: alice]\n", "b.yaml": "rules:\n  b:\n    if: severity == 1\n    then: [page: alcie]\n",
	})
	env := func(name string) (string, bool) { return "", false }
	r, err := Check(filepath.Join(dir, "ifsev.yaml"), []string{filepath.Join(dir, "a.yaml")}, env)
	if err != nil || len(r.Errors) != 0 || len(r.Warnings) != 3 || r.Rules != 1 || r.Files != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = Check(filepath.Join(dir, "ifsev.yaml"), []string{dir}, env)
	if err != nil || len(r.Errors) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
